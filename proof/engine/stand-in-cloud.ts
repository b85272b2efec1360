import { generateKeyPairSync } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { assetBytes, type Properties, secret, type Value } from "../../local/engine/wire";
import { type Answers, answerInvoke, computedOutputs, physicalId, TEST_PLACE } from "../../testing/aws-answers";

/** What a test says of AWS: where it is, which zones answer, and which offer an instance type. Absent: all that the program asks. */
export interface World {
  readonly place?: typeof TEST_PLACE;
  readonly zones?: readonly string[];
  /** Zones by instance type; a type that is missing is offered nowhere. */
  readonly offers?: Readonly<Record<string, readonly string[]>>;
}

/** One thing that the engine asked a provider for. */
export interface Call {
  readonly op: "create" | "update" | "delete" | "invoke";
  readonly urn: string;
  readonly type: string;
  /** Without secrets' marks. */
  readonly inputs: Properties;
  readonly id?: string;
  /** What AWS added. */
  readonly added?: Properties;
}

/**
 * Properties whose change makes the provider replace a resource: names and places are for life at AWS. Too many here would fail a
 * test of "nothing is replaced" that AWS would pass, too few the other way round, so it says what the provider's documents say.
 */
const FOR_LIFE: readonly string[] = [
  "name",
  "namePrefix",
  "bucketPrefix",
  "dashboardName",
  "alarmName",
  "vpcId",
  "cidrBlock",
  "availabilityZone",
  "loadBalancerType",
  "internal",
  "targetType",
  "loadBalancerArn",
  "description:aws:ec2/securityGroup:SecurityGroup",
  "domain",
  "subnetId",
  "hashKey",
  "rangeKey",
  "ecdsaCurve",
  "algorithm",
  "triggers",
  "functionName",
  "input",
  "kmsKeyId:aws:ebs/volume:Volume",
  "securityGroupId",
  "key",
  "bucket",
  "topic",
  "endpoint",
  "protocol:aws:lb/targetGroup:TargetGroup",
  "port:aws:lb/targetGroup:TargetGroup",
];
/** Names that the provider changes in place. */
const NAMED_ANEW: readonly string[] = ["aws:cloudwatch/queryDefinition:QueryDefinition"];

/** The stand-in's memory: a folder, for each command of the engine starts its providers anew. */
export class StandInCloud {
  constructor(private readonly folder: string) {}

  /** Whether an old resource takes the new inputs, and which of them make it a new one. */
  diff(type: string, olds: Properties, news: Properties, unknown: string) {
    const same = (key: string) => JSON.stringify(olds[key]) === JSON.stringify(news[key]);
    const changed = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter((key) => !same(key));
    const forLife = (key: string) =>
      (FOR_LIFE.includes(key) && !NAMED_ANEW.includes(type)) || FOR_LIFE.includes(`${key}:${type}`);
    // An unknown value may turn out the same: the provider does not plan a replacement for it… unless it is for life.
    return { changed, replaces: changed.filter((key) => forLife(key) && news[key] !== unknown) };
  }

  create(urn: string, type: string, name: string, inputs: Properties): { id: string; added: Properties } {
    const added = this.added(type, name, inputs);
    const id = physicalId(type, name, inputs, this.world().place ?? TEST_PLACE);
    if (type.startsWith("aws:s3/bucketObject")) this.keepObject(inputs);
    this.note({ op: "create", urn, type, inputs, id, added });
    return { id, added };
  }

  update(urn: string, type: string, inputs: Properties, added: Properties): void {
    if (type.startsWith("aws:s3/bucketObject")) this.keepObject(inputs);
    this.note({ op: "update", urn, type, inputs, added });
  }

  delete(urn: string): void {
    this.note({ op: "delete", urn, type: "", inputs: {} });
  }

  /** What AWS knows of a resource beside its inputs; what was made once stays. */
  added(type: string, name: string, inputs: Properties, olds: Properties = {}): Properties {
    if (type === "tls:index/privateKey:PrivateKey") {
      return (olds.privateKeyPem === undefined ? newKey() : keysOf(olds)) as Properties;
    }
    return computedOutputs(type, name, inputs, this.world().place ?? TEST_PLACE) as Properties;
  }

  invoke(token: string, inputs: Properties): Properties {
    this.note({ op: "invoke", urn: "", type: token, inputs });
    const { zones, offers, place = TEST_PLACE } = this.world();
    if (zones && token === "aws:index/getAvailabilityZones:getAvailabilityZones") return { names: [...zones], id: "" };
    if (offers && token === "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings") {
      return offered(inputs as Answers, offers);
    }
    return answerInvoke(token, inputs, place) as Properties;
  }

  private world(): World {
    const file = path.join(this.folder, "world.json");
    return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as World) : {};
  }

  private note(call: Call): void {
    fs.appendFileSync(path.join(this.folder, "calls.jsonl"), `${JSON.stringify(call)}\n`);
  }

  private keepObject({ bucket, key, source, content }: Properties): void {
    const file = path.join(this.folder, "buckets", String(bucket), String(key));
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, typeof content === "string" ? content : assetBytes("/", source as Value));
  }
}

/** `getInstanceTypeOfferings` by zone: the pairs that pass the filter on types. */
function offered(inputs: Answers, offers: Readonly<Record<string, readonly string[]>>): Properties {
  const [filter] = inputs.filters as { values: string[] }[];
  const pairs = (filter?.values ?? []).flatMap((type) => (offers[type] ?? []).map((zone) => ({ type, zone })));
  return { instanceTypes: pairs.map(({ type }) => type), locations: pairs.map(({ zone }) => zone), id: "" };
}

const PRIVATE = ["privateKeyPem", "privateKeyPemPkcs8", "publicKeyPem"] as const;

/** The provider marks private keys secret; the engine encrypts what is marked. */
function newKey(): Answers {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return keysOf({
    privateKeyPem: String(privateKey.export({ type: "sec1", format: "pem" })),
    privateKeyPemPkcs8: String(privateKey.export({ type: "pkcs8", format: "pem" })),
    publicKeyPem: String(publicKey.export({ type: "spki", format: "pem" })),
  });
}

function keysOf(keys: Properties): Answers {
  return Object.fromEntries(
    PRIVATE.map((name) => [name, name === "publicKeyPem" ? keys[name] : secret(keys[name] ?? "")]),
  );
}
