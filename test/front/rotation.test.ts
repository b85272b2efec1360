import { connect } from "node:tls";
import { inParallel } from "../../core/base/in-parallel";
import type { TestCertificate } from "../../testing/certificates";
import { handshake } from "../../testing/front-client";
import { type FrontHarness, startFronts } from "../../testing/front-harness";
import { startFrontLoad } from "../../testing/front-load";
import { haproxyVersions } from "../../testing/haproxy-versions";
import { startTestUpstream, type TestUpstream } from "../../testing/test-upstream";

// All of them where instances' own HAProxy can be had; there the other one has fewer, to save minutes.
const VERSIONS = haproxyVersions().map((version, index, { length }) => ({
  ...version,
  certificates: index === length - 1 ? 1_000 : 200,
}));

describe.each(VERSIONS)("two fronts with $certificates certificates on $name", (version) => {
  const { options, close } = version;
  let fronts: FrontHarness;
  let upstream: TestUpstream;
  const hosts = Array.from({ length: version.certificates }, (_, index) => `tenant-${index}.example`);
  const certificates = new Map<string, TestCertificate>();

  /** Stores a new certificate for every tenant and waits until each front says that it serves them all. */
  const storeAll = async () => {
    let revision = 0;
    await inParallel(hosts, 20, async (host) => {
      const stored = await fronts.issueAndStore(host);
      certificates.set(host, stored.certificate);
      revision = Math.max(revision, stored.revision);
    });
    await fronts.reached(revision, 120_000);
  };

  /** The names whose certificate at the load balancer is not the stored one. */
  const wronglyServed = async (names: readonly string[]): Promise<string[]> => {
    const wrong: string[] = [];
    await inParallel(names, 20, async (host) => {
      const { serial } = await handshake(fronts.httpsPort, host, { ca: fronts.ca.root });
      if (serial !== certificates.get(host)?.summary.serial) wrong.push(host);
    });
    return wrong;
  };

  beforeAll(async () => {
    upstream = await startTestUpstream();
    fronts = await startFronts({ ...options, settings: { defaultUpstream: upstream.url } });
    await fronts.up();
    await storeAll();
  }, 180_000);

  afterAll(async () => {
    await fronts?.stop();
    await upstream?.stop();
    close();
  });

  it("show each name its own", async () => {
    // One in ten; after the rotation below all of them.
    expect(await wronglyServed(hosts.filter((_, index) => index % 10 === 0))).toEqual([]);
  });

  it("refuse a name they do not know, and a client that names none", async () => {
    for (const { settings } of fronts.fronts) {
      const port = settings.httpsPort;
      await expect(handshake(port, "stranger.example")).rejects.toThrow(/unrecognized name/);
      const nameless = new Promise((resolve, reject) => {
        const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
        socket.on("secureConnect", () => resolve("let in"));
        socket.on("error", reject);
      });
      await expect(nameless).rejects.toThrow(/unrecognized name|ECONNRESET/);
    }
  });

  it("rotate all of them under load: no request fails, nothing is cut, nothing is reloaded", async () => {
    const processes = fronts.fronts.map((front) => front.haproxy?.pid);
    const before = new Map(certificates);
    const load = startFrontLoad({
      port: fronts.httpsPort,
      ca: fronts.ca.root,
      hosts,
      endStreams: () => upstream.endStreams(),
    });
    // Until each kind of client was at work in the middle of it: otherwise it says nothing that none failed.
    const idle = () => Object.entries(load.done).filter(([, count]) => count < 10);
    for (let rotation = 0; rotation < 3 && idle().length > 0; rotation += 1) await storeAll();
    expect(idle()).toEqual([]);
    await load.stop();

    expect(load.failures).toEqual([]);
    expect(hosts.filter((host) => certificates.get(host)?.summary.serial === before.get(host)?.summary.serial)).toEqual(
      [],
    );
    expect(await wronglyServed(hosts)).toEqual([]);
    expect(fronts.fronts.map((front) => front.haproxy?.pid)).toEqual(processes);
    for (const front of fronts.fronts) expect(front.haproxy?.output()).not.toMatch(/reload/i);
  }, 180_000);
});
