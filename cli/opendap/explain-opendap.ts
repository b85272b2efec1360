import { wrap } from "../../core/base/wrap";
import type { Tenant } from "../../core/tenant/tenant";
import type { ExplainParts, Step } from "../explain-steps";
import { plain } from "../terminal";
import { type OpendapAdvice, opendapAdviceFor } from "./advice";
import { findOpendap } from "./look";

/** What a tenant that serves OPeNDAP data has to know of its settings. */
export interface Opendap {
  /** Path whose answer shows that it does. */
  readonly seenAt: string;
  readonly advice: readonly Pick<OpendapAdvice, "setting" | "does">[];
}

/**
 * Asked at one address: all of them have the same upstream.
 * @param steps what was found of the tenant before: where it is not served there is nothing to ask
 * @param typed what the command's user typed for the name
 */
export async function opendapOf(
  tenant: Tenant,
  steps: readonly Step[],
  { loadBalancer, httpsPort }: Pick<ExplainParts, "loadBalancer" | "httpsPort">,
  typed: string | undefined,
): Promise<Opendap | undefined> {
  const [address] = loadBalancer.addresses;
  const { domain } = tenant;
  const served = steps.some(({ name, check, result }) => name === domain && check === "https" && result === "good");
  if (address === undefined || !served) return undefined;
  const seenAt = await findOpendap({ address, port: httpsPort, name: domain }, typed);
  if (seenAt === undefined) return undefined;
  return { seenAt, advice: opendapAdviceFor(tenant).map(({ setting, does }) => ({ setting, does })) };
}

export function opendapLines({ seenAt, advice }: Opendap, width: number): string[] {
  const first = `It serves OPeNDAP data, as its answer to ${plain(seenAt)} shows. For that data's users (docs/clients.md):`;
  return [
    ...wrap(first, width),
    ...advice.flatMap(({ setting, does }) => [`  ${setting}:`, ...wrap(does, width - 4).map((line) => `    ${line}`)]),
  ];
}
