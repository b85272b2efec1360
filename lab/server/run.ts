import { randomBytes } from "node:crypto";
import type { Exchange } from "../scenario/scenario";

/** Of each kind, per attempt: what one client needs is far less. */
const MOST = 300;

/** One client in one scenario. Its cookies, tickets and codes mean nothing in any other. */
export class Attempt {
  readonly exchanges: Exchange[] = [];
  /** Requests that came when the record was full. */
  unrecorded = 0;
  private readonly sessions = new Bounded<{ loggedIn: boolean; askedFor: string | undefined }>();
  private readonly tickets = new Bounded<string>();
  private readonly codes = new Bounded<true>();

  record(exchange: Exchange): void {
    if (this.exchanges.length < MOST) this.exchanges.push(exchange);
    else this.unrecorded += 1;
  }

  /** @param askedFor path and query to come back to, for a session that is not logged in yet */
  openSession(loggedIn: boolean, askedFor?: string): string {
    return this.sessions.add({ loggedIn, askedFor });
  }

  session(id: string | undefined) {
    return this.sessions.get(id);
  }

  openTicket(path: string): string {
    return this.tickets.add(path);
  }

  ticket(id: string | undefined): string | undefined {
    return this.tickets.get(id);
  }

  openCode(): string {
    return this.codes.add(true);
  }

  hasCode(code: string | undefined): boolean {
    return this.codes.get(code) !== undefined;
  }

  /** A code is good once. */
  spendCode(code: string | undefined): void {
    this.codes.remove(code);
  }
}

/** Values under ids that nobody guesses; the oldest goes when there are too many. */
class Bounded<Kept> {
  private readonly kept = new Map<string, Kept>();

  add(value: Kept): string {
    const [oldest] = this.kept.keys();
    if (this.kept.size >= MOST && oldest !== undefined) this.kept.delete(oldest);
    // Lower-case: libdap lower-cases whatever it is redirected to.
    const id = randomBytes(12).toString("hex");
    this.kept.set(id, value);
    return id;
  }

  get(id: string | undefined): Kept | undefined {
    return id === undefined ? undefined : this.kept.get(id);
  }

  remove(id: string | undefined): void {
    if (id !== undefined) this.kept.delete(id);
  }
}

/** One client's way through the scenarios. */
export class Run {
  readonly attempts = new Map<string, Attempt>();

  constructor(
    readonly id: string,
    /** Name of the client that it is for. */
    readonly client: string,
  ) {}

  attempt(scenario: string): Attempt {
    const attempt = this.attempts.get(scenario) ?? new Attempt();
    this.attempts.set(scenario, attempt);
    return attempt;
  }
}

/** The runs of this lab. One begins here only: what names no run gets 404 and is forgotten. */
export class Runs {
  private readonly runs = new Map<string, Run>();

  begin(client: string): Run {
    const run = new Run(randomBytes(5).toString("hex"), client);
    this.runs.set(run.id, run);
    return run;
  }

  find(id: string): Run | undefined {
    return this.runs.get(id);
  }

  all(): Run[] {
    return [...this.runs.values()];
  }
}
