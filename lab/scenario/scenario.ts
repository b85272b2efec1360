/** What a scenario is made of. The scenarios themselves are in scenarios.ts, and are nothing but this. */

/** The two hosts of the lab: where the data is, and where a login may be. */
export type Site = "data" | "login";
export type Scheme = "http" | "https";

/** A condition on a visit. */
export type Condition =
  | "tls"
  | "password"
  | "certificate"
  /** The cookie of a session that is logged in. */
  | "session"
  /** The cookie of a session, logged in or not. */
  | "any session"
  /** A code from the login host, not used before. */
  | "code";

export interface Target {
  readonly site: Site;
  readonly scheme: Scheme;
  readonly place: string;
  /** same: with suffix and constraint; bare: the name has no suffix; ticket: a login that remembers what was asked for. */
  readonly form: "same" | "bare" | "ticket";
}

export type Action =
  | {
      readonly is: "serve";
      /** The answer that a name without a suffix stands for. */
      readonly as?: "dods";
      /** Give a session to whoever has none. */
      readonly session?: true;
      /** Close the connection before the end of the body. */
      readonly cut?: true;
    }
  | { readonly is: "challenge" }
  | { readonly is: "refuse"; readonly because: string }
  | {
      readonly is: "redirect";
      readonly to: Target;
      readonly status: 302 | 307;
      /** early: begin a session that is not logged in yet, and remember in it what was asked for. */
      readonly session?: "early";
    }
  /** To the place, with a code that stands for the login. */
  | { readonly is: "hand code"; readonly to: Target }
  /** Log the session in (a new one where there is none) and go back to what was asked for. */
  | { readonly is: "log in"; readonly status: 302 | 307 };

/** The first rule that fits a visit decides. */
export interface Rule {
  /** `start` where absent. */
  readonly at?: string;
  readonly asks?: Asks;
  readonly if?: Condition;
  readonly unless?: Condition;
  readonly do: Action;
}

/** metadata: .dds or .das; data: .dods. */
export type Asks = "metadata" | "data" | "other";

/** What the server noted of one request. */
export interface Exchange {
  /** ms since the epoch. */
  readonly at: number;
  readonly site: Site;
  readonly secure: boolean;
  readonly method: string;
  readonly place: string;
  readonly asks: Asks;
  /** `sst.dds`, cut to what is worth showing. */
  readonly asked: string;
  readonly did: Action["is"] | "fail";
  readonly status: number;
  /** What came in the Authorization header. */
  readonly credentials: "none" | "right" | "wrong" | "other";
  readonly session: boolean;
  /** Subject of the verified client certificate. */
  readonly certificate: string | undefined;
  readonly agent: string;
  /** How the answer ended; `open` while it is being sent. */
  end: "open" | "sent" | "cut" | "client left";
}

/** Something the page asks for: an exchange with these properties. Only a GET counts. */
export interface Step {
  readonly text: string;
  readonly seen: Partial<Pick<Exchange, "did" | "place" | "asks" | "secure" | "session" | "site">> & {
    readonly credentials?: "right";
    readonly certificate?: true;
  };
}

export interface Scenario {
  /** Part of URLs: lower-case, for libdap lower-cases what it is redirected to. */
  readonly name: string;
  readonly title: string;
  /** One sentence for people. */
  readonly about: string;
  /** The URL that a client opens begins with it. */
  readonly entry: Scheme;
  /** refuses: the client passes when it takes nothing. `notices`: when it hands on no numbers. */
  readonly expects: "data" | "refuses" | "notices";
  /** The host whose password the client is given, if any. */
  readonly passwordFor?: Site;
  /** The client is given a certificate. */
  readonly withCertificate?: true;
  /** Needs a login host. */
  readonly needsLogin?: true;
  readonly rules: readonly Rule[];
  readonly steps: readonly Step[];
}
