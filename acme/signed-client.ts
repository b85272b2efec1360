import { createPrivateKey } from "node:crypto";
import AcmeApi from "acme-client/src/api";
import HttpClient, { type HttpAnswer } from "acme-client/src/http";
import { HOUR } from "../core/base/clock";
import { AcmeError } from "../core/ca/certificate-authority";
import { resolved } from "./answers";
import { Nonces } from "./nonces";
import { isObject, malformed, parseRetryAfter, refusal } from "./problems";
import { Transport, type TransportOptions } from "./transport";

export type Directory = Readonly<Record<string, unknown>>;

const BAD_NONCE = "urn:ietf:params:acme:error:badNonce";
/** Repetitions of a request whose nonce was refused. Each has a fresh one, and giving up costs the tenant a turn. */
const BAD_NONCE_RETRIES = 10;
const ACCOUNT_GONE = "urn:ietf:params:acme:error:accountDoesNotExist";
const NEEDED = ["newNonce", "newAccount", "newOrder", "revokeCert"];

/** acme-client's JWS signing and badNonce repetition, over our own transport and nonces. */
class PooledHttpClient extends HttpClient {
  private readonly transport: Transport;
  private readonly nonces: Nonces;
  private directory: { readonly answer: Promise<Directory>; readonly since: number } | undefined;

  constructor(
    accountKey: string,
    /** `eab`: bound is only where there are both. */
    readonly options: TransportOptions & {
      readonly eab?: { readonly kid: string | undefined; readonly hmacKey: string | undefined };
    },
  ) {
    // As a KeyObject the key is parsed once, not for every signature.
    super(options.directory, createPrivateKey(accountKey), options.eab);
    this.maxBadNonceRetries = BAD_NONCE_RETRIES;
    this.transport = new Transport(options);
    this.nonces = new Nonces(() => this.newNonce());
  }

  override async request(url: string, method: string, { data }: { data?: unknown } = {}): Promise<HttpAnswer> {
    const answer = await this.transport.send(url, method, JSON.stringify(data));
    const nonce = answer.headers["replay-nonce"];
    // acme-client itself uses the nonce of a badNonce answer, for the repetition; newNonce's is handed over by its caller.
    const taken = method === "head" || (isObject(answer.data) && answer.data.type === BAD_NONCE);
    if (nonce !== undefined && !taken) this.nonces.give(nonce);
    return answer;
  }

  override getNonce(): Promise<string> {
    return this.nonces.take();
  }

  override getDirectory(): Promise<Directory> {
    if (!this.directory || Date.now() - this.directory.since > HOUR) {
      const answer = this.fetchDirectory();
      this.directory = { answer, since: Date.now() };
      answer.catch(() => {
        this.directory = undefined;
      });
    }
    return this.directory.answer;
  }

  /** @throws AcmeError where the URL is on another host than the directory's; every request checks this anyway */
  checkHost(url: string): void {
    this.transport.checkHost(url);
  }

  close(): void {
    this.transport.close();
  }

  private async fetchDirectory(): Promise<Directory> {
    const answer = await this.request(this.options.directory, "get");
    if (answer.status >= 400) throw refused(this.options.ca, answer);
    const directory = answer.data;
    if (answer.status !== 200 || !isObject(directory) || NEEDED.some((name) => typeof directory[name] !== "string")) {
      throw malformed(this.options.ca, `${this.options.directory} is no ACME directory.`, answer.status);
    }
    const entries = Object.entries(directory).map(([name, url]) => [
      name,
      typeof url === "string" ? resolved(url, this.options.directory) : url,
    ]);
    return Object.fromEntries(entries);
  }

  private async newNonce(): Promise<string> {
    const { newNonce } = await this.getDirectory();
    const answer = await this.request(String(newNonce), "head");
    const nonce = answer.headers["replay-nonce"];
    if (nonce !== undefined) return nonce;
    throw answer.status >= 400
      ? refused(this.options.ca, answer)
      : malformed(this.options.ca, "newNonce has no nonce.");
  }
}

/** acme-client's calls with refusals as AcmeError: type, detail, subproblems and Retry-After kept. */
export class SignedClient extends AcmeApi {
  declare readonly http: PooledHttpClient;
  private creating: Promise<string> | undefined;

  constructor(
    accountKey: string,
    private readonly options: PooledHttpClient["options"] & {
      /** Fields of newAccount. */
      readonly account: object;
      readonly accountUrl?: string | undefined;
      /** PEM of the key that this one replaces: its account is taken over. */
      readonly formerKey?: string | undefined;
    },
  ) {
    super(new PooledHttpClient(accountKey, options), options.accountUrl ?? null);
  }

  /** Creates the account when it is not known; the CA answers with the existing one of this key, if there is one. */
  account(): Promise<string> {
    if (this.accountUrl !== null) return Promise.resolve(this.accountUrl);
    this.creating ??= this.create().finally(() => {
      this.creating = undefined;
    });
    return this.creating;
  }

  /** As the account, in whose name all calls of acme-client are made. */
  override async apiRequest(url: string, payload: object | null, expected: number[]): Promise<HttpAnswer> {
    const kid = await this.account();
    try {
      return await this.send(url, payload, expected, { kid });
    } catch (error) {
      if (!(error instanceof AcmeError) || error.problem.type !== ACCOUNT_GONE) throw error;
      // The CA lost the account, or the URL that was remembered belongs to another key.
      if (this.accountUrl === kid) this.accountUrl = null;
      return this.send(url, payload, expected, { kid: await this.account() });
    }
  }

  /** GET without a signature. */
  async get(url: string): Promise<HttpAnswer> {
    const answer = await this.http.request(url, "get");
    if (answer.status !== 200) throw refused(this.options.ca, answer);
    return answer;
  }

  private async send(
    url: string,
    payload: object | null,
    expected: number[],
    options: { kid: string | null; includeExternalAccountBinding?: boolean },
  ): Promise<HttpAnswer> {
    const answer = await this.http.signedRequest(url, payload, options);
    if (!expected.includes(answer.status)) throw refused(this.options.ca, answer);
    return answer;
  }

  private async create(): Promise<string> {
    this.accountUrl = (await this.takenOver()) ?? (await this.createOwn());
    return this.accountUrl;
  }

  /**
   * The former key's account, from now on with this one (RFC 8555 §7.3.5): what the CA allows it, and what tenants' CAA records say of
   * it, stays. undefined where there is none: another process was first, or the CA knows no such thing.
   */
  private async takenOver(): Promise<string | undefined> {
    const { formerKey, ...options } = this.options;
    const { keyChange } = await this.http.getDirectory();
    if (formerKey === undefined || typeof keyChange !== "string") return undefined;
    const account = { ...options.account, onlyReturnExisting: true };
    const former = new SignedClient(formerKey, { ...options, account, accountUrl: undefined });
    try {
      const url = await former.account();
      const consent = this.http.createSignedBody(keyChange, { account: url, oldKey: former.http.getJwk() });
      await former.send(keyChange, consent, [200], { kid: url });
      return url;
    } catch (error) {
      if (error instanceof AcmeError && error.problem.type === ACCOUNT_GONE) return undefined;
      throw error;
    } finally {
      former.http.close();
    }
  }

  private async createOwn(): Promise<string> {
    const { newAccount } = await this.http.getDirectory();
    const { account: fields } = this.options;
    // Not acme-client's own newAccount: that keeps the URL as the CA tells it, relative or of another host.
    const answer = await this.send(String(newAccount), { ...fields }, [200, 201], {
      kid: null,
      includeExternalAccountBinding: !("onlyReturnExisting" in fields),
    });
    const url = answer.headers.location;
    if (url === undefined) throw malformed(this.options.ca, "newAccount has no location.", answer.status);
    const account = resolved(url, String(newAccount));
    // It is remembered for good.
    this.http.checkHost(account);
    return account;
  }
}

function refused(ca: string, answer: HttpAnswer) {
  return refusal(ca, answer, parseRetryAfter(answer.headers["retry-after"], Date.now()));
}
