const { existsSync } = require("node:fs");
const path = require("node:path");

// `npm start` in a checkout without packages: nothing but Node.js' own may be loaded before that is known.
const root = path.join(__dirname, "..", "..");
if (existsSync(path.join(root, "node_modules", "tsx"))) {
  // Compiles what is loaded from here on.
  void import("tsx").then(() => require("./main.ts"));
} else {
  process.stderr.write(`certfront's packages are not installed. In ${root} run: npm ci\n`);
  process.exitCode = 1;
}
