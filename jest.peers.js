const base = require("./jest.config");

/** `npm run test:peers`: what other people's servers and scanners make of issuer, fronts and store (docs/proof.md). */
module.exports = {
  ...base,
  testMatch: ["<rootDir>/test/peers/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  globalSetup: "<rootDir>/proof/peers/global-setup.ts",
  verbose: true,
  maxWorkers: 1,
  testTimeout: 5 * 60_000,
};
