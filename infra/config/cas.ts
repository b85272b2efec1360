import { isObject, type ProblemList, reportUnknownKeys } from "../../core/tenant/problems";
import type { CertificateAuthorityArgs } from "../data/account-key";
import { KNOWN_CAS, type KnownCa } from "./known-cas";

const FIELDS = ["name", "directory", "caaIdentities", "profile"];
/** Names end in parameter names and metrics. */
const NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;

/**
 * The stack's CAs, in order: names of known ones, or `{name, directory, caaIdentities?, profile?}`.
 * @param eab external account bindings by CA name: `{zerossl: {kid, hmacKey}}`
 * @param profile asked of every CA that offers profiles and has none of its own in `raw`
 */
export function parseCas(
  raw: unknown,
  eab: unknown,
  profile: string,
  problems: ProblemList,
): CertificateAuthorityArgs[] {
  if (!Array.isArray(raw) || raw.length === 0) {
    problems.add("cas", `must be a list of at least one CA: ${knownNames()}, or {name: …, directory: https://…}`);
    return [];
  }
  const seen = new Set<string>();
  const cas = raw.flatMap((entry, at) => {
    const path = `cas[${at}]`;
    const ca = parseCa(entry, path, problems);
    if (ca && seen.has(ca.name)) problems.add(path, `names ${ca.name} twice; each CA needs a name of its own`);
    if (ca) seen.add(ca.name);
    return ca ?? [];
  });
  const bindings = parseBindings(eab, cas, problems);
  return cas.map(({ needsEab, hasProfiles, ...ca }) => {
    const binding = bindings.get(ca.name);
    if (needsEab && !binding) problems.add(`eab.${ca.name}`, howToBind(ca.name));
    return {
      ...ca,
      ...(hasProfiles && profile !== "" && ca.profile === undefined ? { profile } : {}),
      ...(binding ? { eab: binding } : {}),
    };
  });
}

const DOMAIN = /^[a-z0-9-]+(\.[a-z0-9-]+)*$/i;
const isDomain = (value: unknown): value is string => typeof value === "string" && DOMAIN.test(value);

type Ca = KnownCa & Pick<CertificateAuthorityArgs, "profile">;

/** One CA, by its name or described. */
export function parseCa(entry: unknown, path: string, problems: ProblemList): Ca | undefined {
  return typeof entry === "string" ? knownCa(entry, path, problems) : describedCa(entry, path, problems);
}

function knownCa(name: string, path: string, problems: ProblemList): Ca | undefined {
  const known = KNOWN_CAS.find((ca) => ca.name === name);
  return (
    known ??
    problems.add(
      path,
      `"${name}" is not a known CA; there are ${knownNames()}, or write {name: …, directory: https://…}`,
    )
  );
}

function describedCa(entry: unknown, path: string, problems: ProblemList): Ca | undefined {
  if (!isObject(entry)) return problems.add(path, `must be one of ${knownNames()}, or {name: …, directory: https://…}`);
  reportUnknownKeys(entry, FIELDS, (key, message) => problems.add(`${path}.${key}`, message));
  const { name, directory, caaIdentities = [], profile } = entry;
  const known = KNOWN_CAS.find((ca) => ca.name === name);
  if (typeof name !== "string" || !NAME.test(name)) {
    return problems.add(`${path}.name`, "must be up to 32 lower-case letters, digits and hyphens");
  }
  const url = directory ?? known?.directory;
  if (typeof url !== "string" || !URL.canParse(url) || new URL(url).protocol !== "https:") {
    return problems.add(`${path}.directory`, "must be the https:// URL of the CA's ACME directory");
  }
  if (!Array.isArray(caaIdentities) || !caaIdentities.every(isDomain)) {
    return problems.add(`${path}.caaIdentities`, "must be a list of the domains that the CA recognises in CAA records");
  }
  if (profile !== undefined && typeof profile !== "string") {
    return problems.add(`${path}.profile`, "must be the name of one of the CA's profiles");
  }
  return {
    name,
    directory: url,
    caaIdentities: caaIdentities.length > 0 ? caaIdentities : (known?.caaIdentities ?? []),
    ...(profile === undefined ? {} : { profile }),
    needsEab: known?.needsEab ?? false,
    hasProfiles: known?.hasProfiles ?? false,
  };
}

function parseBindings(
  raw: unknown,
  cas: readonly Ca[],
  problems: ProblemList,
): Map<string, { kid: string; hmacKey: string }> {
  const bindings = new Map<string, { kid: string; hmacKey: string }>();
  if (!isObject(raw)) {
    problems.add("eab", "must be an object by CA: {zerossl: {kid: …, hmacKey: …}}");
    return bindings;
  }
  reportUnknownKeys(
    raw,
    cas.map((ca) => ca.name),
    (key, message) => problems.add(`eab.${key}`, message),
  );
  for (const [name, value] of Object.entries(raw)) {
    if (isObject(value))
      reportUnknownKeys(value, ["kid", "hmacKey"], (key, message) => problems.add(`eab.${name}.${key}`, message));
    // Never say the value: it is secret.
    if (!isObject(value) || typeof value.kid !== "string" || value.kid === "") {
      problems.add(`eab.${name}`, "must be {kid: …, hmacKey: …}");
    } else if (typeof value.hmacKey !== "string" || !/^[A-Za-z0-9_-]{16,}={0,2}$/.test(value.hmacKey)) {
      problems.add(`eab.${name}.hmacKey`, "must be the key in base64url, as the CA shows it");
    } else {
      bindings.set(name, { kid: value.kid, hmacKey: value.hmacKey });
    }
  }
  return bindings;
}

const knownNames = (): string => KNOWN_CAS.map((ca) => ca.name).join(", ");

function howToBind(name: string): string {
  return `is missing: ${name} opens accounts only with a key from its web site; pulumi config set --secret --path eab.${name}.kid … and eab.${name}.hmacKey …`;
}
