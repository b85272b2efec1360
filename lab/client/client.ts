/** What a client is told before it is run. Files are paths. */
export interface Setup {
  /** What it opens, without a suffix. */
  readonly url: string;
  /** Its HOME: where its files go, and the folder it runs in. */
  readonly home: string;
  /** PEM of the CA that the server's certificate chains to; absent: whatever the machine trusts. */
  readonly ca?: string | undefined;
  readonly account?: { readonly user: string; readonly password: string; readonly host: string } | undefined;
  readonly certificate?: { readonly file: string; readonly key: string } | undefined;
}

/** How to do it: what a person would type, after writing what files. */
export interface Recipe {
  /** One line of shell, in `home`. */
  readonly command: string;
  /** By name in `home`, to be written 0600. */
  readonly files: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  /** The CA counts only when it is in /etc/ssl/certs/ca-certificates.crt. */
  readonly systemCa?: true;
}

export interface Client {
  readonly name: string;
  /** The library that speaks DAP in it. */
  readonly engine: string;
  /** Where it comes from, and how its version is found. */
  readonly source: Source;
  /** In what it printed: values of the grid, right or not. Of every four numbers in a row, LAST_ROW is looked for. */
  readonly shows: RegExp;
  /** What it cannot do, or does beside, that its verdicts come from: sentences for people. */
  readonly limits?: string;
  /** Asks for data alone, in one request. */
  readonly single?: true;
  recipe(setup: Setup): Recipe;
}

export type Source =
  /** Debian packages; `program` shows that they are there. The first one's version is told. */
  | { readonly from: "debian"; readonly packages: readonly string[]; readonly program: string }
  /** A virtual environment of its own with these requirements; the first one's version is told. */
  | { readonly from: "python"; readonly folder: string; readonly requirements: readonly string[] }
  /** Of this repository's own node_modules. */
  | { readonly from: "npm"; readonly package: string }
  /** Jars of a pom.xml beside the program, with the version that it names. */
  | { readonly from: "maven"; readonly folder: string; readonly artifact: string };

/** In single quotes, for a shell. */
export function quoted(text: string): string {
  return `'${text.replace(/'/g, `'\\''`)}'`;
}

/** `URL` with the account in it. */
export function withAccount({ url, account }: Setup): string {
  return account ? url.replace("://", `://${account.user}:${account.password}@`) : url;
}

export function netrc({ account }: Setup): Readonly<Record<string, string>> {
  if (!account) return {};
  return { ".netrc": `machine ${account.host} login ${account.user} password ${account.password}\n` };
}
