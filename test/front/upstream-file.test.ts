import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { readUpstreamFile, serverLines, writeUpstreamFile } from "../../front/agent/upstream-file";
import { serverArgs, serverOf } from "../../front/agent/upstreams";

describe("the file of upstreams and where they were found", () => {
  const home = mkdtempSync(path.join(tmpdir(), "certfront-upstreams-"));
  const upstreams = path.join(home, "upstreams.json");
  afterEach(() => rmSync(upstreams, { force: true }));
  afterAll(() => rmSync(home, { recursive: true }));

  it("is taken by the next haproxy.cfg", async () => {
    const placed = [
      { url: "https://app.internal:8443", address: "2001:db8::7" },
      { url: "http://app.internal:8080", address: "10.0.0.7" },
    ];
    await writeUpstreamFile(upstreams, placed);
    const read = await readUpstreamFile(upstreams);
    expect(serverLines(read)).toEqual(
      placed.map(({ url, address }) => {
        const server = serverOf(url);
        return { backend: server.backend, name: server.name, args: serverArgs(server, address) };
      }),
    );
  });

  it.each<[string, unknown]>([
    ["a URL with a word more", { url: "http://a.example:80 evil", address: "127.0.0.1" }],
    ["an address with an option", { url: "http://a.example:80", address: "127.0.0.1 evil" }],
    ["an address with a scope", { url: "http://a.example:80", address: "fe80::1%evil" }],
    ["a name for an address", { url: "http://a.example:80", address: "a.example" }],
  ])("is data of another user: %s becomes no line, and costs no other one", (_, one) => {
    const good = { url: "http://b.example:80", address: "10.0.0.7" };
    expect(serverLines([one, good]).map(({ name }) => name)).toEqual([serverOf(good.url).name]);
  });

  it.each<[unknown]>([[{ evil: true }], ["evil"], [[{ url: 1, address: 2 }]], [[null]]])(
    "is no list: %j",
    (upstreams) => {
      expect(serverLines(upstreams)).toEqual([]);
    },
  );

  it("is nothing where it is not there, or cut", async () => {
    expect(await readUpstreamFile(upstreams)).toBeUndefined();
    await writeUpstreamFile(upstreams, []);
    expect(await readUpstreamFile(upstreams)).toEqual([]);
    writeFileSync(upstreams, "[{");
    expect(await readUpstreamFile(upstreams)).toBeUndefined();
    expect(serverLines(undefined)).toEqual([]);
  });
});
