import { closest } from "../../core/base/closest";
import { CertfrontError } from "../../core/base/errors";

/** What Node.js says of a port or of the command line, as a sentence with advice; anything else stays as it is. */
export function startupError(error: unknown, options: readonly string[]): unknown {
  if (!(error instanceof Error) || error instanceof CertfrontError) return error;
  const { code = "", port, message } = error as NodeJS.ErrnoException & { readonly port?: number };
  if (code === "EADDRINUSE")
    return new CertfrontError(`Port ${port} is in use by another program.`, {
      code: "PORT_IN_USE",
      advice: "End it, or choose others with --port-http and --port-https.",
      cause: error,
    });
  if (code === "EACCES" && port !== undefined)
    return new CertfrontError(`Port ${port} is not one that you may listen on.`, {
      code: "PORT_FORBIDDEN",
      advice: "Choose ports from 1024 on with --port-http and --port-https, or none: any free ones are taken then.",
      cause: error,
    });
  if (!code.startsWith("ERR_PARSE_ARGS")) return error;
  const [sentence = ""] = message.split(". To specify a positional");
  const unknown = /^Unknown option '-+([^']+)'/.exec(sentence)?.[1];
  const meant = unknown === undefined ? undefined : closest(unknown, options);
  return new CertfrontError(`${sentence.replace(/\.$/, "")}.${meant ? ` Did you mean --${meant}?` : ""}`, {
    code: "USAGE",
    advice: "npm start -- --help has the options.",
  });
}
