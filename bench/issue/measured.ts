/** What one tool took for its certificates. */
export interface Measured {
  readonly tool: string;
  /** Certificates made: all figures are by these. */
  readonly certificates: number;
  /** Certificates asked for and not made in time. */
  readonly failed: number;
  readonly wallSeconds: number;
  readonly certificatesPerSecond: number;
  /** CPU time of the tool's own processes per certificate, ms; start included. */
  readonly cpuMsPerCertificate: number;
  /** Orders that the CA counted. */
  readonly orders: number;
}

export interface Counts {
  readonly asked: number;
  readonly made: number;
  readonly orders: number;
}

export function measured(tool: string, { asked, made, orders }: Counts, wallMs: number, cpuMs: number): Measured {
  return {
    tool,
    certificates: made,
    failed: asked - made,
    wallSeconds: wallMs / 1000,
    certificatesPerSecond: made / (wallMs / 1000),
    cpuMsPerCertificate: cpuMs / made,
    orders,
  };
}
