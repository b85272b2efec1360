import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { Haproxy, HaproxyRefusedError } from "../../front/agent/haproxy";
import { type Child, startChild } from "../../local/process/parts/child";
import { TestCa } from "../../testing/certificates";
import { haproxyVersions } from "../../testing/haproxy-versions";

const ca = new TestCa();
const one = ca.issue(["one.example"]);
const pem = `${one.chain.trim()}\n${one.key.trim()}\n`;
const KEY = Buffer.alloc(80, 7).toString("base64");

describe.each(haproxyVersions())("what HAProxy answers: $name", ({ options, close }) => {
  const directory = mkdtempSync(path.join(tmpdir(), "certfront-answers-"));
  const at = (name: string) => path.join(directory, name);
  let child: Child;
  let haproxy: Haproxy;

  beforeAll(async () => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(at("default.pem"), pem);
    writeFileSync(at("crt.list"), `${at("default.pem")} !*\n`);
    writeFileSync(at("some.map"), "there 1\n");
    writeFileSync(at("tickets"), `${KEY}\n${KEY}\n${KEY}\n`);
    writeFileSync(
      at("haproxy.cfg"),
      [
        `global\n  stats socket ${at("haproxy.sock")} level admin`,
        "defaults\n  mode http\n  timeout client 5s\n  timeout server 5s\n  timeout connect 5s",
        `frontend f\n  bind unix@${at("f.sock")} ssl crt-list ${at("crt.list")} strict-sni tls-ticket-keys ${at("tickets")}`,
        `  http-request set-var(txn.a) hdr(host),map(${at("some.map")})\n  default_backend b`,
        "backend b\n  balance roundrobin\n  server s 127.0.0.1:1\n",
      ].join("\n"),
    );
    const argv = ["haproxy", "-db", "-f", at("haproxy.cfg")];
    const [command = "", ...args] = options.inside?.(argv, directory, {}) ?? argv;
    haproxy = new Haproxy(at("haproxy.sock"));
    child = await startChild(command, args, {
      ready: () =>
        haproxy.info().then(
          ({ version }) => version !== "",
          () => false,
        ),
      readyWithin: 180_000,
    });
  }, 240_000);
  afterAll(async () => {
    haproxy.close();
    await child.stop();
    close();
    rmSync(directory, { recursive: true, force: true });
  });

  it("is success for what it did, also a second time", async () => {
    await haproxy.putCertificate(at("one.pem"), pem, false);
    await haproxy.putCertificate(at("one.pem"), pem, false);
    await haproxy.putClientFile("ca-file", at("ca.pem"), ca.root);
    await haproxy.putClientFile("ca-file", at("ca.pem"), ca.root);
    await haproxy.addCrtListLine(at("crt.list"), `${at("one.pem")} one.example`);
    expect(await haproxy.crtListFiles(at("crt.list"))).toEqual(new Set([at("default.pem"), at("one.pem")]));
    await haproxy.removeCrtListFile(at("crt.list"), at("one.pem"));
    await haproxy.removeCertificate(at("one.pem"));
    expect(await haproxy.certificateFiles()).toEqual(new Set([at("default.pem")]));
    await haproxy.setMap(at("some.map"), "new", "2");
    await haproxy.setMap(at("some.map"), "new", "3");
    await haproxy.deleteMap(at("some.map"), "there");
    await haproxy.deleteMap(at("some.map"), "there");
    expect(await haproxy.map(at("some.map"))).toEqual(new Map([["new", "3"]]));
    await haproxy.pushTicketKey(at("tickets"), KEY);
    await haproxy.addServer("b", "n", "127.0.0.1:2 weight 0 check");
    await haproxy.setServerAddress("b", "n", "127.0.0.2");
    await haproxy.setServerAddress("b", "n", "127.0.0.2");
    expect((await haproxy.servers("b")).get("n")).toEqual({ address: "127.0.0.2" });
    expect(await haproxy.removeServer("b", "n")).toBe(true);
  });

  it.each<[string, () => Promise<unknown>]>([
    ["a certificate that is none", () => haproxy.putCertificate(at("bad.pem"), "no certificate", false)],
    ["a certificate in use", () => haproxy.removeCertificate(at("default.pem"))],
    ["a certificate that is not there", () => haproxy.removeCertificate(at("none.pem"))],
    ["a client CA that is none", () => haproxy.putClientFile("ca-file", at("bad-ca.pem"), "no certificate")],
    ["a line for no certificate", () => haproxy.addCrtListLine(at("crt.list"), `${at("none.pem")} a.example`)],
    ["a line of no list", () => haproxy.addCrtListLine(at("none.list"), `${at("default.pem")} a.example`)],
    ["a line that is not there", () => haproxy.removeCrtListFile(at("crt.list"), at("none.pem"))],
    ["an entry of no map", () => haproxy.setMap(at("none.map"), "a", "b")],
    ["an entry to delete of no map", () => haproxy.deleteMap(at("none.map"), "a")],
    ["no map", () => haproxy.map(at("none.map"))],
    ["a ticket key for no file", () => haproxy.pushTicketKey(at("none"), KEY)],
    ["a ticket key of a wrong size", () => haproxy.pushTicketKey(at("tickets"), "AAAA")],
    ["a server that is there", () => haproxy.addServer("b", "s", "127.0.0.1:2")],
    ["a server of no backend", () => haproxy.addServer("none", "n", "127.0.0.1:2")],
    ["an address for no server", () => haproxy.setServerAddress("b", "none", "127.0.0.1")],
    ["no server", () => haproxy.removeServer("b", "none")],
  ])("is an error for %s", async (_what, command) => {
    await expect(command()).rejects.toThrow(HaproxyRefusedError);
  });

  it("names no secret in an error", async () => {
    const error = await haproxy.pushTicketKey(at("none"), KEY).catch((reason: Error) => reason);
    expect(String(error)).toContain("set ssl tls-key");
    expect(String(error)).not.toContain(KEY);
  });
});
