import { CertfrontError } from "../../../core/base/errors";
import { ACCOUNT } from "../../aws/account";
import type { Properties } from "../wire";

/** As many as a network that exists may have subnets. */
const ZONES = ["a", "b", "c", "d", "e"];

/** Answers what the program asks the provider, as an ordinary account in this region would. */
export function lookup(region: string): (token: string, args: Properties) => Promise<Properties> {
  const zones = ZONES.map((zone) => `${region}${zone}`);
  const subnets = new Set<string>();
  const answers: Readonly<Record<string, (args: Properties) => Properties>> = {
    "aws:index/getRegion:getRegion": () => ({ id: region, name: region, region }),
    "aws:index/getPartition:getPartition": () => ({ id: "aws", partition: "aws", dnsSuffix: "amazonaws.com" }),
    "aws:index/getCallerIdentity:getCallerIdentity": () => ({ id: ACCOUNT, accountId: ACCOUNT }),
    "aws:index/getAvailabilityZones:getAvailabilityZones": () => ({ id: region, names: zones, zoneIds: zones }),
    "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": (args) => offerings(args, zones),
    // One machine is one network: every subnet that the configuration names lies in a zone of its own.
    "aws:ec2/getSubnet:getSubnet": ({ id = "" }) => {
      subnets.add(String(id));
      return { id, availabilityZone: zones[[...subnets].indexOf(String(id))] ?? "" };
    },
    "aws:ec2/getAmi:getAmi": () => ({ id: "ami-local", architecture: "arm64", rootDeviceName: "/dev/xvda" }),
  };
  return async (token, args) => {
    const answer = answers[token];
    if (answer === undefined) {
      throw new CertfrontError(`The program asks ${token}, which the local stack cannot answer.`, {
        code: "LOCAL_RESOURCE",
        advice: "Add the answer to local/engine/realise/lookups.ts.",
      });
    }
    return answer(args);
  };
}

/** Every type that was asked for, in every zone. */
function offerings(args: Properties, zones: readonly string[]): Properties {
  const filters = (Array.isArray(args.filters) ? args.filters : []) as unknown as readonly {
    name: string;
    values: string[];
  }[];
  const types = filters.find((filter) => filter.name === "instance-type")?.values ?? ["t4g.small"];
  const pairs = types.flatMap((type) => zones.map((zone) => ({ type, zone })));
  return {
    id: zones[0] ?? "",
    instanceTypes: pairs.map(({ type }) => type),
    locations: pairs.map(({ zone }) => zone),
    locationTypes: pairs.map(() => "availability-zone"),
  };
}
