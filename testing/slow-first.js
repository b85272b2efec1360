const Sequencer = require("@jest/test-sequencer").default;

/** What takes long, the longest first: on a new machine Jest knows no times, goes by size, and would leave the shortest file, a year, for last. */
const SLOW = [
  "monitor/healthy-years",
  "front/withdrawn-certificates",
  "monitor/histories",
  "front/cloud-init",
  "front/rotation",
  "local/kills",
  "monitor/quarter",
  "front/transfers",
  "front/testssl",
  "console/page",
  "local/onboarding",
  "local/account-key",
  "front/attacks",
  "front/floods",
  "local/stack",
  "infra/drift",
  "lab/captures",
  "core/tenant/public-suites",
  "package/installed",
];

module.exports = class SlowFirst extends Sequencer {
  sort(tests) {
    const place = ({ path }) => {
      const found = SLOW.findIndex((name) => path.endsWith(`/test/${name}.test.ts`));
      return found < 0 ? SLOW.length : found;
    };
    return super.sort(tests).sort((a, b) => place(a) - place(b));
  }
};
