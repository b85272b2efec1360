const { TestEnvironment } = require("jest-environment-node");

/** Ends Jest at the first failure, which `--bail` does at the end of its file only. */
module.exports = class extends TestEnvironment {
  async handleTestEvent({ name }) {
    if (name === "test_fn_failure" || name === "hook_failure") process.exit(1);
  }
};
