import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../core/base/clock";
import { DAP_ERROR, DapError } from "../dap/dap-error";
import { dapErrorResponse } from "../dap/response";
import type { Dataset } from "../dap/variable";
import type { Asks, Exchange, Scenario, Site } from "../scenario/scenario";
import { scenarioNamed } from "../scenario/scenarios";
import { type Asked, CUT, type Decision, decide } from "./decide";
import { type Bases, type Place, parsePath, siteOf } from "./places";
import type { Run, Runs } from "./run";
import { type TlsSource, visitOf } from "./visit";

export interface LabParts {
  readonly bases: Bases;
  readonly datasets: ReadonlyMap<string, Dataset>;
  readonly runs: Runs;
  readonly clock: Clock;
  readonly tls: TlsSource;
}

/** Characters of a client's own words that are kept. */
const MOST_WORDS = 120;

/** Answers one request and notes it in the attempt that its path names; what names none is forgotten. */
export function answer(request: IncomingMessage, response: ServerResponse, parts: LabParts): void {
  const found = find(request, parts);
  if ("status" in found) refuse(response, found);
  else serve(request, response, found, parts);
}

interface Found {
  readonly site: Site;
  readonly place: Place;
  readonly run: Run;
  readonly scenario: Scenario;
}

function find({ url = "/", method, headers }: IncomingMessage, { bases, runs }: LabParts): Found | DapError {
  const site = siteOf(bases, headers.host);
  const place = parsePath(url.split("?")[0] ?? "");
  const run = place && runs.find(place.run);
  const scenario = place && scenarioNamed(place.scenario);
  const wrong = (status: number, message: string) => new DapError(status, DAP_ERROR.noSuchFile, message);
  if (method !== "GET" && method !== "HEAD") return wrong(405, "GET and HEAD only");
  if (site === undefined) return wrong(421, "this lab has no such host");
  if (!place || !run) return wrong(404, "no run has this path; the lab's page shows the URLs to use");
  return scenario ? { site, place, run, scenario } : wrong(404, "there is no such scenario");
}

function serve(request: IncomingMessage, response: ServerResponse, found: Found, parts: LabParts): void {
  const { site, place, run, scenario } = found;
  const { url = "/", method = "", headers } = request;
  const query = url.includes("?") ? url.slice(url.indexOf("?") + 1) : "";
  const attempt = run.attempt(scenario.name);
  const asked: Asked = { ...place, url, query, asks: asksFor(place.suffix, place.place) };
  const visit = visitOf(request, parts.tls);
  const decision = decide(scenario, asked, visit, { ...parts, attempt });
  const exchange: Exchange = {
    at: parts.clock.now(),
    site,
    secure: visit.secure,
    method,
    place: place.place,
    asks: asked.asks,
    asked: `${place.dataset}${place.suffix && "."}${place.suffix}`.slice(0, MOST_WORDS),
    did: decision.did,
    status: decision.status,
    credentials: visit.credentials,
    session: attempt.session(visit.cookie)?.loggedIn === true,
    certificate: visit.certificate?.slice(0, MOST_WORDS),
    agent: (headers["user-agent"] ?? "").slice(0, MOST_WORDS),
    end: "open",
  };
  attempt.record(exchange);
  response.on("finish", () => {
    // Node calls an answer finished, too, when its reader is gone.
    if (exchange.end === "open") exchange.end = request.socket.destroyed ? "client left" : "sent";
  });
  response.on("close", () => {
    if (exchange.end === "open") exchange.end = "client left";
  });
  send(response, method, decision, exchange);
}

function send(response: ServerResponse, method: string, decision: Decision, exchange: Exchange): void {
  const { status, headers, body, cut } = decision;
  response.writeHead(status, { ...headers, "content-length": body.length });
  if (method === "HEAD") response.end();
  else if (!cut) response.end(body);
  else {
    exchange.end = "cut";
    response.write(body.subarray(0, body.length - CUT), () => response.socket?.end());
  }
}

function refuse(response: ServerResponse, problem: DapError): void {
  const { status, headers, body } = dapErrorResponse(problem);
  response.writeHead(status, { ...headers, "content-length": body.length });
  response.end(body);
}

/** URL 3 of the redirect scenario has no suffix and stands for data. */
function asksFor(suffix: string, place: string): Asks {
  if (suffix === "dds" || suffix === "das") return "metadata";
  return suffix === "dods" || place === "url3" ? "data" : "other";
}
