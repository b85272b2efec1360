import { runSimulation } from "@cloud-copilot/iam-simulate";
import { ACCOUNT, roleArn } from "./account";
import { forSimulator } from "./encryption-context";
import { AwsError } from "./error";

/** Condition keys of a request that the program's policies may look at. */
export type RequestContext = Readonly<Record<string, string | string[]>>;

/** One kind of call that was really made, for replaying against the policies. */
export interface RecordedCall {
  readonly role: string;
  readonly action: string;
  readonly resource: string;
  readonly context: RequestContext;
  readonly allowed: boolean;
}

interface Policy {
  readonly name: string;
  readonly document: unknown;
}

/** More distinct requests than this, and the cache of decisions starts afresh. */
const CACHE_LIMIT = 20_000;

/**
 * Decides every call of the local AWS API by the policies of the program, as IAM would: those of the caller's role, and
 * those of keys and buckets. One account, no service control policies.
 */
export class Iam {
  private readonly policies = new Map<string, Policy[]>();
  private readonly resourcePolicies = new Map<string, unknown>();
  private readonly decisions = new Map<string, Promise<boolean>>();
  private readonly recorded = new Map<string, RecordedCall>();

  /** Called with the first denial of each kind. */
  constructor(private readonly onDenied: (message: string) => void = () => {}) {}

  createRole(role: string): void {
    if (!this.policies.has(role)) this.policies.set(role, []);
  }

  /** Adds a policy, or replaces the one of that name. */
  attach(role: string, name: string, document: unknown): void {
    const others = (this.policies.get(role) ?? []).filter((policy) => policy.name !== name);
    this.policies.set(role, [
      ...others,
      { name, document: typeof document === "string" ? JSON.parse(document) : document },
    ]);
    this.decisions.clear();
  }

  /** The policy of a resource and all below it: a KMS key's, which must allow what identities may do, or a bucket's. */
  attachToResource(resource: string, document: unknown): void {
    this.resourcePolicies.set(resource, typeof document === "string" ? JSON.parse(document) : document);
    this.decisions.clear();
  }

  /** Every distinct call made so far. */
  calls(): RecordedCall[] {
    return [...this.recorded.values()];
  }

  /** Throws AccessDeniedException naming action, resource and role unless a policy of the role allows the call. */
  async authorize(role: string, action: string, resource: string, context: RequestContext = {}): Promise<void> {
    const key = JSON.stringify([role, action, resource, context]);
    let decision = this.decisions.get(key);
    if (decision === undefined) {
      if (this.decisions.size >= CACHE_LIMIT) this.decisions.clear();
      decision = this.simulate(role, action, resource, context);
      this.decisions.set(key, decision);
    }
    const allowed = await decision;
    this.record({ role, action, resource, context, allowed });
    if (allowed) return;
    throw new AwsError("AccessDeniedException", denial(role, action, resource), 403);
  }

  private async simulate(role: string, action: string, resource: string, context: RequestContext): Promise<boolean> {
    const policies = this.policies.get(role);
    if (policies === undefined)
      throw new AwsError("UnrecognizedClientException", `There is no role ${role} in the program.`, 403);
    const resourcePolicy =
      this.resourcePolicies.get(resource) ?? this.resourcePolicies.get(resource.replace(/\/.*/, ""));
    const result = await runSimulation(
      {
        request: {
          principal: roleArn(role),
          action,
          resource: { resource, accountId: ACCOUNT },
          contextVariables: { ...forSimulator(context), "aws:SecureTransport": "true" },
        },
        ...(resourcePolicy === undefined ? {} : { resourcePolicy: forSimulator(resourcePolicy) }),
        identityPolicies: policies.map(({ name, document }) => ({ name, policy: forSimulator(document) })),
        serviceControlPolicies: [],
        resourceControlPolicies: [],
      },
      {},
    );
    if (result.resultType === "error") {
      throw new AwsError(
        "ValidationException",
        `IAM cannot judge ${action} on ${resource} by ${role}: ${JSON.stringify(result.errors)}`,
      );
    }
    const allowed = result.overallResult === "Allowed";
    if (!allowed) this.onDenied(denial(role, action, resource));
    return allowed;
  }

  /** One line per kind: a leading key counts by its prefix, so that the record does not grow with tenants. */
  private record(call: RecordedCall): void {
    const context = Object.fromEntries(
      Object.entries(call.context).map(([key, value]) => [
        key,
        [value]
          .flat()
          .map((one) => one.replace(/#.*/, "#…"))
          .join(),
      ]),
    );
    const key = JSON.stringify([call.role, call.action, call.resource, context, call.allowed]);
    if (!this.recorded.has(key)) this.recorded.set(key, call);
  }
}

function denial(role: string, action: string, resource: string): string {
  return `User: ${roleArn(role)} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;
}
