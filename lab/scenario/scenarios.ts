import type { Action, Condition, Rule, Scenario, Step, Target } from "./scenario";

/**
 * The tests of "OpendapSecurity" (IS-ENES), and what the field needs today. A step says what the page wants the server to log; where the
 * page says that a client answers a challenge on every request, it is authorised on every request: most send the password unasked
 * once they know that it is wanted.
 */

const serve: Action = { is: "serve" };
const challenge: Action = { is: "challenge" };
const logIn: Action = { is: "log in", status: 302 };
const refuse = (because: string): Action => ({ is: "refuse", because });
const login: Target = { site: "data", scheme: "https", place: "login", form: "ticket" };

const NO_CERTIFICATE = refuse("a client certificate is needed");

/** A login over TLS only, that gives a session to whoever shows what is needed. */
const loginWith = (needed: Condition, otherwise: Action): Rule[] => [
  { at: "login", unless: "tls", do: refuse("the login is for HTTPS only") },
  { at: "login", unless: needed, do: otherwise },
  { at: "login", do: logIn },
];

const served = (asks: "metadata" | "data", extra: Step["seen"] = {}): Step["seen"] => ({
  did: "serve",
  asks,
  ...extra,
});

const bothServed = (how: string, extra: Step["seen"] = {}): Step[] => [
  { text: `das or dds served${how}`, seen: served("metadata", extra) },
  { text: `dods served${how}`, seen: served("data", extra) },
];

const sessionSteps = (first: Step): Step[] => [first, ...bothServed(" to the session cookie", { session: true })];

/** The page's "minimum" test and the one with a certificate; lazy: a dods request may log in too, for programs that send one request. */
const combined = (needed: Condition, otherwise: Action, lazy: boolean): Rule[] => [
  { if: "session", do: serve },
  ...(lazy ? [] : [{ asks: "data", do: refuse("no session: open the dataset first") } as const]),
  { do: { is: "redirect", to: login, status: 302 } },
  ...loginWith(needed, otherwise),
];

const passwordLogin: Step = {
  text: "logged in with the password, over HTTPS",
  seen: { did: "log in", place: "login", secure: true, credentials: "right" },
};
const certificateLogin: Step = {
  text: "logged in with the certificate",
  seen: { did: "log in", place: "login", secure: true, certificate: true },
};

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "https",
    title: "HTTPS",
    about: "Data over HTTPS, from a server whose CA the client has been told of.",
    entry: "https",
    expects: "data",
    rules: [{ unless: "tls", do: refuse("HTTPS only") }, { do: serve }],
    steps: bothServed(" over HTTPS", { secure: true }),
  },
  {
    name: "basic",
    title: "HTTPS Basic",
    about: "A password, asked for on every request over HTTPS.",
    entry: "https",
    expects: "data",
    passwordFor: "data",
    rules: [{ unless: "tls", do: refuse("HTTPS only") }, { unless: "password", do: challenge }, { do: serve }],
    steps: bothServed(" to the password", { secure: true, credentials: "right" }),
  },
  {
    name: "redirect",
    title: "Redirect",
    about: "Metadata is redirected to a second URL and data to a third one, whose name has no suffix; no HTTPS.",
    entry: "http",
    expects: "data",
    rules: [
      {
        asks: "data",
        do: { is: "redirect", status: 302, to: { site: "data", scheme: "http", place: "url3", form: "bare" } },
      },
      { do: { is: "redirect", status: 302, to: { site: "data", scheme: "http", place: "url2", form: "same" } } },
      { at: "url2", do: serve },
      { at: "url3", do: { is: "serve", as: "dods" } },
    ],
    steps: [
      { text: "das or dds served at URL 2", seen: served("metadata", { place: "url2" }) },
      { text: "dods served at URL 3", seen: served("data", { place: "url3" }) },
    ],
  },
  {
    name: "cookie",
    title: "Cookie",
    about: "The first answer sets a cookie; the request for data brings it back.",
    entry: "http",
    expects: "data",
    rules: [{ do: { is: "serve", session: true } }],
    steps: [
      { text: "das or dds served, cookie set", seen: served("metadata") },
      { text: "dods served to the cookie", seen: served("data", { session: true }) },
    ],
  },
  {
    name: "x509",
    title: "X509",
    about: "A client certificate, on every request.",
    entry: "https",
    expects: "data",
    withCertificate: true,
    rules: [{ unless: "certificate", do: NO_CERTIFICATE }, { do: serve }],
    steps: bothServed(" to the certificate", { certificate: true }),
  },
  {
    name: "authn",
    title: "Minimum secure authn",
    about: "From HTTP to a login with a password over HTTPS, a cookie, and back to HTTP; data for the cookie only.",
    entry: "http",
    expects: "data",
    passwordFor: "data",
    rules: combined("password", challenge, false),
    steps: sessionSteps(passwordLogin),
  },
  {
    name: "authn-lazy",
    title: "Minimum secure authn, lazy",
    about: "The same, and a request for data may log in too.",
    entry: "http",
    expects: "data",
    passwordFor: "data",
    rules: combined("password", challenge, true),
    steps: [passwordLogin, { text: "dods served to the session cookie", seen: served("data", { session: true }) }],
  },
  {
    name: "authn-x509",
    title: "X509 secure authn",
    about: "From HTTP to a login with a client certificate, a cookie, and back to HTTP; data for the cookie only.",
    entry: "http",
    expects: "data",
    withCertificate: true,
    rules: combined("certificate", NO_CERTIFICATE, false),
    steps: sessionSteps(certificateLogin),
  },
  {
    name: "authn-x509-lazy",
    title: "X509 secure authn, lazy",
    about: "The same, and a request for data may log in too.",
    entry: "http",
    expects: "data",
    withCertificate: true,
    rules: combined("certificate", NO_CERTIFICATE, true),
    steps: [certificateLogin, { text: "dods served to the session cookie", seen: served("data", { session: true }) }],
  },
  {
    name: "login-host",
    title: "Login on another host",
    about:
      "HTTPS throughout; another host asks for the password and sends the client back with a code in the URL, as Earthdata Login does.",
    entry: "https",
    expects: "data",
    passwordFor: "login",
    needsLogin: true,
    rules: [
      { unless: "tls", do: refuse("HTTPS only") },
      { if: "session", do: serve },
      {
        do: {
          is: "redirect",
          status: 302,
          to: { site: "login", scheme: "https", place: "authorize", form: "ticket" },
        },
      },
      { at: "authorize", unless: "password", do: challenge },
      {
        at: "authorize",
        do: { is: "hand code", to: { site: "data", scheme: "https", place: "callback", form: "ticket" } },
      },
      { at: "callback", unless: "code", do: refuse("no such code") },
      { at: "callback", do: logIn },
    ],
    steps: sessionSteps({
      text: "logged in at the login host, came back with its code",
      seen: { did: "log in", place: "callback" },
    }),
  },
  {
    name: "early-session",
    title: "Session before login",
    about:
      "A session cookie comes before the login, which is over HTTPS and goes back to HTTP, all by 307, as THREDDS does.",
    entry: "http",
    expects: "data",
    passwordFor: "data",
    rules: [
      { if: "session", do: serve },
      { do: { is: "redirect", to: login, status: 307, session: "early" } },
      { at: "login", unless: "tls", do: refuse("the login is for HTTPS only") },
      { at: "login", unless: "password", do: challenge },
      { at: "login", unless: "any session", do: refuse("the session cookie did not come along") },
      { at: "login", do: { is: "log in", status: 307 } },
    ],
    steps: sessionSteps(passwordLogin),
  },
  {
    name: "other-host",
    title: "Password kept from another host",
    about:
      "Data that needs a password is redirected to another host, which asks for a password too: the client keeps it to itself.",
    entry: "https",
    expects: "refuses",
    passwordFor: "data",
    needsLogin: true,
    rules: [
      { unless: "tls", do: refuse("HTTPS only") },
      { unless: "password", do: challenge },
      {
        do: { is: "redirect", status: 302, to: { site: "login", scheme: "https", place: "elsewhere", form: "same" } },
      },
      { at: "elsewhere", unless: "password", do: challenge },
      { at: "elsewhere", do: serve },
    ],
    steps: [
      {
        text: "gave the password to the host it is for",
        seen: { did: "redirect", site: "data", credentials: "right" },
      },
      { text: "followed to the other host", seen: { site: "login", place: "elsewhere" } },
    ],
  },
  {
    name: "cut-body",
    title: "Body cut short",
    about: "The connection closes ten bytes before the end of the data: the client says so, and hands on no numbers.",
    entry: "http",
    expects: "notices",
    rules: [{ asks: "data", do: { is: "serve", cut: true } }, { do: serve }],
    steps: [{ text: "dods cut short", seen: served("data") }],
  },
  {
    name: "untrusted",
    title: "Untrusted server",
    about: "The client is given a password, and not the CA of the server: it asks for nothing, by HTTPS or by HTTP.",
    entry: "https",
    expects: "refuses",
    passwordFor: "data",
    rules: [{ do: serve }],
    steps: [],
  },
];

export function scenarioNamed(name: string): Scenario | undefined {
  return SCENARIOS.find((scenario) => scenario.name === name);
}
