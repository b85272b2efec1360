import { X509Certificate } from "node:crypto";
import * as fs from "node:fs";
import * as https from "node:https";
import * as path from "node:path";
import { CertfrontError, wordsOf } from "../../core/base/errors";
import type { Progress } from "../progress/events";
import type { StackCa } from "./foundation";

/** What that CA must be told to validate names of this stack, `host:port` and a port. */
export interface Validation {
  readonly dns: string;
  readonly httpPort: number;
}

/** ms between two looks at whether the CA answers. */
const AGAIN = 500;
/** ms that it may take to start. */
const WITHIN = 10 * 60_000;
/** ms that one answer may take. */
const TIMEOUT = 5_000;

/**
 * The CA of `--ca-directory` and `--ca-root`, which somebody else starts and configures; undefined where neither was given.
 * @throws CertfrontError USAGE when one is missing, or is not what it must be
 */
export function ownCa(directory: string | undefined, root: string | undefined): StackCa | undefined {
  if (directory === undefined && root === undefined) return undefined;
  if (directory === undefined || root === undefined)
    throw wrong("--ca-directory and --ca-root belong together: where the CA is, and what it is trusted by.");
  if (!URL.canParse(directory) || new URL(directory).protocol !== "https:")
    throw wrong(`--ca-directory ${directory}: give the URL of an ACME directory, https://….`);
  const trustFile = path.resolve(root);
  try {
    const pem = fs.readFileSync(trustFile, "utf8");
    new X509Certificate(pem);
    return { directory, trustFile, root: async () => pem };
  } catch (cause) {
    throw wrong(`--ca-root ${root}: give a PEM file with the CA's root certificate.`, cause);
  }
}

function wrong(sentence: string, cause?: unknown): CertfrontError {
  return new CertfrontError(sentence, { code: "USAGE", advice: "npm start -- --help has the options.", cause });
}

/**
 * Resolves once the CA answers. It may be started after this stack: the stack's DNS and port 80 are known only now. Why it does not answer
 * is told each time that the reason changes.
 * @throws CertfrontError CA_DOWN
 */
export async function answeringCa(ca: StackCa, { dns, httpPort }: Validation, progress: Progress): Promise<void> {
  progress.phase(`waiting for ${ca.directory}: it must ask ${dns} for names, and fetch challenges at port ${httpPort}`);
  const trust = await ca.root();
  const deadline = Date.now() + WITHIN;
  let told = "";
  while (Date.now() < deadline) {
    const reason = await whyNoDirectory(ca.directory, trust);
    if (reason === undefined) return;
    if (reason !== told) progress.warn(`${ca.directory} is no ACME directory yet: ${reason}`);
    told = reason;
    await new Promise((resolve) => setTimeout(resolve, AGAIN));
  }
  throw new CertfrontError(`${ca.directory} did not answer within ${WITHIN / 60_000} minutes: ${told}`, {
    code: "CA_DOWN",
    advice: "Start it, or see that --ca-root is what its HTTPS is trusted by.",
  });
}

/** Undefined where the URL answers with an ACME directory (RFC 8555 §7.1.1). */
function whyNoDirectory(url: string, trust: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    // Pebble refuses requests without a user agent.
    const headers = { "User-Agent": "certfront" };
    const request = https.get(url, { ca: trust, timeout: TIMEOUT, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const isDirectory = response.statusCode === 200 && /"newOrder"/.test(Buffer.concat(chunks).toString());
        resolve(isDirectory ? undefined : `it answers ${response.statusCode}, without newOrder`);
      });
    });
    request.on("timeout", () => request.destroy(new Error(`no answer within ${TIMEOUT / 1_000} s`)));
    request.on("error", (error) => resolve(wordsOf(error)));
  });
}
