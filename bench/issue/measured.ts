/** What one tool took for its certificates. */
export interface Measured {
  readonly tool: string;
  readonly certificates: number;
  readonly wallSeconds: number;
  readonly certificatesPerSecond: number;
  /** CPU time of the tool's own processes per certificate, ms; start included. */
  readonly cpuMsPerCertificate: number;
  /** Orders that the CA counted. */
  readonly orders: number;
}

export function measured(tool: string, certificates: number, wallMs: number, cpuMs: number, orders: number): Measured {
  return {
    tool,
    certificates,
    wallSeconds: wallMs / 1000,
    certificatesPerSecond: certificates / (wallMs / 1000),
    cpuMsPerCertificate: cpuMs / certificates,
    orders,
  };
}
