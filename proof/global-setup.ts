import { prepareSuite } from "../testing/global-setup";
import { engine } from "./tools/engine";
import { goProgram } from "./tools/go";
import { pythonTools } from "./tools/python";

/** Runs once before `npm run test:aws`: what has to be built is built here, so that no test waits for it. */
export default async function globalSetup(): Promise<void> {
  await prepareSuite();
  pythonTools();
  engine();
  for (const name of ["pulumi-language-yaml", "pulumi-language-python", "python-sdk"] as const) goProgram(name);
}
