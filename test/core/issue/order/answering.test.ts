import { HOUR } from "../../../../core/base/clock";
import type { AcmeAuthorization, AcmeOrder } from "../../../../core/ca/certificate-authority";
import { continueOrder } from "../../../../core/issue/order/order";
import type { Turn } from "../../../../core/issue/turn";
import { tenant } from "../../../../testing/records";
import { refusal } from "../../../../testing/scripted-ca";
import { said, TurnStage } from "../../../../testing/turns";

const URL = "https://first-ca.test/order/0";
let stage: TurnStage;
beforeEach(() => {
  stage = new TurnStage();
});

const record = () => stage.record("a.example");
const both = tenant("a.example", { aliases: ["b.example"] });
const goOn = async (turn: Turn) => said(continueOrder(turn));
const steps = () => stage.steps.map(({ step }) => step);
const calls = (call: string) => stage.ca.calls.filter((one) => one === call).length;

describe("an order's challenges", () => {
  const authorizations = (change: (one: AcmeAuthorization) => AcmeAuthorization) => {
    stage.ca.tells.authorization = change;
  };
  const b = (changes: Partial<AcmeAuthorization>) =>
    authorizations((one) => (one.name === "b.example" ? { ...one, ...changes } : one));

  it("are those that are open: what is valid is not asked for again", async () => {
    const turn = await stage.placed({ tenant: both });
    stage.ca.orders[0]?.verdicts.set("b.example", "valid");
    expect(await goOn(turn)).toBeUndefined();
    expect(calls("accept")).toBe(1);
    expect(stage.ca.deactivated).toEqual([`${URL}/0`]);
  });

  it("are none where the order stands on what is valid", async () => {
    const turn = await stage.placed();
    turn.tenant.memory.order = { ...(await stage.ca.order(URL)), status: "ready" };
    stage.ca.orders[0]?.verdicts.set("a.example", "valid");
    Object.assign(stage.ca.orders[0] ?? {}, { status: "ready" });
    stage.ca.calls.length = 0;
    expect(await goOn(turn)).toBeUndefined();
    expect(stage.ca.calls).toEqual(["finalize", "download"]);
    expect(steps()).toEqual(["finalized", "issued", "stored"]);
  });

  it("are answered where the CA does not say how long the order lasts", async () => {
    const turn = await stage.placed();
    const { expires: _unsaid, ...order } = await stage.ca.order(URL);
    turn.tenant.memory.order = order;
    expect(await goOn(turn)).toBeUndefined();
  });

  it("are accepted once, where the CA works on them already", async () => {
    const turn = await stage.placed({ tenant: both });
    authorizations((one) => (one.http01 ? { ...one, http01: { ...one.http01, status: "processing" } } : one));
    const { order } = stage.ca;
    stage.ca.order = async (url) => ({ ...(await order.call(stage.ca, url)), status: "valid" });
    await said(continueOrder(turn));
    expect(calls("accept")).toBe(0);
  });

  it("have to be of a kind that we answer", async () => {
    const turn = await stage.placed({ tenant: both });
    authorizations(({ http01: _none, ...one }) => one);
    expect(await goOn(turn)).toMatchObject({
      code: "CA_REJECTED",
      sentence: "first-ca does not offer HTTP-01 for a.example.",
      kind: "refused",
      dropOrder: true,
    });
  });

  it.each<[string, Partial<AcmeAuthorization>, object]>([
    [
      "the CA said no to one",
      { status: "invalid" },
      { kind: "refused", dropOrder: true, sentence: expect.stringContaining("became invalid without a reason") },
    ],
    [
      "one was given up by another order",
      { status: "deactivated" },
      { sentence: expect.stringContaining("stood on was given up") },
    ],
    [
      "one is over",
      { status: "expired" },
      {
        sentence:
          "first-ca did not finish the order for a.example: the authorization of b.example is expired. A new one is placed.",
      },
    ],
  ])("are not answered where %s", async (_what, changes, expected) => {
    const turn = await stage.placed({ tenant: both });
    b(changes);
    expect(await goOn(turn)).toMatchObject(expected);
    expect(calls("accept")).toBe(0);
  });

  it.each([
    [0, true],
    [1, false],
  ])("are not answered where the order's time is over: %i ms left", async (left, over) => {
    const turn = await stage.placed();
    const memory = turn.tenant.memory;
    memory.order = { ...(await stage.ca.order(URL)), expires: stage.clock.now() + left };
    stage.ca.calls.length = 0;
    const answer = await goOn(turn);
    expect(answer).toEqual(
      over ? expect.objectContaining({ sentence: expect.stringContaining("its time is over") }) : undefined,
    );
  });

  it("that fail are told, and are not said to be validated", async () => {
    stage.ca.rejects.set("a.example", { type: "urn:ietf:params:acme:error:connection", detail: "refused" });
    expect(await goOn(await stage.placed())).toMatchObject({ code: "PORT80_UNREACHABLE", dropOrder: true });
    expect(steps()).toEqual(["accepted"]);
  });
});

describe("an order that is signed", () => {
  const tells = (...statuses: (AcmeOrder["status"] | undefined)[]) => {
    stage.ca.tells.order = (order) => {
      const status = statuses.shift();
      return status === undefined ? order : { ...order, status };
    };
  };

  it.each<[string, (AcmeOrder["status"] | undefined)[]]>([
    ["in its own time", [undefined, "processing", "processing", "processing"]],
    ["though it says ready for a while", [undefined, "ready", "ready"]],
    ["though it says ready, and then works on it", [undefined, "ready", "processing", "processing"]],
  ])("%s is waited for", async (_how, statuses) => {
    const turn = await stage.placed();
    tells(...statuses);
    expect(await goOn(turn)).toBeUndefined();
    expect((await record()).state).toBe("active");
  });

  it("or not is found out where the CA says that it is not ready for it", async () => {
    const turn = await stage.placed();
    const { order, finalize } = stage.ca;
    const statuses = ["ready", "ready", "processing"] as const;
    let asked = 0;
    stage.ca.finalize = () => Promise.reject(refusal("orderNotReady", { status: 403 }));
    stage.ca.order = async (url) => {
      const known = await order.call(stage.ca, url);
      const status = statuses[asked++];
      if (status !== undefined) return { ...known, status };
      const { csr = "" } = (await stage.memory.orderSecret("a.example", "1")) ?? {};
      return finalize.call(stage.ca, known, csr);
    };
    expect(await goOn(turn)).toBeUndefined();
    expect(asked).toBe(4);
    expect((await record()).state).toBe("active");
  });

  it("is refused where the CA says no", async () => {
    const turn = await stage.placed();
    stage.ca.fail("finalize", { type: "badCSR", status: 400 });
    expect(await goOn(turn)).toMatchObject({ code: "CA_REJECTED", kind: "refused", dropOrder: true });
    expect(steps()).not.toContain("finalized");
  });

  it("and invalid in the end says why", async () => {
    const turn = await stage.placed();
    tells(undefined, "processing", "invalid");
    expect(await goOn(turn)).toMatchObject({ kind: "refused", dropOrder: true, code: "CA_DOWN" });
  });

  it("keeps a fault of ours from being told as the CA's", async () => {
    const turn = await stage.placed();
    stage.memory.putCertificate = () => Promise.reject(new TypeError("ours"));
    await expect(goOn(turn)).rejects.toThrow("ours");
  });

  it("is an interruption where the CA fails: it stays", async () => {
    const turn = await stage.placed();
    stage.ca.fail("download", { type: "serverInternal", status: 500 }, { times: 9, retryAfterMs: HOUR });
    expect(await goOn(turn)).toMatchObject({ kind: "outage", caFailed: true, dropOrder: false });
    expect((await record()).order?.url).toBe(URL);
  });
});
