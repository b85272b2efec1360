/** The tests that mutation testing repeats for each mutant: those without real parts, which need no bundles and no packages. */
module.exports = {
  rootDir: "..",
  testEnvironment: "node",
  testEnvironmentOptions: { globalsCleanup: "off" },
  roots: ["<rootDir>/test"],
  testMatch: [
    "<rootDir>/test/{core,flow,lambdas}/**/*.test.ts",
    "<rootDir>/test/acme/refusals.test.ts",
    "<rootDir>/test/store/{store,reconcile-cost}.test.ts",
    "<rootDir>/test/wire/*.test.ts",
    "<rootDir>/test/front/{haproxy-config,policy,sync,heartbeat,front-log}.test.ts",
  ],
  transform: { "^.+\\.ts$": ["ts-jest", {}] },
  testTimeout: 60_000,
};
