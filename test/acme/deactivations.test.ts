import { AcmeCertificateAuthority } from "../../acme/acme-certificate-authority";
import { HOUR } from "../../core/base/clock";
import { AcmeError } from "../../core/ca/certificate-authority";
import { createKeyAndCsr } from "../../core/certificate/csr";
import { FakeCa } from "../../testing/fake-ca";

describe("giving up an authorization", () => {
  let fake: FakeCa;
  let ca: AcmeCertificateAuthority;
  let url: string;

  beforeEach(async () => {
    fake = await FakeCa.start();
    await connect();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    ca.close();
    await fake.stop();
  });

  /** @param timeoutMs of a request; giving up takes three seconds at most where that is longer */
  async function connect(timeoutMs?: number): Promise<void> {
    ca?.close();
    const { key: accountKey } = await createKeyAndCsr([], "ecdsa-p256");
    const settings = { name: "fake", directory: fake.directory, caaIdentities: [] };
    ca = new AcmeCertificateAuthority(settings, { accountKey, trust: fake.trust, ...(timeoutMs && { timeoutMs }) });
    [url = ""] = (await ca.newOrder(["a.example"], {})).authorizations;
    fake.requests.length = 0;
  }
  const asked = () => fake.requests.filter((request) => request === "POST authorization").length;
  const answer = (one = ca.deactivate(url)): Promise<string> =>
    one.then(
      () => "done",
      (error: unknown) => (error instanceof AcmeError ? error.problem.type.replace(/^.*:/, "") : String(error)),
    );

  it("is one request of the account that is known, which is made nowhere anew", async () => {
    expect(await answer()).toBe("done");
    expect(fake.payloads.filter(({ resource }) => resource === "authorization")).toEqual([
      { resource: "authorization", payload: { status: "deactivated" } },
    ]);
    expect(fake.requests).not.toContain("POST newAccount");
    expect(await answer()).toBe("done");
    expect(asked()).toBe(2);
  });

  it.each([
    ["unauthorized", 403],
    ["malformed", 405],
    ["rateLimited", 429],
    ["serverInternal", 500],
  ])("is not asked for within an hour of `%s` (%d), and then once more", async (type, status) => {
    const start = Date.now();
    const now = jest.spyOn(Date, "now").mockReturnValue(start);
    fake.fail("authorization", { ...FakeCa.problem(type, "no", status), times: 2 });
    expect(await answer()).toBe(type);
    now.mockReturnValue(start + HOUR - 1);
    expect(await answer()).toBe("done");
    expect(asked()).toBe(1);
    now.mockReturnValue(start + HOUR);
    expect(await answer()).toBe(type);
    expect(asked()).toBe(2);
  });

  it("is asked for as often as there is something to give up, where the CA allows it", async () => {
    expect(await Promise.all(Array.from({ length: 40 }, () => answer()))).toEqual(Array(40).fill("done"));
    expect(asked()).toBe(40);
  });

  describe("at a CA that hangs", () => {
    beforeEach(() => {
      // Sockets go on in real time; only limits of time are reached by hand.
      jest.useFakeTimers({ doNotFake: ["Date", "nextTick", "queueMicrotask", "setImmediate", "setInterval"] });
    });
    afterEach(() => {
      jest.useRealTimers();
    });
    /** Until the CA has seen it so often, or nobody waits for that any more. */
    const seen = async (request: string, times: number, end: Promise<unknown>) => {
      let isOver = false;
      void end.then(() => {
        isOver = true;
      });
      const count = () => fake.requests.filter((one) => one === request).length;
      while (count() < times && !isOver) await new Promise(setImmediate);
    };

    it("ends after three seconds for all who ask, while orders go on", async () => {
      fake.fail("authorization", { connection: "hang", times: 1_000 });
      // With as many connections as an order has, all of them would be taken.
      const ends: string[] = [];
      const all = Array.from({ length: 200 }, () => answer().then((end) => ends.push(end)));
      for (let order = 0; order < 5; order++) expect((await ca.newOrder(["b.example"], {})).status).toBe("pending");
      await seen("POST authorization", 16, Promise.race(all));
      jest.advanceTimersByTime(2_999);
      await new Promise(setImmediate);
      expect(ends).toEqual([]);
      jest.advanceTimersByTime(1);
      await Promise.all(all);
      expect(ends.sort()).toEqual([...Array(16).fill("Error: no answer within 3 s"), ...Array(184).fill("done")]);
      expect(await answer()).toBe("done");
      expect(asked()).toBe(16);
    });

    it("leaves no timer behind where it does not, or a function would wait for it", async () => {
      expect(await answer()).toBe("done");
      // A nonce that was asked for may still be on its way.
      const deadline = Date.now() + 5_000;
      while (jest.getTimerCount() > 0 && Date.now() < deadline) await new Promise(setImmediate);
      expect(jest.getTimerCount()).toBe(0);
    });

    it("ends in a CA's own time where that is shorter, though it does not come as far as its question", async () => {
      await connect(1_000);
      fake.fail("directory", { connection: "hang", times: 1_000 });
      const end = answer();
      await seen("GET directory", 1, end);
      jest.advanceTimersByTime(1_000);
      expect(await end).toBe("Error: no answer within 1 s");
      expect(asked()).toBe(0);
    });
  });

  it("makes no account where the CA has lost it: the next order does", async () => {
    fake.payloads.length = 0;
    for (const resource of ["authorization", "newAccount"] as const) {
      fake.fail(resource, FakeCa.problem("accountDoesNotExist", "who?", 400));
    }
    expect(await answer()).toBe("accountDoesNotExist");
    expect(fake.payloads.at(-1)).toEqual({ resource: "newAccount", payload: { onlyReturnExisting: true } });
  });

  it("asks no other host", async () => {
    expect(await answer(ca.deactivate("https://elsewhere.example/authz/1"))).toBe("malformed");
  });
});
