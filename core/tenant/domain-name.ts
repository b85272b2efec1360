import { isIP } from "node:net";
import { domainToASCII, domainToUnicode } from "node:url";
import { parse } from "tldts";
import { misplacedCharacter } from "./idna-context";

/** Either the name as everything else in certfront writes it, or why it cannot have a certificate here. */
export type NameCheck = { readonly name: string } | { readonly problem: string };

const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
/** RFC 5890 §2.3.1: hyphens in the third and fourth place are for A-labels; no CA certifies another (Baseline Requirements 7.1.4.2). */
const RESERVED_LDH = /^..--/;
/** The same, and RFC 5891 §4.2.3.1, of a label in Unicode. */
const BAD_HYPHENS = /^-|-$|^..--/u;
/** Controls, formatting characters (direction marks too) and every kind of space, but for the two joiners, which some scripts need. */
const INVISIBLE = /[\p{Z}]|(?![\u200c\u200d])\p{C}/u;
const NON_ASCII = /[^\p{ASCII}]/u;
/** Let's Encrypt's (boulder policy/pa.go, maxLabels); no CA asks for fewer. */
const MOST_LABELS = 10;

/**
 * Brings a domain name to its canonical form: lower-case A-labels (IDNA, UTS #46), no trailing dot. Refuses what no public
 * CA certifies by HTTP-01, and everything that could mean something else in a file or a header.
 */
export function canonicalName(written: string): NameCheck {
  // ≠ may be written as = with a stroke: one form first, so that no part of a character is taken for one.
  const raw = written.normalize("NFC");
  const problem = spellingProblem(raw);
  if (problem) return { problem };

  const lower = raw.toLowerCase().replace(/[.\u3002\uff0e\uff61]$/u, "");
  const name = NON_ASCII.test(lower) || lower.includes("xn--") ? domainToASCII(lower) : lower;
  if (name === "") return { problem: `${quoted(raw)} is not a valid internationalised domain name` };
  if (name.length > 253) return { problem: `has ${name.length} characters, a domain name has at most 253` };
  const labels = name.split(".");
  const bad = labels.find((label) => !LABEL.test(label));
  if (bad !== undefined) return { problem: labelProblem(bad) };
  if (/(?:^|\.)(?:\d+|0x[0-9a-f]*)$/.test(name)) {
    return { problem: `${quoted(raw)} is an IP address; tenants are domain names` };
  }
  const reserved = labels.find((label) => RESERVED_LDH.test(label) && !label.startsWith("xn--"));
  if (reserved !== undefined) {
    return { problem: `has the label ${quoted(reserved)}; CAs refuse hyphens in the third and fourth place` };
  }
  const unicode = domainToUnicode(name);
  const decoded = unicode.split(".");
  // What some versions of Node.js leave undecoded, and another spelling of a label (xn--abc- of abc): no CA takes them.
  if (decoded.some((label) => label.startsWith("xn--")) || domainToASCII(unicode) !== name) {
    return { problem: `${quoted(raw)} is not a valid internationalised domain name` };
  }
  if (decoded.some((label) => BAD_HYPHENS.test(label))) {
    return {
      problem: `${quoted(raw)} has an internationalised label with a hyphen at an end, or two in the third and fourth place`,
    };
  }
  if (labels.length < 2)
    return { problem: `${quoted(raw)} has a single label; write the whole name, like shop.example.com` };
  if (labels.length > MOST_LABELS) {
    return { problem: `has ${labels.length} labels (parts between dots); CAs certify at most ${MOST_LABELS}` };
  }
  if (isRegistrySuffix(name)) {
    return { problem: `${name} is a public suffix, shared by many owners; no CA issues a certificate for it` };
  }
  return { name };
}

/**
 * Whether this is a lower-case host name: labels of letters, digits and inner hyphens, at most 253 characters. What `canonicalName`
 * gives always is; it is safe as a word of a command, in a file's name and in a pattern.
 */
export function isHostname(name: string): boolean {
  return name.length <= 253 && name.split(".").every((label) => LABEL.test(label));
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
  // Beyond ASCII, UTS #46 says what a name may hold: that is what browsers, resolvers and CAs go by.
  const odd = raw.match(/(?![a-zA-Z0-9.-])\p{ASCII}/u)?.[0] ?? misplacedCharacter(raw);
  if (odd !== undefined) return `${quoted(raw)} contains ${quoted(odd)}, which a domain name cannot have there`;
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
  return domainOf(name, true);
}

/**
 * Whether a registry gives out the names below this one (`co.uk`). Those of the list's private section (`github.io`, `eu.org`) have an
 * owner, and CAs certify them (boulder#1572).
 */
function isRegistrySuffix(name: string): boolean {
  return domainOf(name, false) === undefined;
}

function domainOf(name: string, allowPrivateDomains: boolean): string | undefined {
  return parse(name, { allowPrivateDomains, validateHostname: false, extractHostname: false }).domain ?? undefined;
}
