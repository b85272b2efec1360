import { createPublicKey, randomBytes } from "node:crypto";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { element, elements, pem } from "../core/base/der";
import { ariId } from "../core/certificate/ari-id";
import { createThrowawayCa, type IssueOptions, type ThrowawayCa } from "../local/process/parts/throwaway-ca";

export type Resource =
  | "directory"
  | "newNonce"
  | "newAccount"
  | "newOrder"
  | "order"
  | "authorization"
  | "challenge"
  | "finalize"
  | "certificate"
  | "renewalInfo"
  | "revokeCert";

/** What the fake CA says instead of what it should. */
export interface Fault {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; a string is sent as it is, with the JSON type all the same. */
  readonly body?: unknown;
  /** Changes the right answer instead of replacing it. */
  readonly change?: (answer: Record<string, unknown>) => unknown;
  /** `hang`: no answer at all; `reset`: the connection is cut. */
  readonly connection?: "hang" | "reset";
  /** Answers spoiled; default: one. */
  readonly times?: number;
}

interface FakeOrder {
  readonly id: string;
  readonly names: readonly string[];
  readonly replaces?: string;
  readonly profile?: string;
  status: string;
  certificate?: string;
  problem?: object;
}

/**
 * An ACME CA for what Pebble cannot be made to do. It believes every challenge and every signature: only Pebble proves those.
 * Nonces it does check.
 */
export class FakeCa {
  readonly directory: string;
  readonly trust: string;
  readonly orders: FakeOrder[] = [];
  /** `METHOD resource` of every request, in order. */
  readonly requests: string[] = [];
  /** Payloads by resource, newest last. */
  readonly payloads: { resource: Resource; payload: Record<string, unknown> }[] = [];
  /** How certificates are made; tests of wrong chains change it. */
  issueOptions: (names: readonly string[]) => IssueOptions = () => ({});
  connections = 0;

  private readonly issuer: ThrowawayCa = createThrowawayCa("Fake issuing CA");
  private readonly nonces = new Set<string>();
  private readonly faults = new Map<Resource, (Fault & { left: number })[]>();

  private constructor(
    private readonly server: https.Server,
    trust: string,
  ) {
    this.trust = trust;
    this.directory = `https://localhost:${(server.address() as AddressInfo).port}/directory`;
  }

  static async start(): Promise<FakeCa> {
    const listener = createThrowawayCa("Fake CA's listener");
    const { certificate, key } = listener.issue(["localhost", "127.0.0.1"]);
    const server = https.createServer({ cert: certificate, key });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const ca = new FakeCa(server, listener.certificate);
    server.on("secureConnection", () => ca.connections++);
    server.on("request", (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () =>
        ca.answer(request.method ?? "", request.url ?? "", Buffer.concat(chunks).toString(), response),
      );
    });
    return ca;
  }

  /** The next answers of a resource are spoiled so, one fault after the other. */
  fail(resource: Resource, fault: Fault): void {
    this.faults.set(resource, [...(this.faults.get(resource) ?? []), { ...fault, left: fault.times ?? 1 }]);
  }

  /** A problem document, as `fail` takes it. */
  static problem(type: string, detail: string, status: number, more: object = {}): Fault {
    return { status, body: { type: `urn:ietf:params:acme:error:${type}`, detail, status, ...more } };
  }

  get origin(): string {
    return new URL(this.directory).origin;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(method: string, path: string, body: string, response: import("node:http").ServerResponse): void {
    const [, route = "", id = ""] = path.split("/");
    const resource = (route === "nonce" ? "newNonce" : route) as Resource;
    this.requests.push(`${method} ${resource}`);
    const fault = this.nextFault(resource);
    if (fault?.connection === "hang") return;
    if (fault?.connection === "reset") {
      response.destroy();
      return;
    }
    const jws = body === "" ? undefined : JSON.parse(body);
    const header = jws && JSON.parse(Buffer.from(jws.protected, "base64url").toString());
    const payload = jws?.payload ? JSON.parse(Buffer.from(jws.payload, "base64url").toString()) : {};
    if (jws) this.payloads.push({ resource, payload });
    const goodNonce = header === undefined || this.nonces.delete(header.nonce);
    // A refusal has no effect: an order that was refused does not exist.
    const replaced = fault !== undefined && fault.change === undefined && (fault.status ?? 200) >= 400;
    const right = !goodNonce
      ? { status: 400, body: { type: "urn:ietf:params:acme:error:badNonce", detail: "bad nonce" } }
      : replaced
        ? { status: 500, body: {} }
        : this.respond(resource, id, payload);

    const nonce = randomBytes(12).toString("base64url");
    this.nonces.add(nonce);
    const content = fault?.change ? fault.change(right.body as Record<string, unknown>) : (fault?.body ?? right.body);
    response.writeHead(fault?.status ?? right.status, {
      "content-type": resource === "certificate" && !fault ? "application/pem-certificate-chain" : "application/json",
      "replay-nonce": nonce,
      ...("location" in right && { location: right.location }),
      ...fault?.headers,
    });
    response.end(method === "HEAD" ? undefined : typeof content === "string" ? content : JSON.stringify(content));
  }

  private nextFault(resource: Resource): Fault | undefined {
    const [fault, ...later] = this.faults.get(resource) ?? [];
    if (fault && --fault.left <= 0) this.faults.set(resource, later);
    return fault;
  }

  private respond(
    resource: Resource,
    id: string,
    payload: Record<string, unknown>,
  ): { status: number; body: unknown; location?: string } {
    const at = (route: string) => `${this.origin}/${route}`;
    switch (resource) {
      case "directory":
        return { status: 200, body: this.directoryBody() };
      case "newNonce":
        return { status: 200, body: "" };
      case "newAccount":
        return { status: 201, body: { status: "valid" }, location: at("account/1") };
      case "newOrder": {
        const names = (payload.identifiers as { value: string }[]).map(({ value }) => value);
        const { replaces, profile } = payload as { replaces?: string; profile?: string };
        const order: FakeOrder = {
          id: String(this.orders.length),
          names,
          status: "pending",
          ...(replaces !== undefined && { replaces }),
          ...(profile !== undefined && { profile }),
        };
        this.orders.push(order);
        return { status: 201, body: this.orderBody(order), location: at(`order/${order.id}`) };
      }
      case "revokeCert":
        return { status: 200, body: "" };
      case "renewalInfo":
        return {
          status: 200,
          body: { suggestedWindow: { start: "2026-12-01T00:00:00Z", end: "2026-12-03T00:00:00Z" } },
        };
    }
    const order = this.orders[Number(id.split(".")[0])];
    if (!order) return { status: 404, body: { type: "urn:ietf:params:acme:error:malformed", detail: "no such thing" } };
    if (resource === "authorization" && payload.status === "deactivated")
      return { status: 200, body: { ...this.authorizationBody(order), status: "deactivated" } };
    if (resource === "challenge" && order.status === "pending") order.status = "ready";
    if (resource === "finalize") this.finalize(order, String(payload.csr));
    if (resource === "certificate") return { status: 200, body: order.certificate ?? "" };
    return { status: 200, body: resource === "authorization" ? this.authorizationBody(order) : this.orderBody(order) };
  }

  private directoryBody(): object {
    const at = (route: string) => `${this.origin}/${route}`;
    return {
      newNonce: at("nonce"),
      newAccount: at("newAccount"),
      newOrder: at("newOrder"),
      revokeCert: at("revokeCert"),
      renewalInfo: at("renewalInfo"),
      meta: { profiles: { classic: "90 days" } },
    };
  }

  private orderBody({ id, names, status, certificate }: FakeOrder): object {
    return {
      status,
      identifiers: names.map((value) => ({ type: "dns", value })),
      authorizations: [`${this.origin}/authorization/${id}`],
      finalize: `${this.origin}/finalize/${id}`,
      ...(certificate !== undefined && { certificate: `${this.origin}/certificate/${id}` }),
    };
  }

  private authorizationBody({ id, names, status }: FakeOrder): object {
    const valid = status === "pending" ? "pending" : "valid";
    return {
      status: valid,
      identifier: { type: "dns", value: names[0] },
      challenges: [
        { type: "dns-01", url: `${this.origin}/challenge/${id}`, token: "x".repeat(43), status: valid },
        {
          type: "http-01",
          url: `${this.origin}/challenge/${id}`,
          token: `fake-ca-token-${id}-`.padEnd(43, "x"),
          status: valid,
        },
      ],
    };
  }

  private finalize(order: FakeOrder, csr: string): void {
    const options = this.issueOptions(order.names);
    const { certificate } = this.issuer.issue(order.names, { publicKey: publicKeyOf(csr), ...options });
    order.certificate = `${certificate}${this.issuer.certificate}`;
    order.status = "valid";
  }

  /** ARI ids of the certificates issued. */
  get ariIds(): (string | undefined)[] {
    return this.orders.map(({ certificate }) => (certificate === undefined ? undefined : ariId(certificate)));
  }
}

/** The SPKI of a CSR (base64url DER) as PEM. */
function publicKeyOf(csr: string): string {
  const [request] = elements(Buffer.from(csr, "base64url"));
  const [info] = elements(request?.content ?? Buffer.alloc(0));
  const [, , spki] = elements(info?.content ?? Buffer.alloc(0));
  const key = pem("PUBLIC KEY", element(0x30, spki?.content ?? Buffer.alloc(0)));
  createPublicKey(key);
  return key;
}
