// What certfront uses of acme-client 5.4.0 (pinned exactly) beyond its own typings; test/acme/acme-client-internals.test.ts
// holds this file to the package. The public Client drops problem types and headers, takes a new nonce for every request
// and sleeps inside the call.

declare module "acme-client/src/http" {
  import type { KeyObject } from "node:crypto";

  export interface HttpAnswer {
    status: number;
    /** Names in lower case. */
    headers: Record<string, string | undefined>;
    data: unknown;
  }
  class HttpClient {
    constructor(
      directoryUrl: string,
      accountKey: KeyObject,
      externalAccountBinding?: { kid?: string | undefined; hmacKey?: string | undefined },
    );
    request(url: string, method: string, options?: { data?: unknown }): Promise<HttpAnswer>;
    getDirectory(): Promise<Record<string, unknown>>;
    getNonce(): Promise<string>;
    /** 5 unless set. */
    maxBadNonceRetries: number;
    /** Public half of the account's key. */
    getJwk(): object;
    /** A JWS by the account's key, which stands in it where there is no `kid`. */
    createSignedBody(url: string, payload: object, options?: { nonce?: string; kid?: string }): object;
    /** Signs, sends by `request`, and repeats on badNonce. */
    signedRequest(
      url: string,
      payload: object | null,
      options?: { kid?: string | null; includeExternalAccountBinding?: boolean },
    ): Promise<HttpAnswer>;
  }
  // biome-ignore lint/style/noDefaultExport: the package is made so.
  export default HttpClient;
}

declare module "acme-client/src/api" {
  import type HttpClient from "acme-client/src/http";
  import type { HttpAnswer } from "acme-client/src/http";

  class AcmeApi {
    readonly http: HttpClient;
    accountUrl: string | null;
    constructor(http: HttpClient, accountUrl?: string | null);
    apiRequest(url: string, payload: object | null, validStatusCodes: number[]): Promise<HttpAnswer>;
    createOrder(data: object): Promise<HttpAnswer>;
    getOrder(url: string): Promise<HttpAnswer>;
    finalizeOrder(url: string, data: object): Promise<HttpAnswer>;
    getAuthorization(url: string): Promise<HttpAnswer>;
    updateAuthorization(url: string, data: object): Promise<HttpAnswer>;
    completeChallenge(url: string, data: object): Promise<HttpAnswer>;
    revokeCert(data: object): Promise<HttpAnswer>;
  }
  // biome-ignore lint/style/noDefaultExport: the package is made so.
  export default AcmeApi;
}
