/**
 * The simulator takes all of `kms:EncryptionContext:…` for one key and matches none (replaceVariableInContextKey knows `/` only). In what
 * it is given, policies and requests alike, each is called by a name that it tells apart; a principal's tags are used for nothing else here.
 */
const WRITTEN = /kms:EncryptionContext:/g;
const GIVEN = "aws:PrincipalTag/EncryptionContext.";

/** A policy, or a request's context, as the simulator understands it. */
export function forSimulator<T>(told: T): T {
  return told === undefined ? told : (JSON.parse(JSON.stringify(told).replace(WRITTEN, GIVEN)) as T);
}
