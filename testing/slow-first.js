const Sequencer = require("@jest/test-sequencer").default;

/**
 * What takes long, the longest first: on a new machine Jest knows no times, goes by size, and would leave the shortest file, a year, for
 * last. Before those that need the Debian 13 root stands what fills the time until a new machine has made it.
 */
const SLOW = [
  "monitor/healthy-years",
  "local/kills",
  "console/page",
  "local/account-key",
  "local/onboarding",
  "monitor/histories",
  "front/cloud-init",
  "front/testssl",
  "front/rotation",
  "front/withdrawn-certificates",
  "front/attacks",
  "front/transfers",
  "front/floods",
  "local/stack",
  "package/installed",
  "lab/captures",
  "lab/page",
  "monitor/quarter",
  "issuer/many-tenants",
  "infra/fleet-year",
  "lab/matrix",
  "front/moved-names",
  "flow/contagion",
  "issuer/issuance",
  "front/session-tickets",
  "core/tenant/public-suites",
  "infra/entry-point",
  "infra/resources",
  "package/component",
  "front/failures",
  "front/upstreams",
  "infra/deployer",
  "front/policies",
  "monitor/monitor",
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
