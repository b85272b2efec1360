const base = require("./jest.config");

/** `npm run test:aws`: what other people's programs say of the Pulumi program (docs/proof.md). */
module.exports = {
  ...base,
  testMatch: ["<rootDir>/test/aws/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  globalSetup: "<rootDir>/proof/global-setup.ts",
  verbose: true,
  maxWorkers: 2,
  testTimeout: 30 * 60_000,
};
