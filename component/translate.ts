import * as pulumi from "@pulumi/pulumi";
import { ConfigError } from "../core/base/errors";
import { ProblemList } from "../core/tenant/problems";
import type { TenantFrontArgs as LibraryArgs } from "../infra/config/args";
import type { CaEntry } from "../infra/config/ca-list";
import { readConfig } from "../infra/config/config";
import type { CaDefinition, TenantFrontArgs } from "./args";

/**
 * The component's arguments as the library takes them. All that is a key of the configuration goes through the same checks as there.
 * @throws ConfigError with every problem, each at its argument
 */
export function libraryArgs(args: TenantFrontArgs): LibraryArgs {
  const { tenants, cas, tags, vpcId, subnetIds, alarmTopicArn, pageTopicArn, cnameZoneId, defaultUpstream, ...plain } =
    args;
  requireKnown({ tenants, ...plain });
  const {
    tenants: _,
    cas: defaultCas,
    alarms,
    ...settings
  } = readConfig({
    values: Object.fromEntries(Object.entries(plain).map(([key, value]) => [key, textOf(value)])),
    secretKeys: [],
    readFile: () => "",
  });
  const page = pageTopicArn === undefined ? alarms?.page : { topicArn: pageTopicArn };
  return {
    ...settings,
    // What a TypeScript program says in one field is two here.
    tenants: tenants.map(({ redirectExcept, ...tenant }) => ({
      ...tenant,
      ...(redirectExcept === undefined ? {} : { http: { redirectExcept } }),
    })) as LibraryArgs["tenants"],
    cas: cas?.map(caEntry) ?? defaultCas,
    alarms: { ...alarms, ...given("topicArn", alarmTopicArn), ...given("page", page) },
    ...given("tags", tags),
    ...given("defaultUpstream", defaultUpstream),
    ...(settings.cname ? { cname: { ...settings.cname, ...given("zoneId", cnameZoneId) } } : {}),
    ...(vpcId === undefined ? {} : { network: { vpcId, subnetIds: subnetIds ?? [] } }),
  };
}

function caEntry({ eabKid, eabHmacKey, ...ca }: CaDefinition): CaEntry {
  return eabKid === undefined || eabHmacKey === undefined ? ca : { ...ca, eab: { kid: eabKid, hmacKey: eabHmacKey } };
}

/** A list of tenants decides what is valid, so it cannot wait for a resource. */
function requireKnown(values: Readonly<Record<string, unknown>>): void {
  const problems = new ProblemList();
  for (const [key, value] of Object.entries(values)) {
    if (holdsOutput(value)) problems.add(key, "comes from another resource; it must be known when the program runs");
  }
  if (problems.all.length > 0) throw new ConfigError(problems.all);
}

function holdsOutput(value: unknown): boolean {
  if (pulumi.Output.isInstance(value)) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsOutput);
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function given<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: Value };
}
