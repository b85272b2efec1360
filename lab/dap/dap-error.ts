/** Codes of DAP2's error object as libdap numbers them (its Error.h), as far as this server has a use for them. */
export const DAP_ERROR = { unknown: 1001, noSuchFile: 1003, noSuchVariable: 1004, badConstraint: 1005, noAccess: 1006 };

/** A request that cannot be answered, as the client is told it. */
export class DapError extends Error {
  /** @param status of the HTTP answer, 4xx */
  constructor(
    readonly status: number,
    readonly dapCode: number,
    message: string,
  ) {
    super(message);
    this.name = "DapError";
  }
}

/** The body of an error's answer. The message may hold what a client sent: it is quoted, and cut. */
export function errorBody({ dapCode, message }: DapError): string {
  const short = message.length > 300 ? `${message.slice(0, 300)}…` : message;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not pass
  const plain = short.replace(/[\u0000-\u001f\u007f-\uffff]/g, "?");
  return `Error {\n    code = ${dapCode};\n    message = ${quoted(plain)};\n};\n`;
}

/** A string of a DAS or an error. */
export function quoted(text: string): string {
  return `"${text.replace(/\\/g, "\\\\").replace(/"/g, '\\"')}"`;
}
