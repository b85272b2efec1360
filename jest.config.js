/** Whole suite on two cores. Integration tests start real parts; each file cleans up after itself. */
module.exports = {
  testEnvironment: "node",
  testEnvironmentOptions: { globalsCleanup: "off" },
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  // They build other people's programs first: `npm run test:aws`, `npm run test:peers`.
  testPathIgnorePatterns: ["/node_modules/", "<rootDir>/test/aws/", "<rootDir>/test/peers/"],
  transform: { "^.+\\.ts$": "<rootDir>/testing/transform.js" },
  globalSetup: "<rootDir>/testing/global-setup.ts",
  globalTeardown: "<rootDir>/testing/global-teardown.ts",
  testSequencer: "<rootDir>/testing/slow-first.js",
  reporters: ["default", "<rootDir>/testing/closing-lines.js"],
  // One more than cores: real parts are mostly waited for.
  maxWorkers: 3,
  testTimeout: 60_000,
};
