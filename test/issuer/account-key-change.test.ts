import { AcmeCertificateAuthority } from "../../acme/acme-certificate-authority";
import { thumbprintOf } from "../../core/ca/challenge";
import { createKeyAndCsr } from "../../core/certificate/csr";
import { AnsweringFronts } from "../../core/issue/answering-fronts";
import type { IssuerPorts } from "../../core/issue/ports";
import type { Pebble } from "../../local/process/parts/pebble";
import { AcmeStage, wrap } from "../../testing/acme-stage";
import { heartbeat } from "../../testing/records";
import { until } from "../../testing/until";

const TENANTS = Array.from({ length: 20 }, (_, index) => `t${index}.example`);
const NEW = "late.example";

/** As `pulumi up` does it: first an issuer with the new key, then fronts one by one, then nothing with the old key is left. */
describe("an account key that changes during 20 validations", () => {
  let stage: AcmeStage;
  let pebble: Pebble;
  let next: AcmeCertificateAuthority;
  let nextPorts: IssuerPorts;
  let newKey: string;

  beforeAll(async () => {
    stage = await AcmeStage.start();
    ({ pebble } = await stage.addPebble());
    newKey = (await createKeyAndCsr([], "ecdsa-p256")).key;
    next = new AcmeCertificateAuthority(
      { name: "pebble-1", directory: pebble.directory, caaIdentities: ["pebble-1.example"] },
      { accountKey: newKey, formerKey: stage.accountKey, trust: pebble.trust },
    );
    nextPorts = stage.ports({
      cas: [next],
      fronts: new AnsweringFronts(stage.store, stage.clock, thumbprintOf(newKey)),
    });
    for (const domain of [...TENANTS, NEW]) await stage.addTenant(domain);
  });
  afterAll(async () => {
    next?.close();
    await stage?.stop();
  });

  const beat = (front: string, key: string, ready = true) =>
    stage.store.putHeartbeat(
      heartbeat(front, stage.clock.now(), { revision: 1, ready, thumbprint: thumbprintOf(key) }),
    );

  it("fails none of them, and goes on with the same account when every front was replaced", async () => {
    await beat("front-1", stage.accountKey);
    await beat("front-2", stage.accountKey);
    // Held back until the new issuer has looked: all 20 are being validated then.
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const held = stage.cas.map((ca) =>
      wrap(ca, async (call, _args, run) => {
        if (call === "finalize") await gate;
        return run();
      }),
    );
    const running = stage.turn(TENANTS, stage.ports({ cas: held }));
    await until(
      "20 orders are being validated",
      () => stage.steps.filter(({ step }) => step === "accepted").length === 20,
    );
    const orders = pebble.orderCount();

    const [waiting] = await stage.turn([NEW], nextPorts);
    expect(waiting).toMatchObject({ domain: NEW, reason: "WAITING" });
    await beat("front-1", stage.accountKey, false);
    await beat("front-3", newKey);
    expect(pebble.orderCount()).toBe(orders);

    open();
    const outcomes = await running;
    expect(outcomes.map(({ state }) => state)).toEqual(TENANTS.map(() => "active"));
    const before = await stage.cas[0]?.accountUrl();

    await beat("front-2", stage.accountKey, false);
    await beat("front-4", newKey);
    stage.challenges.thumbprint = thumbprintOf(newKey);
    expect(await stage.nextTurn(NEW, nextPorts)).toMatchObject({ state: "active" });
    expect(await next.accountUrl()).toBe(before);
    expect(pebble.orderCount()).toBe(orders + 1);
    expect(stage.errors).toEqual([]);
    await expect(stage.cas[0]?.newOrder(["other.example"], {})).rejects.toThrow();
  }, 60_000);
});
