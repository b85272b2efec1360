import * as fs from "node:fs";
import * as path from "node:path";
import { withHelp } from "./cli-help";
import { componentSchema } from "./component-schema";
import { configReference, withReference } from "./config-reference";
import { deployerDocuments } from "./deployer-docs";
import { withImportRules } from "./import-rules";
import { withLibraryReference } from "./library-reference";
import { withAlarms } from "./on-call";
import { withOpendapAdvice } from "./opendap-advice";

/** Writes into the documents what the code knows better, so that a test finds them the same: `npm run docs`. */
const root = path.join(__dirname, "..");
const rewrite = (file: string, change: (text: string) => string): void => {
  const page = path.join(root, file);
  fs.writeFileSync(page, change(fs.readFileSync(page, "utf8")));
};
const reference = configReference(fs.readFileSync(path.join(root, "Pulumi.yaml"), "utf8"));
for (const page of ["README.md", "docs/configuration.md"]) rewrite(page, (text) => withReference(text, reference));
rewrite("docs/contracts.md", withImportRules);
for (const [file, text] of Object.entries(deployerDocuments())) fs.writeFileSync(path.join(root, file), text);
rewrite("docs/cli.md", withHelp);
rewrite("docs/configuration.md", withOpendapAdvice);
rewrite("docs/library.md", (text) => withLibraryReference(text, root));
fs.writeFileSync(path.join(root, "component/schema.json"), componentSchema(root));
rewrite("docs/on-call.md", withAlarms);
