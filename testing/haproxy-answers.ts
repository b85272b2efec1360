import { type Haproxy, HaproxyRefusedError } from "../front/agent/haproxy";
import { TestCa } from "./certificates";

const ca = new TestCa();
const one = ca.issue(["one.example"]);
/** What `default.pem` holds, too. */
export const ANSWERS_PEM = `${one.chain.trim()}\n${one.key.trim()}\n`;
/** Of session tickets; the file `tickets` has it three times. */
export const ANSWERS_KEY = Buffer.alloc(80, 7).toString("base64");

export interface Answering {
  readonly haproxy: Haproxy;
  /** Where a file of this name is. */
  readonly at: (name: string) => string;
}

/**
 * What the agent relies on in HAProxy's answers, the same for every HAProxy, real or fake: one that has a crt-list `crt.list` with
 * `default.pem`, a map `some.map` with `there 1`, and a backend `b` with a server `s`.
 */
export function haproxyAnswers(started: () => Answering): void {
  const at = (name: string) => started().at(name);

  it("is success for what it did, also a second time", async () => {
    const { haproxy } = started();
    await haproxy.putCertificate(at("one.pem"), ANSWERS_PEM, false);
    await haproxy.putCertificate(at("one.pem"), ANSWERS_PEM, false);
    await haproxy.putClientFile("ca-file", at("ca.pem"), ca.root);
    await haproxy.putClientFile("ca-file", at("ca.pem"), ca.root);
    await haproxy.putClientFile("crl-file", at("ca.crl.pem"), ca.revocationLists([]));
    expect(await haproxy.clientFiles()).toEqual(new Set([at("ca.pem"), at("ca.crl.pem")]));
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
    await haproxy.pushTicketKey(at("tickets"), ANSWERS_KEY);
    await haproxy.addServer("b", "n", "127.0.0.1:2 weight 0 check");
    await haproxy.setServerAddress("b", "n", "127.0.0.2");
    await haproxy.setServerAddress("b", "n", "127.0.0.2");
    expect((await haproxy.servers("b")).get("n")).toEqual({ address: "127.0.0.2" });
    expect(await haproxy.removeServer("b", "n")).toBe(true);
    expect((await haproxy.servers("b")).has("n")).toBe(false);
  });

  it("shows the leaf that is committed by its SHA-1", async () => {
    const { haproxy } = started();
    expect(await haproxy.fingerprint(at("default.pem"))).toMatch(/^[0-9a-f]{40}$/);
    expect(await haproxy.fingerprint(at("none.pem"))).toBeUndefined();
  });

  it.each<[string, (of: Answering) => Promise<unknown>]>([
    ["a certificate that is none", ({ haproxy }) => haproxy.putCertificate(at("bad.pem"), "no certificate", false)],
    ["a certificate that it should know", ({ haproxy }) => haproxy.putCertificate(at("none.pem"), ANSWERS_PEM, true)],
    ["a certificate in use", ({ haproxy }) => haproxy.removeCertificate(at("default.pem"))],
    ["a certificate that is not there", ({ haproxy }) => haproxy.removeCertificate(at("none.pem"))],
    ["a client CA that is none", ({ haproxy }) => haproxy.putClientFile("ca-file", at("bad-ca.pem"), "no certificate")],
    [
      "a line for no certificate",
      ({ haproxy }) => haproxy.addCrtListLine(at("crt.list"), `${at("none.pem")} a.example`),
    ],
    ["a line of no list", ({ haproxy }) => haproxy.addCrtListLine(at("none.list"), `${at("default.pem")} a.example`)],
    ["a line that is not there", ({ haproxy }) => haproxy.removeCrtListFile(at("crt.list"), at("none.pem"))],
    ["an entry of no map", ({ haproxy }) => haproxy.setMap(at("none.map"), "a", "b")],
    ["an entry to delete of no map", ({ haproxy }) => haproxy.deleteMap(at("none.map"), "a")],
    ["no map", ({ haproxy }) => haproxy.map(at("none.map"))],
    ["a ticket key for no file", ({ haproxy }) => haproxy.pushTicketKey(at("none"), ANSWERS_KEY)],
    ["a ticket key of a wrong size", ({ haproxy }) => haproxy.pushTicketKey(at("tickets"), "AAAA")],
    ["a server that is there", ({ haproxy }) => haproxy.addServer("b", "s", "127.0.0.1:2")],
    ["a server of no backend", ({ haproxy }) => haproxy.addServer("none", "n", "127.0.0.1:2")],
    ["an address for no server", ({ haproxy }) => haproxy.setServerAddress("b", "none", "127.0.0.1")],
    ["no server", ({ haproxy }) => haproxy.removeServer("b", "none")],
    ["no table", ({ haproxy }) => haproxy.tableKeys("none")],
  ])("is an error for %s", async (_what, command) => {
    await expect(command(started())).rejects.toThrow(HaproxyRefusedError);
  });

  it("is good again after one that it refused", async () => {
    const { haproxy } = started();
    await expect(haproxy.putCertificate(at("bad.pem"), "no certificate", false)).rejects.toThrow(HaproxyRefusedError);
    await haproxy.putCertificate(at("good.pem"), ANSWERS_PEM, false);
    await haproxy.removeCertificate(at("good.pem"));
  });

  it("names no secret in an error", async () => {
    const error = await started()
      .haproxy.pushTicketKey(at("none"), ANSWERS_KEY)
      .catch((reason: Error) => reason);
    expect(String(error)).toContain("set ssl tls-key");
    expect(String(error)).not.toContain(ANSWERS_KEY);
  });
}
