import { haproxyConfig } from "../../front/haproxy-config";
import { parseFrontSettings } from "../../front/settings";
import { frontSettings } from "../../testing/front-settings";

const BUILD = { version: "3.0.11", tls: "OpenSSL 3.5.1" };

/**
 * What no request shows within a test's time: how long is waited for whom, what is kept, what is written down. HAProxy has all of
 * it from single lines, and would start without any of them.
 */
describe("a front's HAProxy", () => {
  const settings = parseFrontSettings(frontSettings("/var/lib/certfront", { bind: "0.0.0.0" }));
  const lines = () =>
    haproxyConfig(settings, BUILD)
      .split("\n")
      .map((line) => line.trim());

  it.each([
    ["ends a request whose head is unfinished after 10 s", "timeout http-request 10s"],
    ["ends a connection without a request after a minute", "timeout http-keep-alive 60s"],
    ["tries to reach an upstream for 5 s", "timeout connect 5s"],
    ["and three times in all, so that one restarting is waited for", "retries 2"],
    ["lets nobody wait for a turn at an upstream for more than 10 s", "timeout queue 10s"],
    ["waits for an answer for 10 minutes, for servers that compute", "timeout server 10m"],
    ["keeps a silent websocket for an hour", "timeout tunnel 1h"],
    ["waits half a minute for the end of a client that has said goodbye", "timeout client-fin 30s"],
    ["lets downloads go on for an hour when it is reloaded", "hard-stop-after 1h"],
    ["keeps the agent's connection for a day", "stats timeout 1d"],
    ["starts with however many files the system allows, up to 60,000", "fd-hard-limit 60000"],
    ["spreads checks, so that upstreams are not asked all at once", "spread-checks 20"],
    ["verifies an upstream's certificate unless it is told how not to", "ssl-server-verify required"],
    ["has no sessions of its own, for the next connection may come to another front", "tune.ssl.cachesize 0"],
    ["has tickets that count for an hour", "tune.ssl.lifetime 3600"],
    ["reads requests, not bytes", "mode http"],
    ["writes down what failed, with the request", "option httplog"],
    ["writes nothing down of requests that went well", "option dontlog-normal"],
    ["nor of connections that said nothing", "option dontlognull"],
    ["sends to the agent what it writes down", `log 127.0.0.1:${settings.healthPort} format raw daemon notice`],
    ["and to the journal, for whoever looks when the agent is dead", "log stdout format raw daemon notice"],
    ["has in every section what is written down", "log global"],
  ])("%s", (_, line) => {
    expect(lines()).toContain(line);
  });

  it.each([
    [
      "refuses an address more than 2,000 connections in the time that they are counted",
      /^tcp-request connection reject if \{ sc0_conn_rate gt 2000 \}$/,
    ],
    [
      "names a client's IPv6 address in brackets, as RFC 7239 has it",
      /^http-request set-header Forwarded for=\\"\[%\[src\]\]\\";.* if \{ src -m sub : \}$/,
    ],
    [
      "knows of each guest when its certificate ends, to the minute",
      /^http-request sc-set-gpt0\(\d\) ssl_c_notafter,bytes\(0,10\) if guest \{ ssl_c_notafter /,
    ],
    [
      "ends a guest whose certificate outlives its numbers at the latest that they can say",
      /^http-request sc-set-gpt0\(\d\) int\(4294967295\) if guest !\{ ssl_c_notafter /,
    ],
  ])("%s", (_, line) => {
    expect(lines()).toContainEqual(expect.stringMatching(line));
  });

  it("says by its file who wrote it, and for what", () => {
    expect(lines()[0]).toBe(
      "# Written by certfront's agent for HAProxy 3.0.11 on OpenSSL 3.5.1; changes made by hand are lost.",
    );
  });

  it.each([
    ["an address's connections: 500", "tcp-request connection reject if { sc0_conn_cur gt 500 }"],
    ["a handshake's time: 10 s", "timeout client-hs 10s"],
    ["a request body's silence: half a minute", "timeout client 30s"],
    [
      "an address's requests: 200, and 10,000 in 10 s",
      "http-request deny deny_status 429 if { sc2_conn_cur gt 200 } or { sc2_http_req_rate gt 10000 }",
    ],
    [
      "an address's requests to one tenant: half of that",
      "http-request deny deny_status 429 if { sc_conn_cur(3) gt 100 } or { sc_http_req_rate(3) gt 5000 }",
    ],
    [
      "a tenant's requests: 1,000, and 200,000 in 10 s",
      "http-request deny deny_status 429 if { sc1_conn_cur gt 1000 } or { sc1_http_req_rate gt 200000 }",
    ],
    ["a body: 1 GiB", "http-request deny deny_status 413 if { req.body_size gt 1073741824 }"],
  ])("limits %s", (_, line) => {
    expect(lines()).toContain(line);
  });

  it("spreads upstreams over 16 backends", () => {
    const backends = lines().filter((line) => /^backend u\d+ from front$/.test(line));
    expect(backends).toEqual(Array.from({ length: 16 }, (_, n) => `backend u${n} from front`));
  });

  it("has no upstream by itself", () => {
    expect(lines().filter((line) => /^server (?!cas )/.test(line))).toEqual([]);
  });
});
