import { type ChildProcess, spawn } from "node:child_process";
import { Socket } from "node:net";

/**
 * Ends what this process started when this process dies without a chance to do so itself (SIGKILL, out of memory): a
 * shell that reads the process ids on a pipe, and kills those still listed when the pipe closes.
 */
const PROGRAM = `
pids=
while read -r what pid; do
  case $what in
    +) pids="$pids $pid" ;;
    -) kept=; for one in $pids; do [ "$one" = "$pid" ] || kept="$kept $one"; done; pids=$kept ;;
  esac
done
[ -z "$pids" ] && exit 0
kill -TERM $pids 2>/dev/null
sleep 2
kill -KILL $pids 2>/dev/null
exit 0
`;

let keeper: ChildProcess | undefined;
let listed = 0;

/** Lists a process that must not outlive this one. */
export function keep(pid: number): void {
  // Detached: a Ctrl-C in the terminal reaches the foreground group, and the keeper must outlive it.
  if (keeper === undefined) {
    keeper = spawn("sh", ["-c", PROGRAM], { stdio: ["pipe", "ignore", "ignore"], detached: true });
    keeper.unref(); // it must not keep this process alive: it waits for its end
    if (keeper.stdin instanceof Socket) keeper.stdin.unref();
  }
  listed += 1;
  keeper.stdin?.write(`+ ${pid}\n`);
}

/** Takes a process off the list once it is gone, so that its id is never used again. Ends the keeper with the last one. */
export function release(pid: number): void {
  keeper?.stdin?.write(`- ${pid}\n`);
  listed -= 1;
  if (listed > 0) return;
  keeper?.stdin?.end();
  keeper = undefined;
}
