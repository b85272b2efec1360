/** The tests that mutation testing repeats for each mutant: those without real parts, which need no bundles and no packages. */
module.exports = {
  testEnvironment: "node",
  testEnvironmentOptions: { globalsCleanup: "off" },
  // The whole repository, or Jest does not know which test imports a mutated file.
  roots: ["<rootDir>"],
  modulePathIgnorePatterns: ["<rootDir>/(dist|\\.cache|\\.local)/"],
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
