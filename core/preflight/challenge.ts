import type { Store } from "../record/store";

/** What a front sends on for a request of the challenge path. All of it comes from strangers. */
export interface ChallengeRequest {
  readonly token: string;
  /** The request's Host header. */
  readonly host: string;
}

export type ChallengeAnswer = { readonly status: 200; readonly body: string } | { readonly status: 404 };

const NOT_FOUND: ChallengeAnswer = { status: 404 };
/** RFC 8555 §8.3: base64url alphabet. No CA's token comes near this length. */
const TOKEN = /^[A-Za-z0-9_-]{8,256}$/;

/** The key authorization for a token that was ordered for this very host (RFC 8555 §8.3). */
export async function answerChallenge(
  { token, host }: ChallengeRequest,
  store: Pick<Store, "challenge">,
  now: number,
): Promise<ChallengeAnswer> {
  if (!TOKEN.test(token)) return NOT_FOUND;
  const item = await store.challenge(token, now);
  if (!item || item.name !== nameOf(host)) return NOT_FOUND;
  return { status: 200, body: item.keyAuthorization };
}

function nameOf(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, "").replace(/\.$/, "");
}
