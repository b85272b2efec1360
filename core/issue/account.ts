import { AcmeError } from "../ca/certificate-authority";
import type { IssuerPorts } from "./ports";

/** Whose account this stack uses at each CA, and whether its present key has taken it over everywhere. */
export interface AccountState {
  /** Of the present key (RFC 7638). */
  readonly thumbprint: string;
  /** Fronts that answer for another key: nothing is taken over, and nothing ordered, until there is none. */
  readonly waitingFor: readonly string[];
  /** One for each CA, once no front is waited for; `problem` where the CA did not do it, and will be asked again. */
  readonly accounts: readonly { readonly ca: string; readonly url?: string; readonly problem?: string }[];
}

interface TakeOverPorts extends Pick<IssuerPorts, "cas"> {
  readonly fronts: Pick<IssuerPorts["fronts"], "thumbprint" | "disagreeing">;
}

/** Has every CA's account be the present key's, where every front answers for it: a former key signs its account over. */
export async function takeOverAccounts({ cas, fronts }: TakeOverPorts): Promise<AccountState> {
  const { thumbprint } = fronts;
  const waitingFor = await fronts.disagreeing();
  if (waitingFor.length > 0) return { thumbprint, waitingFor, accounts: [] };
  const accounts = cas.map(async (ca) => {
    try {
      return { ca: ca.settings.name, url: await ca.accountUrl() };
    } catch (error) {
      if (!(error instanceof AcmeError)) throw error;
      return { ca: ca.settings.name, problem: error.message };
    }
  });
  return { thumbprint, waitingFor, accounts: await Promise.all(accounts) };
}
