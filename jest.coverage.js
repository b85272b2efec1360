const unit = require("./jest.unit");

/** `npm run coverage`: what tests without real parts run of core, store and acme. Some of them ask HAProxy all the same, or read Debian's data. */
module.exports = {
  ...unit,
  globalSetup: "<rootDir>/testing/coverage-setup.ts",
  globalTeardown: "<rootDir>/testing/global-teardown.ts",
  reporters: ["default", "<rootDir>/testing/closing-lines.js"],
  maxWorkers: 2,
  collectCoverage: true,
  collectCoverageFrom: ["core/**/*.ts", "store/**/*.ts", "acme/**/*.ts"],
  coverageDirectory: "dist/coverage",
  coverageReporters: ["text-summary"],
  coverageThreshold: { global: { statements: 95, branches: 87 } },
};
