import { prepareSuite } from "../../testing/global-setup";
import { goProgram } from "../tools/go";
import { pythonTools } from "../tools/python";

/** Runs once before `npm run test:peers`: what has to be built is built here. */
export default async function globalSetup(): Promise<void> {
  await prepareSuite();
  pythonTools();
  for (const name of ["step-ca", "h2spec"] as const) goProgram(name);
}
