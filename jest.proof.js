const peers = require("./jest.peers");

/** `npm run test:proof`: what of the two nightly runs needs no engine to be built, and so fits into every push (docs/proof.md). */
module.exports = {
  ...peers,
  testMatch: [...peers.testMatch, "<rootDir>/test/aws/graph.test.ts"],
};
