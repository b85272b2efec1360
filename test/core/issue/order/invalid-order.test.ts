import { DAY } from "../../../../core/base/clock";
import type { AcmeAuthorization, AcmeProblem } from "../../../../core/ca/certificate-authority";
import { invalidOrder } from "../../../../core/issue/order/verdicts";
import type { TenantRecord } from "../../../../core/record/record";
import { tenant } from "../../../../testing/records";
import { refusal } from "../../../../testing/scripted-ca";
import { TurnStage } from "../../../../testing/turns";

const BOTH = ["a.example", "b.example"];
const type = (kind: string) => `urn:ietf:params:acme:error:${kind}`;
const CONNECTION: AcmeProblem = { type: type("connection"), detail: "refused" };

let stage: TurnStage;
beforeEach(() => {
  stage = new TurnStage();
});

const withSecond = () => {
  stage.cas = [stage.ca, stage.newCa("second-ca")];
};
const avoided = () => ({ ca: "first-ca", until: stage.clock.now() + DAY });
const configured: Partial<TenantRecord> = { tenant: tenant("a.example", { aliases: ["b.example"] }) };

describe("an order that a CA made invalid", () => {
  /** Its authorizations, one for each name. */
  async function verdict(
    tells: Record<string, Partial<AcmeAuthorization> | Error>,
    { error, names = Object.keys(tells) }: { error?: AcmeProblem; names?: string[] } = {},
  ) {
    const authorizations = Object.keys(tells).map((name) => `https://first-ca.test/authorization/${name}`);
    stage.ca.authorization = async (url) => {
      const name = url.split("/").at(-1) ?? "";
      const told = tells[name];
      if (told instanceof Error) throw told;
      return { url, name, status: "valid", ...told };
    };
    const work = await stage.ordering({ names }, configured);
    const url = "https://first-ca.test/order/0";
    return invalidOrder(work, { url, status: "invalid", authorizations, finalize: "", ...(error && { error }) });
  }
  const said = "first-ca could not connect to the name on port 80";

  it("is refused for what its authorization says", async () => {
    const { reason, details } = await verdict({ "a.example": { status: "invalid", error: CONNECTION } });
    expect(reason).toEqual({
      code: "PORT80_UNREACHABLE",
      sentence: `${said} (a.example). It says: refused.`,
      problemType: CONNECTION.type,
    });
    expect(details).toEqual({ kind: "refused", dropOrder: true });
    expect(stage.metrics).toEqual([{ name: "ordersFailed", value: 1 }]);
  });

  it.each([
    ["by its status alone", { status: "invalid" } as const],
    ["by its error alone", { status: "pending", error: CONNECTION } as const],
  ])("names the name that failed, %s, and leaves it out so that the others go on", async (_how, told) => {
    const { reason, details } = await verdict({ "a.example": {}, "b.example": told }, { error: CONNECTION });
    expect(reason.sentence).toBe(`${said} (b.example). It says: refused.`);
    expect(details.refuse).toEqual([{ name: "b.example", reason, until: stage.clock.now() + DAY, times: 1 }]);
  });

  it("tells the reason that a name has, where others have none", async () => {
    const dns = { type: type("dns"), detail: "SERVFAIL" };
    const { reason, details } = await verdict({
      "c.example": {},
      "a.example": { status: "invalid" },
      "b.example": { status: "invalid", error: dns },
    });
    expect(reason).toMatchObject({ code: "DNS_SERVFAIL", problemType: dns.type });
    expect(details.refuse?.map((one) => [one.name, one.reason.code])).toEqual([
      ["a.example", "CA_DOWN"],
      ["b.example", "DNS_SERVFAIL"],
    ]);
  });

  it("is nobody's fault in particular where all names failed", async () => {
    const told = { status: "invalid", error: CONNECTION } as const;
    expect((await verdict({ "a.example": told, "b.example": told })).details).not.toHaveProperty("refuse");
  });

  it("counts against no name that is not the order's", async () => {
    const told = { status: "invalid", error: CONNECTION } as const;
    const { reason, details } = await verdict({ "strange.example": told }, { names: BOTH });
    expect(reason.sentence).toBe(`${said} (a.example). It says: refused.`);
    expect(details).not.toHaveProperty("refuse");
  });

  it.each<[string, AcmeProblem | undefined, string]>([
    ["the order's own", CONNECTION, `${said} (a.example). It says: refused.`],
    [
      "that there is none",
      undefined,
      "first-ca gave an answer that makes no sense (a.example). It says: The order became invalid without a reason.",
    ],
  ])("says as a reason, where no authorization has one, %s", async (_what, error, sentence) => {
    const given = await verdict({ "a.example": {}, "b.example": {} }, error && { error });
    expect(given.reason.sentence).toBe(sentence);
  });

  it("is another CA's where that may say yes, and then no name is left out", async () => {
    withSecond();
    const caa = { type: type("caa"), detail: "forbidden" };
    const { details } = await verdict({ "a.example": {}, "b.example": { status: "invalid", error: caa } });
    expect(details).toEqual({ kind: "refused", dropOrder: true, avoid: avoided() });
  });

  it("is not where no other CA is left, or the name's own fault would meet it there, too", async () => {
    const caa = { type: type("caa"), detail: "forbidden" };
    expect((await verdict({ "a.example": { status: "invalid", error: caa } })).details).not.toHaveProperty("avoid");
    stage = new TurnStage();
    withSecond();
    const { details } = await verdict({ "a.example": { status: "invalid", error: CONNECTION } });
    expect(details).not.toHaveProperty("avoid");
  });

  it("counts as a failed validation of those that failed", async () => {
    const counted: unknown[] = [];
    const ports = stage.ports();
    ports.limits.failed = async (...args) => void counted.push(args);
    stage.ports = () => ports;
    await verdict({ "a.example": {}, "b.example": { status: "invalid", error: CONNECTION } });
    expect(counted).toEqual([["first-ca", ["b.example"]]]);
  });

  it("by what another order gave up is placed anew", async () => {
    const { reason } = await verdict({ "a.example": { status: "deactivated" }, "b.example": {} });
    expect(reason.sentence).toContain("stood on was given up");
    const told = { status: "invalid", error: CONNECTION } as const;
    stage = new TurnStage();
    const other = await verdict({ "a.example": { status: "deactivated" }, "b.example": told });
    expect(other.reason.code).toBe("PORT80_UNREACHABLE");
  });

  it("is over though its authorizations cannot be read any more; a CA that is down is asked again", async () => {
    const gone = refusal("malformed", { status: 404 });
    const { reason } = await verdict({ "a.example": gone, "b.example": { status: "invalid", error: CONNECTION } });
    expect(reason.code).toBe("PORT80_UNREACHABLE");
    for (const error of [refusal("serverInternal", { status: 500 }), new TypeError("ours")]) {
      stage = new TurnStage();
      await expect(verdict({ "a.example": error })).rejects.toBe(error);
    }
  });
});
