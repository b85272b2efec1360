"""The calls that make networks, firewalls, load balancers and fronts."""

from calling import CALLS, RANDOM, first, made_by, rest, spec
from graph import camel, given, tag_list
from translations import HEALTH, TARGET_ATTRIBUTES, attributes, launch_data, mixed_policy, template_of


def ec2(kind, operation, answer, *without, **names):
    """A resource of EC2 that one call makes and that AWS gives an id."""

    def make(r, call):
        made = call("ec2", operation, **rest(r.inputs, *without, **names), TagSpecifications=spec(kind, r.inputs.get("tags")))
        for part in answer.split("."):
            made = made[part]
        call.learn(r.id, made)

    return make


CALLS["ec2/eip:Eip"] = ec2("elastic-ip", "AllocateAddress", "AllocationId")
CALLS["ec2/subnet:Subnet"] = ec2("subnet", "CreateSubnet", "Subnet.SubnetId")
CALLS["ec2/vpcEndpoint:VpcEndpoint"] = ec2("vpc-endpoint", "CreateVpcEndpoint", "VpcEndpoint.VpcEndpointId")


@made_by("ec2/vpc:Vpc")
def _(r, call):
    switches = ("enableDnsSupport", "enableDnsHostnames")
    ec2("vpc", "CreateVpc", "Vpc.VpcId", *switches)(r, call)
    for switch in switches:
        call("ec2", "ModifyVpcAttribute", VpcId=r.id, **{switch[:1].upper() + switch[1:]: {"Value": r.inputs[switch]}})


@made_by("ec2/defaultSecurityGroup:DefaultSecurityGroup")
def _(r, call):
    call("ec2", "DescribeSecurityGroups", Filters=[{"Name": "vpc-id", "Values": [r.inputs["vpcId"]]}, {"Name": "group-name", "Values": ["default"]}])


@made_by("ec2/internetGateway:InternetGateway")
def _(r, call):
    ec2("internet-gateway", "CreateInternetGateway", "InternetGateway.InternetGatewayId", "vpcId")(r, call)
    call("ec2", "AttachInternetGateway", InternetGatewayId=r.id, VpcId=r.inputs["vpcId"])


@made_by("ec2/routeTable:RouteTable")
def _(r, call):
    ec2("route-table", "CreateRouteTable", "RouteTable.RouteTableId", "routes")(r, call)
    for route in r.inputs.get("routes", []):
        call("ec2", "CreateRoute", RouteTableId=r.id, **rest(route, cidrBlock="DestinationCidrBlock"))


@made_by("ec2/routeTableAssociation:RouteTableAssociation")
def _(r, call):
    call("ec2", "AssociateRouteTable", **rest(r.inputs))


@made_by("ec2/securityGroup:SecurityGroup")
def _(r, call):
    i = r.inputs
    made = call("ec2", "CreateSecurityGroup", GroupName=i.get("name", r.name + RANDOM), TagSpecifications=spec("security-group", i.get("tags")), **rest(i, "name"))
    call.learn(r.id, made["GroupId"])
    call("ec2", "RevokeSecurityGroupEgress", GroupId=r.id, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])


def permission(direction):
    def make(r, call):
        i = r.inputs
        text = given(Description=i.get("description"))
        peer = {"IpRanges": [{"CidrIp": i["cidrIpv4"], **text}]} if "cidrIpv4" in i else {"UserIdGroupPairs": [{"GroupId": i["referencedSecurityGroupId"], **text}]}
        ports = given(IpProtocol=i["ipProtocol"], FromPort=i.get("fromPort"), ToPort=i.get("toPort"))
        call("ec2", f"AuthorizeSecurityGroup{direction}", GroupId=i["securityGroupId"], IpPermissions=[{**ports, **peer}])

    return make


CALLS["vpc/securityGroupIngressRule:SecurityGroupIngressRule"] = permission("Ingress")
CALLS["vpc/securityGroupEgressRule:SecurityGroupEgressRule"] = permission("Egress")


@made_by("ec2/launchTemplate:LaunchTemplate")
def _(r, call):
    made = call("ec2", "CreateLaunchTemplate", LaunchTemplateName=r.physical(), LaunchTemplateData=launch_data(r.inputs), TagSpecifications=spec("launch-template", r.inputs.get("tags")))
    call.learn(r.id, made["LaunchTemplate"]["LaunchTemplateId"])


@made_by("lb/loadBalancer:LoadBalancer")
def _(r, call):
    i = r.inputs
    scheme = "internal" if i.get("internal") else "internet-facing"
    made = call("elbv2", "CreateLoadBalancer", Scheme=scheme, Tags=tag_list(i.get("tags")), **rest(i, "internal", "enableCrossZoneLoadBalancing", "enableDeletionProtection", loadBalancerType="Type"))
    call.learn(r.id, first(made["LoadBalancers"])["LoadBalancerArn"])
    settings = {"load_balancing.cross_zone.enabled": i.get("enableCrossZoneLoadBalancing"), "deletion_protection.enabled": i.get("enableDeletionProtection")}
    call("elbv2", "ModifyLoadBalancerAttributes", LoadBalancerArn=r.id, Attributes=attributes(settings))


@made_by("lb/targetGroup:TargetGroup")
def _(r, call):
    i = r.inputs
    check = i["healthCheck"]
    health = {HEALTH[key]: value for key, value in check.items() if key in HEALTH}
    others = rest(i, "healthCheck", "targetHealthStates", *TARGET_ATTRIBUTES)
    made = call("elbv2", "CreateTargetGroup", HealthCheckEnabled=True, Matcher={"HttpCode": check["matcher"]}, Tags=tag_list(i.get("tags")), **health, **others)
    call.learn(r.id, first(made["TargetGroups"])["TargetGroupArn"])
    call("elbv2", "ModifyTargetGroupAttributes", TargetGroupArn=r.id, Attributes=attributes({aws: i.get(key) for key, aws in TARGET_ATTRIBUTES.items()}))


@made_by("lb/listener:Listener")
def _(r, call):
    made = call("elbv2", "CreateListener", Tags=tag_list(r.inputs.get("tags")), **rest(r.inputs, "tcpIdleTimeoutSeconds"))
    call.learn(r.id, first(made["Listeners"])["ListenerArn"])
    call("elbv2", "ModifyListenerAttributes", ListenerArn=r.id, Attributes=attributes({"tcp.idle_timeout.seconds": r.inputs.get("tcpIdleTimeoutSeconds")}))


@made_by("autoscaling/group:Group")
def _(r, call):
    i, group = r.inputs, r.physical()
    special = {}
    if "launchTemplate" in i:
        special["LaunchTemplate"] = template_of(i["launchTemplate"])
    if "mixedInstancesPolicy" in i:
        special["MixedInstancesPolicy"] = mixed_policy(i["mixedInstancesPolicy"])
    if "initialLifecycleHooks" in i:
        special["LifecycleHookSpecificationList"] = [{"LifecycleHookName": h["name"], **rest(h, "name")} for h in i["initialLifecycleHooks"]]
    own = [{"ResourceId": group, "ResourceType": "auto-scaling-group", **camel(tag, flags=False)} for tag in i.get("tags", [])]
    skip = ("name", "namePrefix", "launchTemplate", "mixedInstancesPolicy", "initialLifecycleHooks", "vpcZoneIdentifiers", "enabledMetrics", "suspendedProcesses")
    call("autoscaling", "CreateAutoScalingGroup", AutoScalingGroupName=group, VPCZoneIdentifier=",".join(i["vpcZoneIdentifiers"]), Tags=own, **special, **rest(i, *skip, targetGroupArns="TargetGroupARNs"))
    if "instanceRefresh" in i:
        wanted = {k[:1].upper() + k[1:]: int(v) if str(v).isdigit() else camel(v) for k, v in i["instanceRefresh"].get("preferences", {}).items()}
        call("autoscaling", "StartInstanceRefresh", AutoScalingGroupName=group, Strategy=i["instanceRefresh"]["strategy"], Preferences=wanted)


@made_by("autoscaling/policy:Policy")
def _(r, call):
    call("autoscaling", "PutScalingPolicy", PolicyName=r.inputs.get("name", r.name + RANDOM), **rest(r.inputs, "name", autoscalingGroupName="AutoScalingGroupName"))


@made_by("autoscaling/lifecycleHook:LifecycleHook")
def _(r, call):
    call("autoscaling", "PutLifecycleHook", **rest(r.inputs, autoscalingGroupName="AutoScalingGroupName", name="LifecycleHookName"))
