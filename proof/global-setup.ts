import { prepareSuite } from "../testing/global-setup";
import { goProgram } from "./tools/go";
import { pythonTools } from "./tools/python";

/** Runs once before `npm run test:aws`: what has to be built is built here, so that no test waits for it. */
export default async function globalSetup(): Promise<void> {
  await prepareSuite();
  pythonTools();
  for (const name of ["pulumi-language-nodejs", "pulumi-language-yaml", "pulumi"] as const) goProgram(name);
}
