import { randomBytes } from "node:crypto";
import { type Clock, DAY, HOUR } from "../core/base/clock";
import { element, elements, pem } from "../core/base/der";
import {
  type AcmeAuthorization,
  AcmeError,
  type AcmeOrder,
  type AcmeProblem,
  type CaSettings,
  type CertificateAuthority,
  type RenewalInfo,
} from "../core/ca/certificate-authority";
import { CHALLENGE_PATH, keyAuthorization } from "../core/ca/challenge";
import { createThrowawayCa, type ThrowawayCa } from "../local/process/parts/throwaway-ca";
import { frontAnswer, THUMBPRINT } from "./challenge-server";

type Call = Exclude<keyof CertificateAuthority, "settings">;

interface Order {
  readonly url: string;
  readonly names: readonly string[];
  readonly replaces?: string | undefined;
  readonly expires: number;
  readonly tokens: readonly string[];
  /** Of authorizations, by name. */
  readonly urls: ReadonlyMap<string, string>;
  readonly verdicts: Map<string, "pending" | "valid" | "invalid" | "deactivated">;
  status: AcmeOrder["status"];
  chain?: string;
  error?: AcmeProblem;
  pollsLeft: number;
}

/**
 * A CA without a wire: it keeps orders, really compares tokens, and signs real certificates. For what the issuer does between
 * calls; what goes over the wire is tested against Pebble.
 */
export class ScriptedCa implements CertificateAuthority {
  readonly settings: CaSettings;
  readonly orders: Order[] = [];
  readonly calls: Call[] = [];
  readonly revoked: { leaf: string; reason: number }[] = [];
  /** ms. */
  lifetime = 90 * DAY;
  orderLifetime = 7 * DAY;
  /** Polls for which an order stays `processing` after finalize. */
  processingPolls = 0;
  /** Whether accounts may list orders (RFC 8555 §7.1.2.1); Let's Encrypt's may not. */
  listsOrders = true;
  ari: RenewalInfo | undefined;
  /** Whether new orders stand on what is valid already, as Let's Encrypt's do. */
  reuses = false;
  /** URLs of authorizations that were given up. */
  readonly deactivated: string[] = [];
  /** What a name's validation fails with. */
  readonly rejects = new Map<string, AcmeProblem>();
  /** Changes what is handed out. */
  tamper: ((chain: string) => string) | undefined;
  /** Says no to a call about these names, for as long as it is set. */
  refuses: ((call: Call, names: readonly string[]) => AcmeError | undefined) | undefined;
  /** Changes what is told of orders and authorizations. */
  tells: { order?: (order: AcmeOrder) => AcmeOrder; authorization?: (one: AcmeAuthorization) => AcmeAuthorization } =
    {};
  private readonly failures = new Map<Call, AcmeError[]>();
  private readonly issuer: ThrowawayCa;

  /** @param fetch what a GET at port 80 of a name gives, from the CA's side */
  constructor(
    name: string,
    private readonly clock: Clock,
    private readonly fetch: (name: string, path: string) => string | undefined = (_, path) =>
      frontAnswer(path, THUMBPRINT),
  ) {
    this.settings = { name, directory: `https://${name}.test/directory`, caaIdentities: [`${name}.test`] };
    this.issuer = createThrowawayCa(`${name} intermediate`);
  }

  /** The next `times` calls of this kind fail with a problem. */
  fail(
    call: Call,
    problem: Partial<AcmeProblem> & { type: string },
    options: { retryAfterMs?: number; times?: number } = {},
  ): void {
    const type = problem.type.includes(":") ? problem.type : `urn:ietf:params:acme:error:${problem.type}`;
    const { times = 1, retryAfterMs } = options;
    const error = new AcmeError({ detail: "as scripted", ...problem, type }, { retryAfterMs });
    const queue = this.failures.get(call) ?? [];
    this.failures.set(call, [...queue, ...Array.from({ length: Math.min(times, 1_000) }, () => error)]);
  }

  heal(): void {
    this.failures.clear();
  }

  async accountUrl(): Promise<string> {
    this.enter("accountUrl");
    return `https://${this.settings.name}.test/account/1`;
  }

  async newOrder(names: readonly string[], { replaces }: { replaces?: string | undefined }): Promise<AcmeOrder> {
    this.enter("newOrder", names);
    const url = `https://${this.settings.name}.test/order/${this.orders.length}`;
    const urls = new Map(names.map((name, position) => [name, this.validFor(name) ?? `${url}/${position}`]));
    const isOpen = [...urls.values()].some((one) => one.startsWith(`${url}/`));
    const order: Order = {
      url,
      names,
      replaces,
      expires: this.clock.now() + this.orderLifetime,
      tokens: names.map(() => randomBytes(16).toString("base64url")),
      urls,
      verdicts: new Map(names.map((name) => [name, urls.get(name)?.startsWith(`${url}/`) ? "pending" : "valid"])),
      status: isOpen ? "pending" : "ready",
      pollsLeft: 0,
    };
    this.orders.push(order);
    return this.view(order);
  }

  async findOrder(names: readonly string[]): Promise<AcmeOrder | undefined> {
    this.enter("findOrder");
    if (!this.listsOrders) return undefined;
    const open = this.orders.filter(({ status }) => status !== "valid" && status !== "invalid");
    const found = open.find((order) => [...order.names].sort().join() === [...names].sort().join());
    return found && this.view(found);
  }

  async order(url: string): Promise<AcmeOrder> {
    const order = this.find(url);
    this.enter("order", order.names);
    if (order.status === "processing" && --order.pollsLeft < 0) order.status = "valid";
    return this.view(order);
  }

  async authorization(url: string): Promise<AcmeAuthorization> {
    this.enter("authorization");
    const { order, position, name, token } = this.challenge(url);
    const status = order.verdicts.get(name) ?? "pending";
    const error = status === "invalid" ? this.rejects.get(name) : undefined;
    const { authorization = (one: AcmeAuthorization) => one } = this.tells;
    return authorization({
      url,
      name,
      status,
      http01: {
        url: `${order.url}/${position}`,
        token,
        status: status === "pending" ? "pending" : status,
      },
      ...(error && { error }),
    });
  }

  async accept(challengeUrl: string): Promise<void> {
    this.enter("accept");
    const { order, name, token } = this.challenge(challengeUrl);
    const fetched = this.fetch(name, CHALLENGE_PATH + token);
    if (fetched !== keyAuthorization(token, THUMBPRINT) && !this.rejects.has(name)) {
      this.rejects.set(name, { type: "urn:ietf:params:acme:error:unauthorized", detail: `got ${fetched}` });
    }
    order.verdicts.set(name, this.rejects.has(name) ? "invalid" : "valid");
    const verdicts = [...order.verdicts.values()];
    if (verdicts.includes("invalid")) order.status = "invalid";
    else if (!verdicts.includes("pending")) order.status = "ready";
  }

  async deactivate(url: string): Promise<void> {
    this.enter("deactivate");
    const { name } = this.challenge(url);
    this.deactivated.push(url);
    for (const order of this.orders.filter(({ urls }) => urls.get(name) === url)) {
      order.verdicts.set(name, "deactivated");
      if (order.status === "pending" || order.status === "ready") order.status = "invalid";
    }
  }

  async finalize({ url }: AcmeOrder, csr: string): Promise<AcmeOrder> {
    const order = this.find(url);
    this.enter("finalize", order.names);
    if (order.status === "ready") {
      const notBefore = this.clock.now() - HOUR;
      const options = { publicKey: publicKeyOf(csr), notBefore, notAfter: notBefore + this.lifetime };
      order.chain = this.issuer.issue(order.names, options).certificate + this.issuer.certificate;
      order.pollsLeft = this.processingPolls;
      order.status = this.processingPolls > 0 ? "processing" : "valid";
    }
    return this.view(order);
  }

  async download({ url }: AcmeOrder): Promise<string> {
    this.enter("download");
    const chain = this.find(url).chain ?? "";
    return this.tamper ? this.tamper(chain) : chain;
  }

  async revoke(leaf: string, reason: number): Promise<void> {
    this.enter("revoke");
    this.revoked.push({ leaf, reason });
  }

  async renewalInfo(): Promise<RenewalInfo | undefined> {
    this.enter("renewalInfo");
    return this.ari;
  }

  private enter(call: Call, names: readonly string[] = []): void {
    this.calls.push(call);
    const refusal = this.refuses?.(call, names);
    if (refusal) throw refusal;
    const failure = this.failures.get(call)?.shift();
    if (failure) throw failure;
  }

  /** URL of an authorization for the name that is valid. */
  private validFor(name: string): string | undefined {
    return this.reuses ? this.orders.find(({ verdicts }) => verdicts.get(name) === "valid")?.urls.get(name) : undefined;
  }

  private find(url: string): Order {
    const order = this.orders.find((candidate) => candidate.url === url);
    if (!order || order.expires <= this.clock.now()) {
      throw new AcmeError({ type: "urn:ietf:params:acme:error:malformed", detail: "No such order", status: 404 }, {});
    }
    return order;
  }

  private challenge(url: string): { order: Order; position: number; name: string; token: string } {
    const [, orderUrl = "", index = ""] = url.match(/^(.*)\/(\d+)$/) ?? [];
    const order = this.find(orderUrl);
    const position = Number(index);
    return { order, position, name: order.names[position] ?? "", token: order.tokens[position] ?? "" };
  }

  private view({ url, urls, status, expires, error }: Order): AcmeOrder {
    const { order = (one: AcmeOrder) => one } = this.tells;
    return order({
      url,
      status,
      authorizations: [...urls.values()],
      finalize: `${url}/finalize`,
      expires,
      ...(status === "valid" && { certificate: `${url}/certificate` }),
      ...(error && { error }),
    });
  }
}

/** A CA's no, with its type's usual prefix. */
export function refusal(
  type: string,
  more: Partial<AcmeProblem> = {},
  options: { retryAfterMs?: number } = {},
): AcmeError {
  const full = type.includes(":") ? type : `urn:ietf:params:acme:error:${type}`;
  return new AcmeError({ detail: "as scripted", ...more, type: full }, options);
}

/** The SPKI of a CSR as PEM. */
function publicKeyOf(csr: string): string {
  const der = Buffer.from(csr.replace(/-----[^-]+-----/g, ""), "base64");
  const info = elements(elements(der)[0]?.content ?? Buffer.alloc(0))[0]?.content ?? Buffer.alloc(0);
  return pem("PUBLIC KEY", element(0x30, elements(info)[2]?.content ?? Buffer.alloc(0)));
}
