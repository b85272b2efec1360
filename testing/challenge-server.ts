import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { CHALLENGE_PATH, isToken, keyAuthorization, thumbprintOf } from "../core/ca/challenge";
import { ACCOUNT_PUBLIC_KEY } from "./aws-answers";

/** Of the account that the doubles of CAs and fronts share. */
export const THUMBPRINT = thumbprintOf(ACCOUNT_PUBLIC_KEY);

/** Port 80 of the tenants' names, as a front answers on the challenge path. */
export interface ChallengeServer {
  readonly port: number;
  /** Of the account that it answers for. */
  thumbprint: string;
  stop(): Promise<void>;
}

export async function startChallengeServer(thumbprint: string): Promise<ChallengeServer> {
  const server = http.createServer((request, response) => {
    const body = frontAnswer(request.url ?? "", fronts.thumbprint);
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const fronts: ChallengeServer = {
    thumbprint,
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return fronts;
}

/** What a front answers on a path; undefined: 404. */
export function frontAnswer(path: string, thumbprint: string): string | undefined {
  const token = path.startsWith(CHALLENGE_PATH) ? path.slice(CHALLENGE_PATH.length) : "";
  return isToken(token) ? keyAuthorization(token, thumbprint) : undefined;
}
