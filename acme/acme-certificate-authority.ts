import type { HttpAnswer } from "acme-client/src/http";
import { SECOND } from "../core/base/clock";
import {
  type AcmeAuthorization,
  AcmeError,
  type AcmeOrder,
  type CaSettings,
  type CertificateAuthority,
  type RenewalInfo,
} from "../core/ca/certificate-authority";
import { ariId } from "../core/certificate/ari-id";
import { orderNames, parseAuthorization, parseChain, parseOrder, parseRenewalInfo, resolved } from "./answers";
import { Deactivations } from "./deactivations";
import { isObject, malformed } from "./problems";
import { type Directory, SignedClient } from "./signed-client";

export interface AcmeAccountOptions {
  /** The account's private key, PEM; P-256 costs least. */
  readonly accountKey: string;
  /** PEM of the key that it replaces: the account of that one is taken over with the first call that needs an account. */
  readonly formerKey?: string | undefined;
  /** E-mail address for the CA, empty: none. */
  readonly contact?: string;
  /** The HMAC key (base64url) that belongs to `settings.eab.kid`. */
  readonly eabHmacKey?: string;
  /** The account's URL where it is known from before; saves a request. */
  readonly accountUrl?: string | undefined;
  /** PEM of a further CA to trust for the directory's own HTTPS. */
  readonly trust?: string | undefined;
  /** ms for one request; default 15 s. */
  readonly timeoutMs?: number;
}

/** Newest orders looked at when one of ours is searched for; it was made moments ago. */
const ORDERS_SEARCHED = 40;
const ORDER_PAGES = 100;

/** An ACME account (RFC 8555, RFC 9773) on acme-client's signing. Keep one per CA for as long as the process lives. */
export class AcmeCertificateAuthority implements CertificateAuthority {
  private readonly client: SignedClient;
  private readonly deactivations: Deactivations;

  constructor(
    readonly settings: CaSettings,
    options: AcmeAccountOptions,
  ) {
    const server = {
      ca: settings.name,
      directory: settings.directory,
      trust: options.trust,
      timeoutMs: options.timeoutMs ?? 15 * SECOND,
    };
    this.deactivations = new Deactivations(options.accountKey, server);
    this.client = new SignedClient(options.accountKey, {
      ...server,
      accountUrl: options.accountUrl,
      formerKey: options.formerKey,
      account: {
        termsOfServiceAgreed: true,
        ...(options.contact && { contact: [`mailto:${options.contact}`] }),
      },
      eab: { kid: settings.eab?.kid, hmacKey: options.eabHmacKey },
    });
  }

  accountUrl(): Promise<string> {
    return this.client.account();
  }

  async newOrder(names: readonly string[], { replaces }: { replaces?: string | undefined }): Promise<AcmeOrder> {
    const directory = await this.client.http.getDirectory();
    const order = {
      identifiers: names.map((value) => ({ type: "dns", value })),
      ...(offersProfile(directory, this.settings.profile) && { profile: this.settings.profile }),
    };
    if (replaces === undefined || typeof directory.renewalInfo !== "string") return this.createOrder(order);
    try {
      return await this.createOrder({ ...order, replaces });
    } catch (error) {
      if (refusesWhatIsReplaced(error)) return this.createOrder(order);
      throw error;
    }
  }

  async findOrder(names: readonly string[]): Promise<AcmeOrder | undefined> {
    const account = await this.client.account();
    const { data } = await this.client.apiRequest(account, null, [200]);
    const list = isObject(data) ? data.orders : undefined;
    if (typeof list !== "string") return undefined;
    for (const url of (await this.orderUrls(resolved(list, account))).slice(-ORDERS_SEARCHED).reverse()) {
      const answer = await this.client.getOrder(url);
      const order = parseOrder(this.settings.name, url, answer);
      const unfinished = order.status !== "valid" && order.status !== "invalid";
      if (unfinished && sameNames(orderNames(answer), names)) return order;
    }
    return undefined;
  }

  async order(url: string): Promise<AcmeOrder> {
    return parseOrder(this.settings.name, url, await this.client.getOrder(url));
  }

  async authorization(url: string): Promise<AcmeAuthorization> {
    return parseAuthorization(this.settings.name, url, await this.client.getAuthorization(url));
  }

  async accept(challengeUrl: string): Promise<void> {
    await this.client.completeChallenge(challengeUrl, {});
  }

  async deactivate(authorizationUrl: string): Promise<void> {
    await this.deactivations.ask(authorizationUrl, await this.client.account());
  }

  async finalize(order: AcmeOrder, csr: string): Promise<AcmeOrder> {
    const answer = await this.client.finalizeOrder(order.finalize, { csr: derOf(csr) });
    return parseOrder(this.settings.name, order.url, answer);
  }

  async download(order: AcmeOrder): Promise<string> {
    if (order.certificate === undefined) throw malformed(this.settings.name, "a valid order without a certificate.");
    return parseChain(this.settings.name, await this.client.apiRequest(order.certificate, null, [200]));
  }

  async revoke(leafPem: string, reason: number): Promise<void> {
    await this.client.revokeCert({ certificate: derOf(leafPem), reason });
  }

  async renewalInfo(leafPem: string): Promise<RenewalInfo | undefined> {
    const { renewalInfo } = await this.client.http.getDirectory();
    const id = ariId(leafPem);
    if (typeof renewalInfo !== "string" || id === undefined) return undefined;
    const answer = await this.client.get(`${renewalInfo.replace(/\/$/, "")}/${id}`);
    return parseRenewalInfo(this.settings.name, answer);
  }

  /** Closes the kept-alive connections. */
  close(): void {
    this.client.http.close();
    this.deactivations.close();
  }

  private async createOrder(body: object): Promise<AcmeOrder> {
    const answer = await this.client.createOrder(body);
    const { location } = answer.headers;
    if (location === undefined) throw malformed(this.settings.name, "a new order without a location.", answer.status);
    const { newOrder } = await this.client.http.getDirectory();
    const url = resolved(location, String(newOrder));
    const order = parseOrder(this.settings.name, url, answer);
    // An order that leads elsewhere is of no use later; now another CA can still be asked.
    for (const part of [order.url, order.finalize, ...order.authorizations]) this.client.http.checkHost(part);
    return order;
  }

  /** Every page of the account's orders list (RFC 8555 §7.1.2.1), as the CA sorts it. */
  private async orderUrls(list: string): Promise<string[]> {
    const urls: string[] = [];
    let page: string | undefined = list;
    for (let pages = 0; page !== undefined && pages < ORDER_PAGES; pages++) {
      const answer: HttpAnswer = await this.client.apiRequest(page, null, [200]);
      const orders = isObject(answer.data) ? answer.data.orders : undefined;
      if (!Array.isArray(orders)) break;
      const asked: string = page;
      urls.push(...orders.filter((url) => typeof url === "string").map((url) => resolved(url, asked)));
      const next: string | undefined = /<([^>]+)>;\s*rel="?next"?/.exec(String(answer.headers.link))?.[1];
      page = next && resolved(next, asked);
    }
    return urls;
  }
}

/**
 * Replaced before (409, RFC 9773 §5, whatever type the CA gives it), or of another account, or unknown to the CA: the order is
 * good without. Pebble answers 500 for one serial number in 256.
 */
function refusesWhatIsReplaced(error: unknown): boolean {
  if (!(error instanceof AcmeError)) return false;
  // Below 400 it was made, and only its answer is of no use.
  const { status = 0, type } = error.problem;
  return status === 409 || (status >= 400 && /:(malformed|unauthorized|serverInternal)$/.test(type));
}

function offersProfile(directory: Directory, profile: string | undefined): boolean {
  const { meta } = directory;
  return profile !== undefined && isObject(meta) && isObject(meta.profiles) && profile in meta.profiles;
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify([...a].sort()) === JSON.stringify([...b].sort());
}

/** base64url of what the first PEM block holds. */
function derOf(pem: string): string {
  const body = /-----BEGIN [^-]+-----([\s\S]+?)-----END/.exec(pem)?.[1] ?? "";
  return Buffer.from(body, "base64").toString("base64url");
}
