import { DAP_ERROR, DapError } from "../dap/dap-error";
import { type DapResponse, dapErrorResponse, dapResponse } from "../dap/response";
import type { Dataset } from "../dap/variable";
import type { Action, Asks, Condition, Rule, Scenario } from "../scenario/scenario";
import { type Bases, type Place, targetUrl } from "./places";
import type { Attempt } from "./run";
import { COOKIE, type Visit } from "./visit";

/** Bytes that a cut body lacks: fewer than one row, so that only the end of the transfer shows it. */
export const CUT = 10;

export interface Asked extends Place {
  /** Path and query. */
  readonly url: string;
  readonly query: string;
  readonly asks: Asks;
}

export interface Context {
  readonly bases: Bases;
  readonly datasets: ReadonlyMap<string, Dataset>;
  readonly attempt: Attempt;
}

export interface Decision extends DapResponse {
  readonly did: Action["is"] | "fail";
  readonly cut: boolean;
}

/** Applies the scenario's first rule that fits. */
export function decide(scenario: Scenario, asked: Asked, visit: Visit, context: Context): Decision {
  const rule = scenario.rules.find((one) => applies(one, asked, visit, context.attempt));
  try {
    if (rule === undefined) throw new DapError(404, DAP_ERROR.noSuchFile, "there is no such place in this scenario");
    return { cut: false, did: rule.do.is, ...perform(rule.do, asked, visit, context) };
  } catch (error) {
    if (!(error instanceof DapError)) throw error;
    return { cut: false, did: "fail", ...dapErrorResponse(error) };
  }
}

function applies(rule: Rule, asked: Asked, visit: Visit, attempt: Attempt): boolean {
  const holds = (condition: Condition | undefined) =>
    condition !== undefined && meets(condition, asked, visit, attempt);
  if ((rule.at ?? "start") !== asked.place) return false;
  if (rule.asks !== undefined && rule.asks !== asked.asks) return false;
  return (rule.if === undefined || holds(rule.if)) && !holds(rule.unless);
}

function meets(condition: Condition, asked: Asked, visit: Visit, attempt: Attempt): boolean {
  switch (condition) {
    case "tls":
      return visit.secure;
    case "password":
      return visit.credentials === "right";
    case "certificate":
      return visit.certificate !== undefined;
    case "session":
      return attempt.session(visit.cookie)?.loggedIn === true;
    case "any session":
      return attempt.session(visit.cookie) !== undefined;
    case "code":
      return attempt.hasCode(parameter(asked, "code"));
  }
}

type Performed = DapResponse & { readonly cut?: boolean };

function perform(action: Action, asked: Asked, visit: Visit, context: Context): Performed {
  const { attempt, bases } = context;
  switch (action.is) {
    case "serve": {
      const suffix = asked.suffix === "" ? (action.as ?? "") : asked.suffix;
      const response = dapResponse(context.datasets.get(asked.dataset), suffix, asked.query);
      const fresh = action.session && attempt.session(visit.cookie) === undefined;
      return {
        ...response,
        headers: { ...response.headers, ...(fresh ? cookie(attempt.openSession(true)) : {}) },
        cut: action.cut === true && response.body.length > CUT,
      };
    }
    case "challenge":
      return dapErrorResponse(new DapError(401, DAP_ERROR.noAccess, "a password is needed"), {
        "www-authenticate": 'Basic realm="certfront lab"',
      });
    case "refuse":
      throw new DapError(403, DAP_ERROR.noAccess, action.because);
    case "redirect": {
      const early = action.session === "early" && attempt.session(visit.cookie) === undefined;
      const ticket = action.to.form === "ticket" ? { ticket: attempt.openTicket(asked.url) } : {};
      const to = targetUrl(bases, action.to, asked, asked.query, action.session === "early" ? {} : ticket);
      return redirect(to, action.status, early ? cookie(attempt.openSession(false, asked.url)) : {});
    }
    case "hand code": {
      const parameters = { code: attempt.openCode(), ticket: parameter(asked, "ticket") ?? "" };
      return redirect(targetUrl(bases, action.to, asked, "", parameters), 302);
    }
    case "log in":
      return logIn(asked, visit, action.status, context);
  }
}

/** Back to what was asked for before: the session remembers it, or the ticket in the URL stands for it. */
function logIn(asked: Asked, visit: Visit, status: number, { attempt, bases }: Context): DapResponse {
  const session = attempt.session(visit.cookie);
  const path = session?.askedFor ?? attempt.ticket(parameter(asked, "ticket"));
  if (path === undefined)
    throw new DapError(403, DAP_ERROR.noAccess, "this login leads nowhere: open the dataset again");
  attempt.spendCode(parameter(asked, "code"));
  if (session !== undefined) session.loggedIn = true;
  const scheme = asked.place === "callback" ? "https" : "http";
  return redirect(
    `${bases.data[scheme]}${path}`,
    status,
    session === undefined ? cookie(attempt.openSession(true)) : {},
  );
}

function redirect(to: string | undefined, status: number, headers: Readonly<Record<string, string>> = {}): DapResponse {
  if (to === undefined) throw new DapError(404, DAP_ERROR.noSuchFile, "this lab has no login host");
  return {
    status,
    // Absolute: getdap and jsdap follow no other.
    headers: { location: to, "content-type": "text/plain", "cache-control": "no-store", ...headers },
    body: Buffer.from("moved\n"),
  };
}

/** For this host only, any path; not Secure, for the page's logins end on plain HTTP. No Expires: old Java refuses today's form. */
const cookie = (session: string) => ({ "set-cookie": `${COOKIE}=${session}; Path=/` });

function parameter({ query }: Asked, name: string): string | undefined {
  return new URLSearchParams(query).get(name) ?? undefined;
}
