import * as tls from "node:tls";
import { proveServed } from "../../front/agent/handshake";
import { TestCa } from "../../testing/certificates";
import { SniServer } from "../../testing/sni-server";

const ca = new TestCa();
const good = ca.issue(["a.example"]);

describe("a front's handshake with itself", () => {
  let front: SniServer;
  beforeAll(async () => {
    front = await SniServer.start();
    front.serve("a.example", good);
  });
  afterAll(() => front.stop());

  const prove = (name: string, fingerprint: string, bind = "127.0.0.1") =>
    proveServed({ bind, httpsPort: front.port }, name, fingerprint);

  it("is good with the certificate that should be served", async () => {
    await expect(prove("a.example", good.summary.fingerprint)).resolves.toBeUndefined();
  });

  it("says which other one is served, by the beginning of its fingerprint", async () => {
    await expect(prove("a.example", "00")).rejects.toThrow(
      `a.example is served with certificate ${good.summary.fingerprint.slice(0, 16)}… instead of the stored one`,
    );
  });

  it("says that none is", async () => {
    await expect(prove("b.example", "00")).rejects.toThrow(/no certificate for this name|closed|ECONNRESET/);
  });

  it.each(["0.0.0.0", "*"])("is at the loopback address where the front listens on %s", async (bind) => {
    await expect(prove("a.example", good.summary.fingerprint, bind)).resolves.toBeUndefined();
  });

  it("is at IPv6's where the front listens on all of IPv6", async () => {
    const six = tls.createServer({ cert: good.chain, key: good.key }, (socket) => socket.on("error", () => {}).end());
    const listening = await new Promise<boolean>((resolve) => {
      six
        .once("error", () => resolve(false))
        .listen({ port: front.port, host: "::1", ipv6Only: true }, () => resolve(true));
    });
    if (listening) await expect(prove("any.example", good.summary.fingerprint, "::")).resolves.toBeUndefined();
    else await expect(prove("any.example", good.summary.fingerprint, "::")).rejects.toThrow(/EADDR|ECONN/);
    await new Promise((resolve) => six.close(resolve));
  });
});
