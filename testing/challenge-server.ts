import * as http from "node:http";
import type { AddressInfo } from "node:net";

/** Port 80 of the tenants' names: answers `/.well-known/acme-challenge/<token>` from `find`, 404 otherwise. */
export interface ChallengeServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** @param find the key authorization of a token */
export async function startChallengeServer(
  find: (token: string, host: string) => Promise<string | undefined>,
): Promise<ChallengeServer> {
  const server = http.createServer((request, response) => {
    const token = /^\/\.well-known\/acme-challenge\/([\w-]+)$/.exec(request.url ?? "")?.[1] ?? "";
    find(token, request.headers.host ?? "").then(
      (body) => response.writeHead(body === undefined ? 404 : 200).end(body),
      (error) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
