import * as fs from "node:fs/promises";
import * as path from "node:path";
import { writeAtomic } from "./atomic-file";

/** Writes the pages that HAProxy serves by itself. They name no product and load nothing from elsewhere. */
export async function writePages(directory: string): Promise<void> {
  await fs.mkdir(directory, { recursive: true, mode: 0o755 });
  for (const [name, contents] of Object.entries(files()))
    await writeAtomic(path.join(directory, name), contents, 0o644);
}

function files(): Record<string, string> {
  const unavailable = page(
    "This site is not available at the moment",
    "Its server does not answer. Please try again in a minute.",
  );
  return {
    "welcome.html": page("It works", "This domain is set up and has its certificate. Nothing is published here yet."),
    "waiting.html": page(
      "Almost there",
      "The certificate for this domain is being issued. Please try again in a minute.",
    ),
    "421.html": page("No such site here", "This server does not answer for the name that was asked for."),
    "500.http": response(500, "Internal Server Error", unavailable),
    "502.http": response(502, "Bad Gateway", unavailable),
    "503.http": response(503, "Service Unavailable", unavailable),
    "504.http": response(504, "Gateway Timeout", unavailable),
  };
}

/** HAProxy's errorfile: a whole HTTP response. */
function response(status: number, reason: string, body: string): string {
  const headers = [
    `HTTP/1.1 ${status} ${reason}`,
    "Content-Type: text/html; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Cache-Control: no-store",
    "Retry-After: 30",
  ];
  return `${headers.join("\r\n")}\r\n\r\n${body}`;
}

function page(title: string, sentence: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>
  body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 18vh auto; padding: 0 1.5rem; color: #223; background: #fff }
  @media (prefers-color-scheme: dark) { body { color: #dde; background: #14161a } }
</style>
<h1>${title}</h1>
<p>${sentence}</p>
</html>
`;
}
