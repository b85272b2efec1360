#!/usr/bin/env node
const { existsSync } = require("node:fs");
const path = require("node:path");

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
const source = path.join(__dirname, "main.ts");
if (existsSync(source) && !existsSync(path.join(__dirname, "..", "node_modules", "tsx"))) {
  process.stderr.write(`certfront's packages are not installed. In ${path.join(__dirname, "..")} run: npm ci\n`);
  process.exitCode = 1;
} else if (existsSync(source)) {
  // A checkout: the CLI is TypeScript and runs as it is, tsx compiles what is loaded.
  require("tsx/cjs");
  require(source).main();
} else {
  require("../dist/lib/cli/main.js").main();
}
