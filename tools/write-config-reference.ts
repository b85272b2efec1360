import * as fs from "node:fs";
import * as path from "node:path";
import { configReference, withReference } from "./config-reference";

/** Writes the configuration reference into README.md: `npm run docs`. */
const root = path.join(__dirname, "..");
const readme = path.join(root, "README.md");
const table = configReference(fs.readFileSync(path.join(root, "Pulumi.yaml"), "utf8"));
fs.writeFileSync(readme, withReference(fs.readFileSync(readme, "utf8"), table));
