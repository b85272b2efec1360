import { DAY, HOUR } from "../../core/base/clock";
import { leafOf } from "../../core/certificate/facts";
import type { IssuerPorts } from "../../core/issue/ports";
import type { TenantRecord } from "../../core/record/record";
import type { Pebble } from "../../local/process/parts/pebble";
import { AcmeStage, wrap } from "../../testing/acme-stage";

const DOMAIN = "a.example";

describe("renewing at Pebble", () => {
  let stage: AcmeStage;
  beforeEach(async () => {
    stage = await AcmeStage.start();
  });
  afterEach(() => stage.stop());

  async function firstCertificate(): Promise<TenantRecord> {
    await stage.addTenant(DOMAIN);
    await stage.turn([DOMAIN]);
    return stage.record(DOMAIN);
  }

  /** Takes turns, each when the record says, until the certificate is another one. */
  async function renewed(before: TenantRecord, ports?: IssuerPorts): Promise<TenantRecord> {
    for (let turns = 0; turns < 400; turns++) {
      const record = await stage.nextTurn(DOMAIN, ports);
      if (record.certificate?.serial !== before.certificate?.serial) return record;
    }
    throw new Error(`Not renewed: ${JSON.stringify(await stage.record(DOMAIN))} ${stage.errors}`);
  }

  async function expectServed({ certificate }: TenantRecord): Promise<void> {
    const front = await stage.store.frontItem(DOMAIN);
    expect(front?.certificate?.summary.serial).toBe(certificate?.serial);
  }

  /** Whole days from the start of the certificate's life. */
  const age = ({ certificate }: TenantRecord, at: number) => (at - (certificate?.notBefore ?? 0)) / DAY;

  describe("without the CA's advice", () => {
    it.each([
      [90, 60, "installed"],
      [45, 30, "installed"],
      [6, 3, "installed"],
      [6, 3, "sid"],
    ] as const)(
      "replaces a certificate of %i days on day %i, with a new key (Pebble %s)",
      async (days, renewalDay, version) => {
        const { pebble, ca } = await stage.addPebble({ version, validitySeconds: days * 86_400 });
        const first = await firstCertificate();
        const mute = wrap(ca, async (call, _args, run) => (call === "renewalInfo" ? undefined : run()));
        const second = await renewed(first, stage.ports({ cas: [mute] }));

        expect(stage.errors).toEqual([]);
        expect(age(first, stage.clock.now())).toBeCloseTo(renewalDay, 3);
        expect(second.state).toBe("active");
        const stored = await stage.store.certificates(DOMAIN);
        const serials = [first, second].map(({ certificate }) => certificate?.serial);
        expect(stored.map(({ summary }) => summary.serial).sort()).toEqual(serials.sort());
        expect(new Set(stored.map(({ key }) => key)).size).toBe(2);
        expect(pebble.orderCount()).toBe(2);
        await expectServed(second);
      },
    );
  });

  describe("by ARI", () => {
    let pebble: Pebble;
    beforeEach(async () => {
      ({ pebble } = await stage.addPebble({ version: "sid" }));
    });

    it("asks at least twice a day, and keeps to the CA's window", async () => {
      const first = await firstCertificate();
      const [ca] = stage.cas;
      if (!ca) throw new Error("no CA");
      const asked: number[] = [stage.clock.now()];
      const counted = wrap(ca, async (call, _args, run) => {
        if (call === "renewalInfo") asked.push(stage.clock.now());
        return run();
      });
      for (let turn = 0; turn < 4; turn++) {
        const { renewal, certificate } = await stage.nextTurn(DOMAIN, stage.ports({ cas: [counted] }));
        expect(certificate?.serial).toBe(first.certificate?.serial);
        expect(renewal?.source).toBe("ari");
        expect(Math.abs(age(first, renewal?.renewAt ?? 0) - 60)).toBeLessThan(5);
      }
      const gaps = asked.slice(1).map((at, turn) => at - (asked[turn] ?? 0));
      expect(gaps).toHaveLength(4);
      expect(Math.max(...gaps)).toBeLessThanOrEqual(12 * HOUR);
      expect(pebble.orderCount()).toBe(1);
    });

    it("renews when the window moves to the near future, tells the CA what it replaces, and says why", async () => {
      const first = await firstCertificate();
      const chain = (await stage.store.certificates(DOMAIN))[0]?.chain ?? "";
      const start = new Date(stage.clock.now() + 2 * DAY);
      const end = new Date(stage.clock.now() + 3 * DAY);
      await pebble.setRenewalInfo(leafOf(chain), { start, end, explanationUrl: "https://ca.example/incident" });
      const moved = await stage.nextTurn(DOMAIN);
      expect(moved.renewal).toMatchObject({ source: "ari", explanationUrl: "https://ca.example/incident" });

      const replaced: unknown[] = [];
      const [ca] = stage.cas;
      if (!ca) throw new Error("no CA");
      const watched = wrap(ca, async (call, args, run) => {
        if (call === "newOrder") replaced.push(args[1]);
        return run();
      });
      const second = await renewed(first, stage.ports({ cas: [watched] }));
      const at = stage.clock.now();
      expect(at).toBeGreaterThanOrEqual(start.getTime());
      expect(at).toBeLessThan(end.getTime());
      expect(replaced).toEqual([{ replaces: first.certificate?.ariId }]);
      expect(second.state).toBe("active");
      expect(pebble.orderCount()).toBe(2);
      await expectServed(second);
    });

    it("replaces a revoked certificate at the next look, for revoking moves the window into the past", async () => {
      const first = await firstCertificate();
      const chain = (await stage.store.certificates(DOMAIN))[0]?.chain ?? "";
      await stage.cas[0]?.revoke(leafOf(chain), 4);
      const second = await renewed(first);
      expect(age(first, stage.clock.now())).toBeLessThan(0.5);
      expect(second.state).toBe("active");
      await expectServed(second);
    });

    it("renews without `replaces` where the CA says it was replaced before", async () => {
      const first = await firstCertificate();
      const [ca] = stage.cas;
      // Somebody else has replaced it with the same account.
      await ca?.newOrder([DOMAIN], { replaces: first.certificate?.ariId });
      const chain = (await stage.store.certificates(DOMAIN))[0]?.chain ?? "";
      await ca?.revoke(leafOf(chain), 4);
      const second = await renewed(first);
      expect(second.state).toBe("active");
      expect(second.failures).toBe(0);
    });
  });
});
