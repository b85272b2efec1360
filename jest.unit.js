/** The tests without real parts, seconds in all: for coverage (jest.coverage.js), and for mutation testing, which repeats them for each mutant. */
module.exports = {
  testEnvironment: "node",
  testEnvironmentOptions: { globalsCleanup: "off" },
  // The whole repository, or Jest does not know which test imports a mutated file.
  roots: ["<rootDir>"],
  modulePathIgnorePatterns: ["<rootDir>/(dist|\\.cache|\\.local)/"],
  testMatch: [
    "<rootDir>/test/{core,flow,lambdas}/**/*.test.ts",
    "<rootDir>/test/acme/!(pebble).test.ts",
    "<rootDir>/test/store/!(backups).test.ts",
    "<rootDir>/test/wire/*.test.ts",
    "<rootDir>/test/monitor/{chain,fronts,served-state,sweep}.test.ts",
    "<rootDir>/test/front/{haproxy-build,haproxy-promises,haproxy-config,haproxy-commands,haproxy-log,haproxy-socket,policy,waiting-page,damaged-item}.test.ts",
    "<rootDir>/test/front/{next-certificate,stored-keys,key-opener,key-ring,ticket-keys,tenant-changes,tenant-troubles}.test.ts",
    "<rootDir>/test/front/{tenant-files,startup-files,heirs,departures,client-trust,withdrawn,guests,handshake,self-check}.test.ts",
    "<rootDir>/test/front/{sync,sync-looks,agent-jobs,schedule,heartbeat,front-log,metadata-rule}.test.ts",
    "<rootDir>/test/front/{upstream-file,upstream-servers,reach,prepare,outdated,faults,surroundings}.test.ts",
  ],
  transform: { "^.+\\.ts$": "<rootDir>/testing/transform.js" },
  testTimeout: 60_000,
};
