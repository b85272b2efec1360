import { readFrontUserData } from "../../front/cloud-init";
import { haproxyConfig } from "../../front/haproxy-config";
import type { Graph } from "../../testing/graph";
import { tenantFrontGraph } from "../../testing/tenant-front";

let graph: Graph;

beforeAll(async () => {
  graph = await tenantFrontGraph();
});

const inputs = (ending: string) => graph.named(ending).inputs;
const id = (ending: string) => graph.named(ending).id;
const arn = (ending: string) => graph.named(ending).state.arn;

describe("the network", () => {
  test("is new: two public subnets in two zones, each with a route to the Internet and none through a NAT gateway", () => {
    expect(inputs("public-a")).toMatchObject({
      cidrBlock: "10.83.0.0/20",
      availabilityZone: "eu-west-1a",
      vpcId: id("network-vpc"),
    });
    expect(inputs("public-b")).toMatchObject({
      cidrBlock: "10.83.16.0/20",
      availabilityZone: "eu-west-1b",
      vpcId: id("network-vpc"),
    });
    expect(inputs("network-routes").routes).toEqual([{ cidrBlock: "0.0.0.0/0", gatewayId: id("network-gateway") }]);
    for (const subnet of ["public-a", "public-b"]) {
      expect(inputs(`${subnet}-routes`)).toEqual({ subnetId: id(subnet), routeTableId: id("network-routes") });
    }
    expect(graph.ofType("aws:ec2/natGateway:NatGateway")).toEqual([]);
  });

  test("reaches table and bucket through gateway endpoints", () => {
    for (const service of ["dynamodb", "s3"]) {
      expect(inputs(`network-${service}`)).toMatchObject({
        serviceName: `com.amazonaws.eu-west-1.${service}`,
        vpcEndpointType: "Gateway",
        routeTableIds: [id("network-routes")],
      });
    }
  });

  test("may be one that exists: then nothing of it is made, and each subnet gets an address", async () => {
    const existing = await tenantFrontGraph({
      network: { vpcId: "vpc-1", subnetIds: ["subnet-1", "subnet-2", "subnet-3"] },
    });
    expect(existing.nodes.filter(({ type }) => /ec2\/(vpc|subnet|route|internet)/.test(type))).toEqual([]);
    expect(existing.named("lb-nlb").inputs.subnetMappings).toEqual(
      [1, 2, 3].map((at) => ({ subnetId: `subnet-${at}`, allocationId: existing.named(`lb-address-${at}`).id })),
    );
    expect(existing.named("fronts-group").inputs.vpcZoneIdentifiers).toEqual(["subnet-1", "subnet-2", "subnet-3"]);
    expect(existing.named("lb-http").inputs.vpcId).toBe("vpc-1");
  });
});

describe("the name that tenants point at", () => {
  test("is the load balancer's own, unless the operator has one that outlives it; Route 53 may hold its record", async () => {
    const names = (of: Graph) => [of.outputs.cnameTarget, variables(of, "issuer"), variables(of, "monitor")];
    const variables = (of: Graph, which: string) => {
      const { environment } = of.named(`${which}-function`).inputs as {
        environment: { variables: { CNAME_TARGET: string } };
      };
      return environment.variables.CNAME_TARGET;
    };
    expect(new Set(names(graph))).toEqual(new Set([graph.named("lb-nlb").state.dnsName]));
    const cname = { name: "edge.example.com", zoneId: "Z0123456789" };
    const own = await tenantFrontGraph({ cname });
    expect(new Set(names(own))).toEqual(new Set(["edge.example.com"]));
    expect(own.named("cname-target").inputs).toEqual({
      zoneId: "Z0123456789",
      name: "edge.example.com",
      type: "A",
      aliases: [{ name: own.named("lb-nlb").state.dnsName, zoneId: "ZELB", evaluateTargetHealth: true }],
    });
    expect(
      (await tenantFrontGraph({ cname: { name: "edge.example.com" } })).ofType("aws:route53/record:Record"),
    ).toEqual([]);
  });
});

describe("the load balancer", () => {
  test("is a network load balancer on static addresses, over all zones", () => {
    expect(inputs("lb-nlb")).toMatchObject({
      loadBalancerType: "network",
      internal: false,
      enableCrossZoneLoadBalancing: true,
      enableDeletionProtection: true,
      securityGroups: [id("firewall-load-balancer")],
      subnetMappings: [
        { subnetId: id("public-a"), allocationId: id("address-1") },
        { subnetId: id("public-b"), allocationId: id("address-2") },
      ],
    });
    expect(graph.named("lb-nlb").deleteBeforeReplace).toBe(true);
    // AWS refuses a public load balancer in a network that has no Internet gateway yet.
    expect(graph.named("lb-nlb").dependencies).toContain(graph.named("network-gateway").urn);
  });

  test.each([
    ["http", 80],
    ["https", 443],
  ])("passes %s on as TCP, to fronts that say they are ready", (what, port) => {
    expect(inputs(`lb-${what}`)).toMatchObject({
      port,
      protocol: "TCP",
      targetType: "instance",
      vpcId: id("network-vpc"),
      healthCheck: { protocol: "HTTP", port: "8404", path: "/healthz", interval: 10, unhealthyThreshold: 3 },
      // A body cut short is silent corruption: neither a front that leaves nor one that is busy loses the downloads under way.
      deregistrationDelay: 300,
      targetHealthStates: [{ enableUnhealthyConnectionTermination: false, unhealthyDrainingInterval: 300 }],
    });
    expect(inputs(`lb-${what}-listener`)).toMatchObject({
      port,
      protocol: "TCP",
      loadBalancerArn: arn("lb-nlb"),
      defaultActions: [{ type: "forward", targetGroupArn: arn(`lb-${what}`) }],
    });
  });
});

describe("an idle connection", () => {
  test("is ended by the front, which says so, before the load balancer forgets it silently", () => {
    const { settings } = readFrontUserData(
      Buffer.from(String(inputs("fronts-template").userData), "base64").toString(),
    );
    const seconds = { s: 1, m: 60, h: 3_600 };
    const timeouts = [
      ...haproxyConfig(settings, { version: "3.0.11", tls: "OpenSSL 3.5.9" }).matchAll(
        /^ *timeout (?:client|server|tunnel|http-keep-alive) (\d+)([smh])$/gm,
      ),
    ].map(([, count, unit]) => Number(count) * seconds[unit as keyof typeof seconds]);
    expect(timeouts.length).toBeGreaterThan(3);
    for (const what of ["http", "https"]) {
      expect(inputs(`lb-${what}-listener`).tcpIdleTimeoutSeconds).toBeGreaterThan(Math.max(...timeouts));
    }
  });
});
