import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import { parse } from "tldts";

/** Either the name as everything else in certfront writes it, or why it cannot have a certificate here. */
export type NameCheck = { readonly name: string } | { readonly problem: string };

const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
/** Controls, formatting characters (zero width and direction marks too), and every kind of space. */
const INVISIBLE = /[\p{C}\p{Z}]/u;
const NON_ASCII = /[^\p{ASCII}]/u;

/**
 * Brings a domain name to its canonical form: lower-case A-labels (IDNA, UTS #46), no trailing dot. Refuses what no public
 * CA certifies by HTTP-01, and everything that could mean something else in a file or a header.
 */
export function canonicalName(raw: string): NameCheck {
  const problem = spellingProblem(raw);
  if (problem) return { problem };

  const lower = raw.toLowerCase().replace(/\.$/, "");
  const name = NON_ASCII.test(lower) || lower.includes("xn--") ? domainToASCII(lower) : lower;
  if (name === "") return { problem: `${quoted(raw)} is not a valid internationalised domain name` };
  if (name.length > 253) return { problem: `has ${name.length} characters, a domain name has at most 253` };
  const labels = name.split(".");
  const bad = labels.find((label) => !LABEL.test(label));
  if (bad !== undefined) return { problem: labelProblem(bad) };
  if (isIP(name) || /^\d+$/.test(labels.at(-1) ?? "")) {
    return { problem: `${quoted(raw)} is an IP address; tenants are domain names` };
  }
  if (labels.length < 2)
    return { problem: `${quoted(raw)} has a single label; write the whole name, like shop.example.com` };
  if (registeredDomain(name) === undefined) {
    return { problem: `${name} is a public suffix, shared by many owners; no CA issues a certificate for it` };
  }
  return { name };
}

function spellingProblem(raw: string): string | undefined {
  if (raw === "") return "is empty; write a domain name, like shop.example.com";
  if (INVISIBLE.test(raw)) return `${quoted(raw)} contains a space or an invisible character`;
  if (raw.startsWith("*.")) {
    return `${raw} is a wildcard, which needs DNS-01; certfront uses HTTP-01, so list each name that is used`;
  }
  if (/^[a-z]+:\/\//i.test(raw)) return `${quoted(raw)} is a URL; write the domain name alone`;
  if (isIP(raw)) return `${quoted(raw)} is an IP address; tenants are domain names`;
  if (raw.includes("_")) return `${quoted(raw)} contains an underscore, which certificates do not allow in a name`;
  const odd = raw.match(/[^\p{L}\p{M}\p{N}.\-\u3002\uff0e\uff61]/u)?.[0];
  if (odd !== undefined) return `${quoted(raw)} contains ${quoted(odd)}, which a domain name cannot`;
  return undefined;
}

function labelProblem(label: string): string {
  if (label === "") return "has an empty label (two dots in a row, or a dot in front)";
  if (label.length > 63)
    return `has a label of ${label.length} characters (${label.slice(0, 20)}…), at most 63 are allowed`;
  return `has the label ${quoted(label)}; labels begin and end with a letter or a digit`;
}

/** For showing hostile text to people: in quotes, cut to 100 characters, everything invisible but the space spelt out. */
export function quoted(raw: string): string {
  const short = raw.length > 100 ? `${raw.slice(0, 100)}…` : raw;
  return JSON.stringify(short).replace(/[^\P{C}]|[^\P{Z} ]/gu, escaped);
}

function escaped(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

/**
 * The name that somebody registered (`shop.example.co.uk` → `example.co.uk`) by the Public Suffix List, its private section
 * included, as CAs count their limits.
 * @returns undefined for a public suffix itself
 */
export function registeredDomain(name: string): string | undefined {
  return (
    parse(name, { allowPrivateDomains: true, validateHostname: false, extractHostname: false }).domain ?? undefined
  );
}
