import * as path from "node:path";
import { type TrixieView, trixieRoot } from "./debian/trixie-root";
import type { HarnessOptions } from "./front-harness";
import { leftOut } from "./left-out";

/** An HAProxy to run fronts with. */
export interface HaproxyVersion {
  readonly name: string;
  readonly options: Pick<HarnessOptions, "inside">;
  close(): void;
}

const ROOT = path.join(__dirname, "..");

/**
 * This machine's HAProxy (Debian 12's is 2.6) and, where a Debian 13 root can be had, the one that instances run (3.0), with
 * Debian 13's Node.js for the agent. Without the second one it is left out by name.
 * To be called where no test's time runs: a new machine makes the root first.
 */
export function haproxyVersions(): HaproxyVersion[] {
  const here: HaproxyVersion = { name: "this machine's HAProxy", options: {}, close: () => {} };
  const debian = trixieRoot(ROOT, "tools");
  if ("unavailable" in debian) {
    leftOut("everything on Debian 13's HAProxy", debian.unavailable);
    return [here];
  }
  // Made when it is first used: a describe block that is filtered out leaves nothing behind.
  let view: TrixieView | undefined;
  return [
    here,
    {
      name: "Debian 13's HAProxy",
      options: {
        inside: (argv, directory, env) => {
          view ??= debian.fresh();
          return view.argv(argv, { binds: [directory, path.join(ROOT, "dist")], env });
        },
      },
      close: () => view?.close(),
    },
  ];
}
