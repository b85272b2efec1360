#!/usr/bin/env node
const { existsSync } = require("node:fs");
const path = require("node:path");

const source = path.join(__dirname, "main.ts");
if (existsSync(source)) {
  require("tsx/cjs");
  require(source);
} else {
  require("../dist/lib/component/main.js");
}
