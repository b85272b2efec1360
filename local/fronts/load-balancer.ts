import * as http from "node:http";
import * as net from "node:net";

/** An instance in a target group, by the ports that stand for its 80, 443 and health port on this machine. */
export interface Target {
  readonly name: string;
  /** The port that listeners forward to. */
  readonly port: number;
  readonly healthPort: number;
}

/** `aws.lb.TargetGroup`, what matters here. */
export interface TargetGroupSettings {
  readonly name: string;
  readonly health: {
    readonly path: string;
    /** ms between two checks of one target. */
    readonly intervalMs: number;
    readonly timeoutMs: number;
    /** Good checks in a row that make a target healthy, and bad ones that make it unhealthy. */
    readonly healthyThreshold: number;
    readonly unhealthyThreshold: number;
    /** Status codes taken as good. */
    readonly matches: (status: number) => boolean;
  };
}

interface TargetState {
  readonly target: Target;
  healthy: boolean;
  /** Checks in a row that disagree with `healthy`. */
  against: number;
  checking?: NodeJS.Timeout;
  readonly onFirstHealthy: () => void;
}

/** A target group: knows which targets are healthy, by asking them as AWS would. */
export class TargetGroup {
  private readonly targets = new Map<string, TargetState>();
  private next = 0;

  constructor(
    readonly settings: TargetGroupSettings,
    private readonly onHealth: (target: Target, healthy: boolean) => void = () => {},
  ) {}

  /** Adds a target and waits until it is healthy for the first time (or is taken out again). */
  register(target: Target): Promise<void> {
    return new Promise((resolve) => {
      const state: TargetState = { target, healthy: false, against: 0, onFirstHealthy: resolve };
      this.targets.set(target.name, state);
      void this.check(state);
    });
  }

  deregister(name: string): void {
    const state = this.targets.get(name);
    clearTimeout(state?.checking);
    state?.onFirstHealthy();
    this.targets.delete(name);
  }

  counts(): { healthy: number; unhealthy: number } {
    const all = [...this.targets.values()];
    const healthy = all.filter((state) => state.healthy).length;
    return { healthy, unhealthy: all.length - healthy };
  }

  /** The target for a new connection: healthy ones in turn; with none healthy any, as a Network Load Balancer fails open. */
  pick(): Target | undefined {
    const all = [...this.targets.values()];
    const healthy = all.filter((state) => state.healthy);
    const choice = healthy.length > 0 ? healthy : all;
    this.next += 1;
    return choice[this.next % choice.length]?.target;
  }

  stop(): void {
    for (const name of [...this.targets.keys()]) this.deregister(name);
  }

  private async check(state: TargetState): Promise<void> {
    const { health } = this.settings;
    const good = await probe(state.target.healthPort, health);
    if (this.targets.get(state.target.name) !== state) return;
    state.against = good === state.healthy ? 0 : state.against + 1;
    if (state.against >= (good ? health.healthyThreshold : health.unhealthyThreshold)) {
      state.healthy = good;
      state.against = 0;
      if (good) state.onFirstHealthy();
      this.onHealth(state.target, good);
    }
    state.checking = setTimeout(() => void this.check(state), health.intervalMs);
  }
}

function probe(port: number, health: TargetGroupSettings["health"]): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get(
      { host: "127.0.0.1", port, path: health.path, timeout: health.timeoutMs, agent: false },
      (response) => {
        response.resume();
        resolve(health.matches(response.statusCode ?? 0));
      },
    );
    request.on("timeout", () => request.destroy(new Error("timeout")));
    request.on("error", () => resolve(false));
  });
}

/** Targets tried for one connection. */
const ATTEMPTS = 4;

/** A TCP listener in front of a target group. Bytes pass both ways unchanged; a side that ends or breaks ends the other. */
export class Listener {
  private readonly sockets = new Set<net.Socket>();
  private readonly servers: net.Server[] = [];
  private group: TargetGroup | undefined;

  /** Opens the port (0: any free one) on every address; connections are reset until there is a target group. */
  async listen(addresses: readonly string[], port: number): Promise<number> {
    let chosen = port;
    for (const address of addresses) chosen = await this.open(address, chosen);
    return chosen;
  }

  forwardTo(group: TargetGroup): void {
    this.group = group;
  }

  async close(): Promise<void> {
    const closed = this.servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const socket of this.sockets) socket.destroy();
    await Promise.all(closed);
  }

  private async open(address: string, port: number): Promise<number> {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.accept(client));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, address, 1_024, resolve);
    });
    this.servers.push(server);
    return (server.address() as net.AddressInfo).port;
  }

  private accept(client: net.Socket): void {
    client.on("error", () => {}); // the other side hears of it below, or there is none
    this.connect(client, this.group?.pick(), ATTEMPTS);
  }

  /** A target that refuses is passed over at once: on AWS the health check takes it out, some seconds later. */
  private connect(client: net.Socket, target: Target | undefined, attempts: number): void {
    if (target === undefined || attempts === 0) {
      client.resetAndDestroy();
      return;
    }
    const upstream = net.connect({ host: "127.0.0.1", port: target.port, allowHalfOpen: true, noDelay: true });
    const refused = () => this.connect(client, this.group?.pick(), attempts - 1);
    upstream.once("error", refused);
    upstream.once("connect", () => {
      upstream.off("error", refused);
      this.join(client, upstream);
    });
  }

  private join(client: net.Socket, upstream: net.Socket): void {
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(from);
      from.pipe(to);
      from.on("error", () => to.resetAndDestroy());
      from.on("close", () => {
        this.sockets.delete(from);
        if (!to.writableEnded) to.end();
      });
    }
    if (client.destroyed) upstream.destroy();
  }
}
