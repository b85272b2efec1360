import * as http from "node:http";
import type { AddressInfo } from "node:net";

/** What a front sends with an Invoke. */
export interface ChallengeQuestion {
  readonly token: string;
  readonly host: string;
  readonly front: string;
}

/** Lambda's Invoke API with one function behind it, the challenge responder, answering from a table. Stands in for AWS. */
export interface ScriptedResponder {
  readonly endpoint: string;
  /** Key authorizations by token. */
  readonly answers: Map<string, string>;
  /** Every question so far. */
  readonly asked: ChallengeQuestion[];
  /** ms to think before each answer. */
  delayMs: number;
  /** Fails every Invoke, as Lambda does when it is down. */
  broken: boolean;
  stop(): Promise<void>;
}

export async function startScriptedResponder(): Promise<ScriptedResponder> {
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (responder.broken) {
        response.writeHead(503, { "content-type": "application/json" }).end('{"message":"unavailable"}');
        return;
      }
      const question = JSON.parse(Buffer.concat(chunks).toString()) as ChallengeQuestion;
      responder.asked.push(question);
      const body = responder.answers.get(question.token);
      const answer = body === undefined ? { status: 404 } : { status: 200, body };
      setTimeout(() => {
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
      }, responder.delayMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const responder: ScriptedResponder = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers: new Map(),
    asked: [],
    delayMs: 0,
    broken: false,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return responder;
}
