import type { FrontPaths } from "./settings";

/** What a front says by itself: key → title and sentence. Three digits are the status HAProxy says it with. */
export const PAGES: Readonly<Record<string, readonly [title: string, sentence: string]>> = {
  "400": ["This request cannot be understood", "It is not one that HTTP allows, or its host is written in an odd way."],
  "403": ["No way in", "This site asks for a client certificate that it knows and that is still valid."],
  "404": ["Nothing here", "There is nothing at this address."],
  "405": ["Not allowed", "This method is not one that this server passes on."],
  "408": ["That took too long", "The request did not arrive in time."],
  "413": ["Too large", "The request's body is larger than this server takes."],
  "421": [
    "No such site here",
    "This server does not answer for the name that was asked for, or not on this connection.",
  ],
  "429": [
    "Too many requests",
    "This server takes no more requests from here at the moment. Please try again in a minute.",
  ],
  "431": ["Too large a certificate", "This client certificate is too large to be passed on to the site."],
  "500": ["This site is not available at the moment", "Something went wrong. Please try again in a minute."],
  "502": ["This site is not available at the moment", "Its server does not answer. Please try again in a minute."],
  "503": ["This site is not available at the moment", "Its server does not answer. Please try again in a minute."],
  "504": ["This site is not available at the moment", "Its server does not answer. Please try again in a minute."],
  waiting: [
    "This domain is not ready yet",
    "It has no certificate yet, so it cannot be shown. Please come back later. If the domain is yours: once its DNS is right, this usually takes a minute. If it stays like this, either a DNS record is missing or something of ours is wrong;",
  ],
  "waiting-owner": [
    "This domain is not ready yet",
    "It has no certificate yet, so it cannot be shown. Something in the domain's DNS stands in the way. If the domain is yours: there is a change for you to make, and it works about a minute after that;",
  ],
  "waiting-us": [
    "This domain is not ready yet",
    "It has no certificate yet, so it cannot be shown. That is not its owner's doing: we have something to mend, and are told of it. Please come back later. If it lasts,",
  ],
};

/** The page by the policy map's mode: whom a domain waits for. */
export const WAITING_PAGES: Readonly<Record<string, string>> = {
  w: "waiting",
  wo: "waiting-owner",
  wu: "waiting-us",
};

/** Those that HAProxy says without being told to. */
const BY_ITSELF = ["400", "403", "404", "405", "408", "413", "429", "500", "502", "503", "504"];
const LATER = new Set(["429", "502", "503", "504"]);

/** A page of ours loads nothing and belongs in no frame. What an upstream sends is its own affair. */
const HEADERS = [
  "Content-Security-Policy \"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'\"",
  "X-Content-Type-Options nosniff",
  "X-Frame-Options DENY",
  "Referrer-Policy no-referrer",
  "Cache-Control no-store",
];

const HTML = 'content-type "text/html; charset=utf-8"';
const hdr = (headers: readonly string[]): string => headers.map((header) => `hdr ${header}`).join(" ");
/** Tells a page of ours from an upstream's until it leaves. */
const OURS = "X-Own-Page 1";

function body(paths: FrontPaths, key: string, status: string): string {
  const headers = [...HEADERS, OURS, ...(LATER.has(status) ? ["Retry-After 30"] : [])];
  return `${HTML} lf-string "%[str(${key}),concat(-,txn.form),map_str(${paths.pageMap})]" ${hdr(headers)}`;
}

/** Lines of the `defaults` section. */
export const errorPages = (paths: FrontPaths): string[] =>
  BY_ITSELF.map((status) => `http-error status ${status} ${body(paths, status, status)}`);

/** @param condition `if …` or `unless …` */
export const ownPage = (paths: FrontPaths, status: string, condition: string, key = status): string =>
  `http-request return status ${status} ${body(paths, key, status)} ${condition}`;

export const welcomePage = (paths: FrontPaths): string =>
  `http-request return status 200 ${HTML} file ${paths.pages}/welcome.html ${hdr(HEADERS)} if { var(txn.server) -m str -- - }`;

const DAP_PATH = "{ path_end -i .dds .das .dods .dmr .dap }";

/**
 * First in a frontend. A page in place of a data set's description is "malformed DDS" to a scientific client; an Error in DAP's own
 * form (DAP 2.0 §7.2.4) it shows to its user. Browsers, which like HTML best, get HTML.
 */
export const pageRules: readonly string[] = [
  `http-request set-var(txn.form) str(dap) if ${DAP_PATH} !{ req.fhdr(accept) -m reg -i 'text/html *(,|$)' }`,
  // Java's own client asks for HTML first, whatever it is sent for.
  `http-request set-var(txn.form) str(dap) if ${DAP_PATH} { req.fhdr(accept) -m beg -i 'text/html, image/gif, image/jpeg, *' }`,
  "acl dap var(txn.form) -m str dap",
  "acl own_page res.hdr(x-own-page) -m found",
  "http-response del-header X-Own-Page",
  "http-after-response set-header Content-Type text/plain if own_page dap",
  "http-after-response set-header Content-Description dods-error if own_page dap",
  "http-after-response set-header XDAP 2.0 if own_page dap",
  "http-after-response del-header X-Own-Page",
];
