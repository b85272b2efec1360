import type { TenantFrontArgs } from "../infra/config/args";
import { TenantFront } from "../infra/tenant-front";
import { TEST_PLACE } from "./aws-answers";
import { type Deployment, type Graph, graphOf, standInBundles, TEST_STACK } from "./graph";

const bundles = standInBundles();

/** The stack that graph tests look at: two CAs, one with a binding, a mail address, everything else as it comes. */
export const TEST_ARGS: TenantFrontArgs = {
  tenants: ["example.org", { domain: "data.paris.example.net", aliases: ["www.data.paris.example.net"] }],
  cas: [
    { name: "letsencrypt", directory: "https://acme.example/le", caaIdentities: ["letsencrypt.org"] },
    {
      name: "zerossl",
      directory: "https://acme.example/zero",
      caaIdentities: ["sectigo.com"],
      eab: { kid: "kid-1", hmacKey: "binding-hmac-secret" },
    },
  ],
  contact: "ops@example.org",
  defaultUpstream: "http://app.example.org:8080",
  fronts: { min: 2, max: 4 },
  alarms: { email: "ops@example.org" },
  logRetentionDays: 30,
  protect: true,
  tags: { team: "web" },
  bundles,
};

export function tenantFrontGraph(
  changes: Partial<TenantFrontArgs> = {},
  name = TEST_STACK,
  place = TEST_PLACE,
  deployment: Deployment = {},
): Promise<Graph> {
  return graphOf(
    () => {
      const front = new TenantFront(name, { ...TEST_ARGS, ...changes });
      return {
        addresses: front.addresses,
        cnameTarget: front.cnameTarget,
        cas: front.cas,
        topic: front.alarmTopic,
        console: front.consoleUrl,
      };
    },
    place,
    deployment,
  );
}
