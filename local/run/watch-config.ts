import * as fs from "node:fs";
import * as path from "node:path";
import { CertfrontError, wordsOf } from "../../core/base/errors";
import { readStackConfig } from "./config";
import type { LocalStack, StackOptions } from "./stack";

/** ms of quiet after an edit before the files are read: editors write in several steps. */
const EDIT_SETTLES = 300;
/** ms that an edit's new tenants are followed. */
const FOLLOWED_FOR = 60_000;
/** Tenants named of one edit. */
const NAMED = 4;

type Watched = Pick<LocalStack, "configured" | "reconfigure" | "tenants">;
type Options = Pick<StackOptions, "root" | "stack" | "stackDirectory" | "progress">;

/** Applies edits of the stack's file, and of the file with the tenants that it may name, while the stack runs. */
export function watchConfig(stack: Watched, options: Options): { close(): void } {
  let settle: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  let watchers: fs.FSWatcher[] = [];
  let edits = 0;
  const changed = () => {
    clearTimeout(settle);
    settle = setTimeout(() => {
      edits += 1;
      const edit = edits;
      running = running.then(() => apply(stack, options, () => edit !== edits)).then(watch);
    }, EDIT_SETTLES);
  };
  const watch = () => {
    for (const watcher of watchers) watcher.close();
    watchers = filesOf(options).flatMap((file) => {
      if (!fs.existsSync(path.dirname(file))) return [];
      // The directory, because editors replace the file.
      return [fs.watch(path.dirname(file), (_event, name) => name === path.basename(file) && changed())];
    });
  };
  watch();
  return {
    close: () => {
      clearTimeout(settle);
      for (const watcher of watchers) watcher.close();
    },
  };
}

/** The stack's file first. One that cannot be read names no other. */
function filesOf({ root, stack, stackDirectory = root }: Options): string[] {
  const file = path.join(stackDirectory, `Pulumi.${stack}.yaml`);
  try {
    const { project, values } = readStackConfig(root, stack, stackDirectory);
    const tenants = values[`${project}:tenantsFile`];
    return tenants ? [file, path.resolve(root, tenants)] : [file];
  } catch {
    return [file];
  }
}

/** @param outdated whether there has been another edit since */
async function apply(stack: Watched, { progress }: Options, outdated: () => boolean): Promise<void> {
  const before = stack.configured();
  progress.phase("the configuration changed; applying it");
  try {
    const { needRestart } = await stack.reconfigure();
    progress.problem(undefined);
    const { words, added } = difference(before, stack.configured());
    progress.phase(`applied: ${words || "no tenant changed"}`);
    if (needRestart.length > 0) progress.warn(`takes effect with the next npm start: ${needRestart.join(", ")}`);
    // Not waited for: the next edit is.
    if (added.length > 0) void follow(stack, added, words, progress, outdated);
  } catch (error) {
    const advice = error instanceof CertfrontError ? (error.advice ?? "") : "";
    progress.problem(`${wordsOf(error)}\n${advice}`.trim());
    progress.phase("the last good configuration goes on");
  }
}

/** `+ nice.metz.example − old.example ~ changed.example`. */
function difference(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>) {
  const added = [...after.keys()].filter((domain) => !before.has(domain));
  const gone = [...before.keys()].filter((domain) => !after.has(domain));
  const other = [...after].flatMap(([domain, tenant]) => {
    const was = before.get(domain);
    return was !== undefined && was !== tenant ? [domain] : [];
  });
  const some = (mark: string, domains: readonly string[]) => [
    ...domains.slice(0, NAMED).map((domain) => `${mark} ${domain}`),
    ...(domains.length > NAMED ? [`${mark} ${domains.length - NAMED} more`] : []),
  ];
  return { words: [...some("+", added), ...some("−", gone), ...some("~", other)].join("  "), added };
}

/** Says when the last of them is served by every front, and how long that took. */
async function follow(
  stack: Watched,
  added: readonly string[],
  words: string,
  progress: Options["progress"],
  outdated: () => boolean,
): Promise<void> {
  for (const until = Date.now() + FOLLOWED_FOR; Date.now() < until && !outdated(); ) {
    const times = stack.tenants().filter(({ domain }) => added.includes(domain));
    const seconds = times.flatMap(({ secondsToServed }) => (secondsToServed === undefined ? [] : [secondsToServed]));
    if (seconds.length === added.length) {
      progress.phase(`applied: ${words}, served in ${Math.max(...seconds).toFixed(1)} s`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50).unref());
  }
}
