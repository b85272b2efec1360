const unit = require("./jest.unit");
const chosen = process.env.CERTFRONT_MUTATE_TESTS;

/** What mutation testing repeats for each mutant: the tests without real parts (or those chosen), but for files that take many seconds or ask HAProxy. */
module.exports = {
  ...unit,
  ...(chosen && { testMatch: JSON.parse(chosen).map((file) => `<rootDir>/${file}`) }),
  testPathIgnorePatterns: [
    "/node_modules/",
    "/test/front/haproxy-config",
    "/test/core/(seal/ring-year|tenant/public-suites)",
    "/test/flow/(contagion|containment|cost|crash|renewals|succession)",
  ],
};
