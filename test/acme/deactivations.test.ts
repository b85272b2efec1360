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
  const answer = (one = ca.deactivate(url)) =>
    one.then(
      () => "done",
      (error: unknown) => (error instanceof AcmeError ? error.problem.type.split(":").pop() : String(error)),
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
    fake.fail("authorization", { ...FakeCa.problem(type, "no", status), times: 2 });
    expect(await answer()).toBe(type);
    expect(await answer()).toBe("done");
    expect(asked()).toBe(1);
    jest.spyOn(Date, "now").mockReturnValue(Date.now() + HOUR + 1);
    expect(await answer()).toBe(type);
    expect(asked()).toBe(2);
  });

  it("ends in time at a CA that hangs on it, for all who ask, while orders go on", async () => {
    fake.fail("authorization", { connection: "hang", times: 1_000 });
    // With as many connections as an order has, all of them would be taken.
    const all = Array.from({ length: 200 }, () => answer());
    for (let order = 0; order < 5; order++) expect((await ca.newOrder(["b.example"], {})).status).toBe("pending");
    const ends = await Promise.all(all);
    expect(ends.filter((end) => end === "done").length).toBe(200 - 16);
    expect(asked()).toBeLessThanOrEqual(16);
    expect(await answer()).toBe("done");
    expect(asked()).toBeLessThanOrEqual(16);
  });

  it("ends in time at a CA that does not come as far", async () => {
    await connect(1_000);
    fake.fail("directory", { connection: "hang", times: 1_000 });
    fake.fail("newNonce", { connection: "hang", times: 1_000 });
    expect(await answer()).toMatch(/unreachable|no answer within 1 s/);
    expect(asked()).toBe(0);
  });

  it("asks no other host", async () => {
    expect(await answer(ca.deactivate("https://elsewhere.example/authz/1"))).toBe("malformed");
  });
});
