#!/usr/bin/env node
// The CLI is TypeScript and runs from a checkout as it is: tsx compiles what is loaded.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
require("tsx/cjs");
require("./main.ts").main();
