import { SECOND } from "../../base/clock";
import { proofOf } from "../../preflight/ownership";
import { type FailedName, type Preflight, preflight } from "../../preflight/preflight";
import type { Reason } from "../../record/reason";
import { emergencyAt } from "../../renewal/policy";
import { LEFT_US } from "../setback";
import type { Turn } from "../turn";
import { type Candidate, chooseCas } from "./choose-ca";
import { joinedReason, namesToTry } from "./names";

/** A fault of ours is looked at again in the same turn. */
const PAUSES = [1 * SECOND, 2 * SECOND, 4 * SECOND];

export interface CheckedNames {
  readonly candidates: readonly Candidate[];
  /** Names that are left out, and why. */
  readonly failures: readonly FailedName[];
  /** What could not be made sure of, although it forbids nothing. */
  readonly warning: Reason | undefined;
}

/** Which names could be validated now, at which CAs. */
export async function checkedNames(turn: Turn): Promise<CheckedNames> {
  const { record } = turn.tenant;
  const { names, leftOut } = namesToTry(record, turn.now());
  const { passed, failed } = await checkedPatiently(turn, names);
  const { candidates, failed: forbidden } = await chooseCas(record, passed, turn.ports);
  const warned = passed.flatMap(({ name, warning }) => (warning ? [{ name, reason: warning }] : []));
  const { certificate } = record;
  // Where DNS leads elsewhere nobody misses the certificate, and no CA would issue it. What is not proven was never served.
  const left = failed.filter(({ reason }) => LEFT_US.has(reason.code) || reason.code === "OWNERSHIP_UNPROVEN");
  const doubted = [...failed.filter((name) => !left.includes(name)), ...forbidden];
  if (certificate && turn.now() >= emergencyAt(certificate) && doubted.length > 0) {
    // A certificate about to expire: our own no may be wrong, and a CA's no costs less than none having been asked.
    const tried = names.filter((name) => !left.some((gone) => gone.name === name));
    return {
      candidates: turn.ports.cas.map((ca) => ({ ca, names: tried })),
      failures: [...left, ...leftOut],
      warning: joinedReason(record, doubted),
    };
  }
  return {
    candidates,
    failures: [...failed, ...forbidden, ...leftOut],
    warning: warned.length > 0 ? joinedReason(record, warned) : undefined,
  };
}

async function checkedPatiently(turn: Turn, names: readonly string[]): Promise<Preflight> {
  const proof = proofOf(turn.tenant.record, turn.ports.stack);
  let checked = await preflight(names, turn.ports, proof, (step) => turn.step(step));
  for (const pause of PAUSES) {
    const ours = checked.failed.filter((name) => name.ours).map(({ name }) => name);
    if (ours.length === 0 || turn.now() + pause >= turn.end) break;
    await turn.ports.pause(pause);
    const again = await preflight(ours, turn.ports, proof);
    const others = checked.failed.filter((name) => !name.ours);
    checked = { passed: [...checked.passed, ...again.passed], failed: [...others, ...again.failed] };
  }
  return checked;
}
