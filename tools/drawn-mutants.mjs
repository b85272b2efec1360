import { createHash } from "node:crypto";
import { declareValuePlugin, PluginKind } from "@stryker-mutator/api/plugin";

const EVERY = Number(process.env.CERTFRONT_MUTATE_EVERY ?? 1);

/** One of `EVERY` mutants is tried, the same ones each time as long as the file is the same; Stryker counts the others as invalid. */
const drawn = {
  async init() {},
  async check(mutants) {
    const resultOf = (mutant) =>
      isDrawn(mutant) ? { status: "passed" } : { status: "compileError", reason: "not drawn" };
    return Object.fromEntries(mutants.map((mutant) => [mutant.id, resultOf(mutant)]));
  },
  async group(mutants) {
    return [mutants.map(({ id }) => id)];
  },
};

function isDrawn({ fileName, location, replacement }) {
  const name = JSON.stringify([fileName.split("/").slice(-2), location, replacement]);
  return createHash("sha256").update(name).digest().readUInt32BE() % EVERY === 0;
}

export const strykerPlugins = [declareValuePlugin(PluginKind.Checker, "drawn", drawn)];
