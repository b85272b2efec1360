import type { Reason } from "../record/reason";
import type { Resolver } from "./ports";

/** What a socket says; no zone of a customer's can be the cause. */
const SOCKET_ERRORS: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
  "EACCES",
  "EPERM",
  "ECANCELLED",
]);

/**
 * Whether a failed look-up is a fault of ours: our resolvers then fail for our own name as well. A zone that does not answer looks
 * like a time-out too, so the error alone does not tell.
 */
export async function isOurResolver(
  detail: string,
  resolver: Pick<Resolver, "a">,
  { cnameTarget }: { readonly cnameTarget: string },
): Promise<boolean> {
  if (SOCKET_ERRORS.has(detail)) return true;
  return (await resolver.a(cnameTarget)).status === "servfail";
}

export function resolverFault(name: string, detail: string): { ok: false; reason: Reason; ours: true } {
  const sentence = `Our own DNS resolvers do not answer (${detail}), so ${name} could not be looked up; certfront tries again within a minute. Nothing is wrong with the tenant's DNS: look at the issuer's network and DNS_SERVERS.`;
  return { ok: false, ours: true, reason: { code: "INTERNAL", sentence } };
}
