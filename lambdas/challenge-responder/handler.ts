import { systemClock } from "../../core/base/clock";
import { answerChallenge, type ChallengeAnswer } from "../../core/preflight/challenge";
import { isObject } from "../../core/tenant/problems";
import { DynamoStore } from "../../store/dynamo-store";
import { Environment } from "../shared/environment";
import { createLogger } from "../shared/observability";

const env = new Environment(process.env);
const store = new DynamoStore(env.required("TABLE_NAME"));
const logger = createLogger("challenge-responder", env.required("STACK"));

/** Answers a CA's challenge request that a front passed on. Reads challenges, and nothing else. */
export async function handler(event: unknown): Promise<ChallengeAnswer> {
  const { token, host, front } = isObject(event) ? event : {};
  const request = { token: String(token ?? ""), host: String(host ?? "").slice(0, 260) };
  const answer = await answerChallenge(request, store, systemClock.now());
  if (answer.status === 200) {
    logger.info("challenge answered", { host: request.host, front: String(front ?? ""), status: answer.status });
  }
  return answer;
}
