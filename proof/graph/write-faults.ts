import { pythonTools } from "../tools/python";
import { configuredGraph, plantedFaults } from "./as-python";
import { EVERY_OPTION } from "./every-option";
import { writeFaults } from "./faults-page";

/** Plants every fault and writes which step finds it into docs/planted-faults.md: `npm run faults`. */
async function main(): Promise<void> {
  const python = pythonTools();
  if ("unavailable" in python) throw new Error(python.unavailable);
  const faults = await plantedFaults(python.bin, await configuredGraph(EVERY_OPTION));
  const { missed, absent } = faults;
  if (missed.length + absent.length > 0) throw new Error(JSON.stringify({ missed, absent }, null, 2));
  writeFaults(faults);
}

void main();
