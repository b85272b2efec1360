/** Whole suite on two cores. Integration tests start real parts; each file cleans up after itself. */
module.exports = {
  testEnvironment: "node",
  testEnvironmentOptions: { globalsCleanup: "off" },
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  transform: { "^.+\\.ts$": ["ts-jest", {}] },
  globalSetup: "<rootDir>/testing/global-setup.ts",
  globalTeardown: "<rootDir>/testing/global-teardown.ts",
  reporters: ["default", "<rootDir>/testing/closing-lines.js"],
  maxWorkers: 2,
  testTimeout: 60_000,
};
