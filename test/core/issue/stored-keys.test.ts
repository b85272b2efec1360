import { DAY, HOUR, MINUTE } from "../../../core/base/clock";
import { createKeyAndCsr } from "../../../core/certificate/csr";
import { forgetKeys, markUnsealed, sealKeys } from "../../../core/issue/stored-keys";
import type { CertificateSummary, TenantRecord } from "../../../core/record/record";
import type { Store } from "../../../core/record/store";
import { isSealed } from "../../../core/seal/envelope";
import { callsAtOnce } from "../../../testing/at-once";
import { certificateSummary, frontItem, heartbeat, tenantRecord } from "../../../testing/records";
import { TurnStage } from "../../../testing/turns";

let stage: TurnStage;
let now: number;
let plain: string;
beforeAll(async () => {
  plain = (await createKeyAndCsr(["a.example"], "ecdsa-p256")).key;
});
beforeEach(() => {
  stage = new TurnStage();
  now = stage.clock.now();
});

const of = (serial: string, changes: Partial<CertificateSummary> = {}): CertificateSummary =>
  certificateSummary("a.example", { serial, fingerprint: serial, notAfter: now + 60 * DAY, ...changes });
const keep = (summary: CertificateSummary, key = plain) =>
  stage.memory.putCertificate({ domain: "a.example", summary, chain: `chain ${summary.serial}`, key });
const history = async () => (await stage.memory.certificates("a.example")).map(({ summary }) => summary.serial).sort();

describe("the walk that marks tenants whose keys may lie in PEM", () => {
  const has = (domain: string, changes: Partial<TenantRecord> = {}) =>
    stage.memory.createTenant(tenantRecord(domain, now, { nextActionAt: now + DAY, ...changes }));
  const order = { id: "1", ca: "first-ca", names: ["a.example"], startedAt: 0 };
  const mark = () => markUnsealed(stage.ports());
  const later = () => stage.clock.advance(MINUTE);

  it.each<[string, boolean, () => Partial<TenantRecord>]>([
    ["has a certificate", true, () => ({ certificate: of("1") })],
    ["has an order", true, () => ({ order })],
    ["has neither", false, () => ({})],
  ])("marks who %s: %p, and is through", async (_who, marked, changes) => {
    await has("a.example", changes());
    expect(await mark()).toEqual({ done: true });
    const { unsealed, nextActionAt } = await stage.record("a.example");
    expect({ unsealed, nextActionAt }).toEqual(
      marked ? { unsealed: true, nextActionAt: now } : { unsealed: undefined, nextActionAt: now + DAY },
    );
  });

  it("hurries who is looked at later or never, and puts off nobody", async () => {
    await has("never.example", { certificate: of("1"), nextActionAt: undefined as never });
    await has("overdue.example", { certificate: of("1"), nextActionAt: now - 7 });
    await has("held.example", { certificate: of("1"), lease: { id: "1", until: now + 9 } });
    await mark();
    const at = async (domain: string) => (await stage.record(`${domain}.example`)).nextActionAt;
    expect([await at("never"), await at("overdue"), await at("held")]).toEqual([now, now - 7, now + DAY]);
    expect((await stage.record("held.example")).unsealed).toBe(true);
  });

  it("goes on where it was, page by page, and never begins again", async () => {
    for (const domain of ["a.example", "b.example"]) await has(domain, { certificate: of("1") });
    const { listTenants } = stage.memory;
    const cursors: (string | undefined)[] = [];
    stage.memory.listTenants = (cursor) => {
      cursors.push(cursor);
      return listTenants.call(stage.memory, cursor, 1);
    };
    expect(await mark()).toEqual({ cursor: "1", done: false });
    expect(await stage.memory.sealingProgress()).toEqual({ cursor: "1", done: false });
    expect(await mark()).toEqual({ done: true });
    expect(await mark()).toEqual({ done: true });
    expect(cursors).toEqual([undefined, "1"]);
  });

  it("marks twenty at once", async () => {
    for (let n = 0; n < 50; n++) await has(`t${n}.example`, { certificate: of("1") });
    const { counted, most } = callsAtOnce<Store>(stage.memory);
    expect(await markUnsealed({ ...stage.ports(), store: counted })).toEqual({ done: true });
    expect(most.get("saveTenant")).toBe(20);
  });

  it("waits where it is while some front could not open them", async () => {
    await has("a.example", { certificate: of("1") });
    await stage.memory.putSealingProgress({ cursor: "0", done: false });
    await stage.memory.putHeartbeat(heartbeat("front-1", now, { opensKeys: false }));
    expect(await mark()).toEqual({ cursor: "0", done: false });
    expect((await stage.record("a.example")).unsealed).toBeUndefined();
    later();
    later();
    expect(await mark()).toEqual({ done: true });
  });

  it("passes who is gone since the index said so", async () => {
    await has("a.example", { certificate: of("1") });
    stage.memory.tenant = async () => undefined;
    expect(await mark()).toEqual({ done: true });
  });
});

describe("a tenant's keys in PEM", () => {
  const opened = (key: string | undefined, domain = "a.example") =>
    stage.dataKeys.opener().privateKey(key ?? "", domain);
  const begin = (changes: Partial<TenantRecord> = {}) =>
    stage.begin({ unsealed: true, certificate: of("present"), ...changes });

  it("are sealed in the history and for the fronts, under a higher revision", async () => {
    await keep(of("present"));
    await stage.memory.putFrontItem(
      frontItem("a.example", 7, { certificate: { summary: of("present"), chain: "chain", key: plain } }),
    );
    await sealKeys(await begin());
    const [stored] = await stage.memory.certificates("a.example");
    expect(stored).toMatchObject({ summary: of("present"), chain: "chain present" });
    expect(await opened(stored?.key)).toBe(plain);
    const item = await stage.memory.frontItem("a.example");
    expect(item?.revision).toBe(now);
    expect(await opened(item?.certificate?.key)).toBe(plain);
    expect(await stage.record("a.example")).not.toHaveProperty("unsealed");
    expect(await stage.record("a.example")).not.toHaveProperty("forgetKeysAt");
  });

  it("are sealed for whom the certificate was issued to", async () => {
    await keep(of("present", { issuedTo: "old.example" }));
    await sealKeys(await begin());
    const [stored] = await stage.memory.certificates("a.example");
    expect(await opened(stored?.key, "old.example")).toBe(plain);
  });

  it("are not sealed again, nor published, where they are", async () => {
    const sealed = await stage.sealer.privateKey(plain, "a.example");
    await keep(of("present"), sealed);
    const certificate = { summary: of("present"), chain: "chain", key: sealed };
    await stage.memory.putFrontItem(frontItem("a.example", 7, { certificate, further: [certificate] }));
    let writes = 0;
    stage.memory.putCertificate = async () => void writes++;
    await sealKeys(await begin());
    expect(writes).toBe(0);
    expect((await stage.memory.frontItem("a.example"))?.revision).toBe(7);
  });

  it("are published sealed where only a further one was not", async () => {
    const sealed = await stage.sealer.privateKey(plain, "a.example");
    const certificate = { summary: of("present"), chain: "chain", key: sealed };
    await stage.memory.putFrontItem(
      frontItem("a.example", 7, { certificate, further: [{ ...certificate, key: plain }] }),
    );
    await sealKeys(await begin());
    expect((await stage.memory.frontItem("a.example"))?.revision).toBe(now);
  });

  it("are sealed with an order, and the worker asks for it anew", async () => {
    const order = { id: "1", ca: "first-ca", names: ["a.example"], startedAt: 0 };
    const secret = { id: "1", domain: "a.example", key: plain, csr: "csr", expiresAt: now + DAY };
    await stage.memory.putOrderSecret(secret);
    const turn = await begin({ order });
    turn.tenant.memory.secret = secret;
    await sealKeys(turn);
    const { key, ...rest } = (await stage.memory.orderSecret("a.example", "1")) ?? { key: "" };
    expect(rest).toEqual({ id: "1", domain: "a.example", csr: "csr", expiresAt: now + DAY });
    expect(await opened(key)).toBe(plain);
    expect(turn.tenant.memory.secret).toBeUndefined();
  });

  it("are left with an order where they are sealed", async () => {
    const order = { id: "1", ca: "first-ca", names: ["a.example"], startedAt: 0 };
    const key = await stage.sealer.privateKey(plain, "a.example");
    await stage.memory.putOrderSecret({ id: "1", domain: "a.example", key, csr: "csr", expiresAt: now + DAY });
    let writes = 0;
    stage.memory.putOrderSecret = async () => void writes++;
    await sealKeys(await begin({ order }));
    expect(writes).toBe(0);
  });

  it("of superseded certificates may go, at once or when it was planned", async () => {
    await keep(of("present"));
    await keep(of("older"));
    await sealKeys(await begin());
    expect((await stage.record("a.example")).forgetKeysAt).toBe(now);
    stage = new TurnStage();
    await keep(of("older"));
    await sealKeys(await begin({ forgetKeysAt: now + DAY }));
    expect((await stage.record("a.example")).forgetKeysAt).toBe(now + DAY);
    expect((await stage.memory.certificates("a.example")).every(({ key }) => isSealed(key))).toBe(true);
  });
});

describe("the keys of superseded certificates", () => {
  const begin = (timeScale = 1) =>
    stage.begin(
      { certificate: of("present"), further: [of("further")], forgetKeysAt: now, revision: 7 },
      { timeScale },
    );
  beforeEach(async () => {
    for (const serial of ["present", "further", "older", "oldest"]) await keep(of(serial));
  });

  it("are deleted where every front has come to the present one", async () => {
    await stage.memory.putHeartbeat(heartbeat("front-1", now, { revision: 7 }));
    await forgetKeys(await begin());
    expect(await history()).toEqual(["further", "present"]);
    expect(await stage.record("a.example")).not.toHaveProperty("forgetKeysAt");
  });

  it("are asked about again in an hour of the stack's time where not", async () => {
    await stage.memory.putHeartbeat(heartbeat("front-1", now, { revision: 6 }));
    await forgetKeys(await begin(6));
    expect(await history()).toHaveLength(4);
    expect((await stage.record("a.example")).forgetKeysAt).toBe(now + HOUR / 6);
  });
});
