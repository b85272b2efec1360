import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { Haproxy } from "../../front/agent/haproxy";
import { type Child, startChild } from "../../local/process/parts/child";
import { ANSWERS_KEY, ANSWERS_PEM, haproxyAnswers } from "../../testing/haproxy-answers";
import { haproxyVersions } from "../../testing/haproxy-versions";

describe.each(haproxyVersions())("what HAProxy answers: $name", ({ options, close }) => {
  const directory = mkdtempSync(path.join(tmpdir(), "certfront-answers-"));
  const at = (name: string) => path.join(directory, name);
  let child: Child;
  let haproxy: Haproxy;

  beforeAll(async () => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(at("default.pem"), ANSWERS_PEM);
    writeFileSync(at("crt.list"), `${at("default.pem")} !*\n`);
    writeFileSync(at("some.map"), "there 1\n");
    writeFileSync(at("tickets"), `${ANSWERS_KEY}\n`.repeat(3));
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

  haproxyAnswers(() => ({ haproxy, at }));
});
