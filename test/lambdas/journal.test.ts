import { keyAuthorization } from "../../core/ca/challenge";
import { STEPS } from "../../core/issue/observer";
import { Journal } from "../../lambdas/issuer/journal";
import { createLogger } from "../../lambdas/shared/observability";
import { THUMBPRINT } from "../../testing/challenge-server";
import { IssuerStage } from "../../testing/issuer-stage";
import { tenant } from "../../testing/records";
import { emfDocuments, type MetricValue } from "../../wire/aws/emf";

interface Line extends Record<string, unknown> {
  readonly message?: string;
}

/** What a whole flow writes to standard output and standard error, which is what CloudWatch Logs gets. */
async function linesOf(
  play: (stage: IssuerStage, journal: Journal) => Promise<void>,
): Promise<{ lines: Line[]; text: string }> {
  let text = "";
  const keep = (chunk: unknown) => {
    text += String(chunk);
    return true;
  };
  const spies = [process.stdout, process.stderr].map((stream) => jest.spyOn(stream, "write").mockImplementation(keep));
  try {
    const journal = new Journal("prod", createLogger("issuer", "prod"));
    await play(new IssuerStage(), journal);
    journal.publish();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  const lines = text.trim().split("\n");
  return { lines: lines.map((line) => JSON.parse(line)), text };
}

describe("the issuer's journal", () => {
  it("says each step of a tenant in one line, and counts", async () => {
    const { lines } = await linesOf(async (stage, journal) => {
      stage.point("a.example");
      await stage.apply(tenant("a.example"));
      await stage.turn(stage.ports({ observer: journal }));
    });
    const steps = lines.filter(({ message }) => message === "tenant step");
    expect(steps.map(({ step }) => step)).toEqual(STEPS);
    for (const line of steps) {
      expect(line).toMatchObject({
        level: "INFO",
        service: "issuer",
        stack: "prod",
        tenant: "a.example",
        ms: expect.any(Number),
      });
    }
    expect(lines.at(-1)).toEqual({
      _aws: {
        Timestamp: expect.any(Number),
        CloudWatchMetrics: [
          {
            Namespace: "certfront",
            Dimensions: [["stack"]],
            Metrics: [
              { Name: "OrdersCreated", Unit: "Count" },
              { Name: "CertificatesIssued", Unit: "Count" },
              { Name: "IssuanceSeconds", Unit: "Seconds" },
            ],
          },
        ],
      },
      stack: "prod",
      OrdersCreated: [1],
      CertificatesIssued: [1],
      IssuanceSeconds: [0.25],
    });
  });

  it("holds no key, request, token or key authorization, whatever goes well or wrong", async () => {
    const secrets: string[] = [];
    const { lines, text } = await linesOf(async (stage, journal) => {
      const { putOrderSecret } = stage.memory;
      const sealKey = stage.sealer.privateKey.bind(stage.sealer);
      stage.sealer.privateKey = (key, domain) => {
        secrets.push(...pemLines(key));
        return sealKey(key, domain);
      };
      const authorization = stage.ca.authorization.bind(stage.ca);
      stage.memory.putOrderSecret = (secret) => {
        secrets.push(...pemLines(secret.csr));
        return putOrderSecret.call(stage.memory, secret);
      };
      stage.ca.authorization = async (url) => {
        const answer = await authorization(url);
        const token = answer.http01?.token ?? "";
        secrets.push(token, keyAuthorization(token, THUMBPRINT));
        return answer;
      };
      stage.point("a.example", "b.example", "c.example");
      stage.ca.rejects.set("b.example", { type: "urn:ietf:params:acme:error:connection", detail: "Timeout" });
      await stage.apply(tenant("a.example"), tenant("b.example"), tenant("c.example"));
      const ports = stage.ports({ observer: journal });
      const finalize = stage.ca.finalize.bind(stage.ca);
      stage.ca.finalize = (order, csr) =>
        order.url.endsWith("0") ? finalize(order, csr) : Promise.reject(new Error("no answer to finalize"));
      await stage.turn(ports);
    });
    expect(lines.map(({ message }) => message)).toEqual(
      expect.arrayContaining(["tenant step", "tenant waits", "tenant failed"]),
    );
    expect(secrets.length).toBeGreaterThan(15);
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
    expect(text).not.toMatch(/PRIVATE KEY|CERTIFICATE REQUEST/);
  });
});

function pemLines(pem: string): string[] {
  return pem.split("\n").filter((line) => line !== "" && !line.startsWith("-----"));
}

describe("metrics", () => {
  const written = (values: readonly MetricValue[]) => emfDocuments("prod", values, 0);
  it("are nothing where nothing was measured", () => {
    expect(written([])).toEqual([]);
  });
  it("add counts up, and keep values apart in lines of a hundred", () => {
    const lines = written(
      Array.from({ length: 150 }, (_, value) => [
        { name: "N", unit: "Count" as const, value: 1 },
        { name: "S", unit: "Seconds" as const, value },
      ]).flat(),
    );
    expect(lines.map(({ N, S }) => [N, (S as number[]).length])).toEqual([
      [[150], 100],
      [undefined, 50],
    ]);
  });
});
