import { type ChildProcess, fork } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** CPU time that a process spent since its start, ms. */
export interface Answer {
  readonly result: unknown;
  readonly cpuMs: number;
}

/** The issuer's own bundle, as Lambda runs it: a process that is handed events. */
export interface IssuerProcess {
  invoke(event: object): Promise<Answer>;
  /** Events that the issuer handed to itself, and forgets them. */
  takeHandedOut(): object[];
  stop(): Promise<void>;
}

/** Runs the handler per message; its log lines go nowhere. */
const HOST = `
const { handler } = require(process.argv[1]);
process.on("message", async ({ id, event }) => {
  const answer = await handler(event, { getRemainingTimeInMillis: () => 900000 }).then(
    (result) => ({ result }),
    (error) => ({ failure: String(error.stack) }),
  );
  const { user, system } = process.cpuUsage();
  process.send({ id, cpuMs: (user + system) / 1000, ...answer });
});
process.send("ready");
`;

/**
 * @param bundle path of the issuer's bundle
 * @param environment as the program gives it to the function; the AWS endpoints for SSM and Lambda are added
 * @param accountKey PEM, as SSM would give it
 */
export async function startIssuer(
  bundle: string,
  environment: Readonly<Record<string, string>>,
  accountKey: string,
): Promise<IssuerProcess> {
  const handedOut: object[] = [];
  const aws = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const invocation = request.url?.endsWith("/invocations");
      if (invocation) handedOut.push(JSON.parse(body));
      const answer = invocation ? "" : JSON.stringify({ Parameter: { Value: accountKey } });
      response.writeHead(invocation ? 202 : 200, { "content-type": "application/x-amz-json-1.1" }).end(answer);
    });
  });
  await new Promise<void>((resolve) => aws.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(aws.address() as AddressInfo).port}`;
  const child = fork("-e", {
    execPath: process.execPath,
    execArgv: ["-e", HOST, bundle],
    env: {
      PATH: process.env.PATH,
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_ENDPOINT_URL_SSM: endpoint,
      AWS_ENDPOINT_URL_LAMBDA: endpoint,
      ...environment,
    },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  await reply(child, (message) => message === "ready");
  let calls = 0;
  return {
    async invoke(event) {
      const id = ++calls;
      const answered = reply(child, (message) => (message as { id?: number }).id === id);
      child.send({ id, event });
      const { failure, ...answer } = (await answered) as Answer & { failure?: string };
      if (failure !== undefined) throw new Error(`The issuer failed: ${failure}`);
      return answer;
    },
    takeHandedOut: () => handedOut.splice(0),
    async stop() {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill();
      await gone;
      aws.closeAllConnections();
      await new Promise((resolve) => aws.close(resolve));
    },
  };
}

function reply(child: ChildProcess, isIt: (message: unknown) => boolean): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const gone = (code: number | null) => reject(new Error(`The issuer's process ended (${code}).`));
    const listen = (message: unknown) => {
      if (!isIt(message)) return;
      child.off("message", listen);
      child.off("exit", gone);
      resolve(message);
    };
    child.on("message", listen);
    child.once("exit", gone);
  });
}
