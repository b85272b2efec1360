/** `front.json`: all that tells one front from another. Written by the program into the instances' user data. */
export interface FrontSettings {
  /** Name in heartbeats, logs and status; empty: the EC2 instance id. */
  readonly front: string;
  readonly stack: string;
  readonly region: string;
  readonly table: string;
  /** Name of the challenge responder function. */
  readonly responder: string;
  /** CloudWatch log group for the agent's metrics and logs; empty: standard output only. */
  readonly logGroup: string;
  /** Upstream of tenants that name none; absent: the built-in welcome page. */
  readonly defaultUpstream?: string;
  /** Certificates, maps, last good set. */
  readonly directory: string;
  readonly haproxyConfig: string;
  /** HAProxy's run-time API, a Unix socket. */
  readonly socket: string;
  /** Address to listen on. */
  readonly bind: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  /** Health (`/healthz`) and Prometheus metrics (`/metrics`). */
  readonly healthPort: number;
  /** Seconds between two looks at the table. */
  readonly syncSeconds: number;
  /** Unix user and group HAProxy runs as; absent: the one that starts it. */
  readonly user?: string;
  readonly group?: string;
}
