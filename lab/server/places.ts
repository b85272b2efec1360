import type { Scheme, Site, Target } from "../scenario/scenario";

/** Where clients reach the lab's two hosts, `https://data.example`, without a slash at the end. */
export interface Bases {
  readonly data: Readonly<Record<Scheme, string>>;
  /** Absent: scenarios that need another host are not offered. */
  readonly login?: Readonly<Record<Scheme, string>>;
}

/** What a path of the lab names: `/dap/<run>/<scenario>[/<place>]/<dataset>[.<suffix>]`. */
export interface Place {
  readonly run: string;
  readonly scenario: string;
  readonly place: string;
  readonly dataset: string;
  readonly suffix: string;
}

export function parsePath(path: string): Place | undefined {
  const [, run = "", scenario = "", place = "start", file = ""] =
    /^\/dap\/([a-z0-9]{1,40})\/([a-z0-9-]{1,40})(?:\/([a-z0-9]{1,20}))?\/([A-Za-z0-9_.-]{1,100})$/.exec(path) ?? [];
  if (file === "") return undefined;
  const dot = file.lastIndexOf(".");
  const [dataset, suffix] = dot < 0 ? [file, ""] : [file.slice(0, dot), file.slice(dot + 1)];
  return { run, scenario, place, dataset, suffix };
}

/** The URL that a client is given. */
export function entryUrl(bases: Bases, scheme: Scheme, run: string, scenario: string, dataset = "sst"): string {
  return `${bases.data[scheme]}/dap/${run}/${scenario}/${dataset}`;
}

/** Where a redirect leads; undefined when the lab has no such host. */
export function targetUrl(
  bases: Bases,
  target: Target,
  asked: Place,
  query: string,
  parameters: Readonly<Record<string, string>> = {},
): string | undefined {
  const base = bases[target.site]?.[target.scheme];
  if (base === undefined) return undefined;
  const file =
    target.form === "ticket" ? "go" : target.form === "bare" ? asked.dataset : `${asked.dataset}.${asked.suffix}`;
  // A client does not carry the constraint along: the redirect must.
  const search = target.form === "ticket" ? new URLSearchParams(parameters).toString() : query;
  return `${base}/dap/${asked.run}/${asked.scenario}/${target.place}/${file}${search === "" ? "" : `?${search}`}`;
}

/** Which host was asked; undefined: neither. A front passes the tenant's name on without the port that it was asked at. */
export function siteOf(bases: Bases, host: string | undefined): Site | undefined {
  const asked = host?.toLowerCase();
  const named = (base: string | undefined) => {
    const url = base === undefined ? undefined : new URL(base);
    return url !== undefined && (url.host === asked || url.hostname === asked);
  };
  if (named(bases.data.http) || named(bases.data.https)) return "data";
  return named(bases.login?.http) || named(bases.login?.https) ? "login" : undefined;
}
