#!/usr/bin/env node
const { existsSync } = require("node:fs");
const path = require("node:path");

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
const source = path.join(__dirname, "main.ts");
if (existsSync(source)) {
  // A checkout: the CLI is TypeScript and runs as it is, tsx compiles what is loaded.
  require("tsx/cjs");
  require(source).main();
} else {
  require("../dist/lib/cli/main.js").main();
}
