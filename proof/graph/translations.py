"""How CloudFormation says what the program says, type by type."""

import json

from graph import camel, given, tag_list

# CloudFormation cannot say these. A type that is neither here nor below is an error, so that this grows with the program.
NO_TYPE = {
    "s3/bucketObjectv2:BucketObjectv2": "it has no type for S3 objects",
    "lambda/invocation:Invocation": "it has no type that invokes a function",
    "ssm/parameter:Parameter": "AWS::SSM::Parameter makes no SecureString",
    "ec2/defaultSecurityGroup:DefaultSecurityGroup": "it cannot adopt a VPC's default group",
}

# Arguments that are the provider's own: what it does, not what AWS is told.
PROVIDERS_OWN = {
    "forceDestroy", "updateDefaultVersion", "instanceRefresh", "minElbCapacity", "waitForElbCapacity",
    "waitForCapacityTimeout", "lifecycleScope", "terraformKey", "forceDelete", "allowOverwrite",
    "skipDestroy", "publish", "sourceCodeHash", "ignoreFailedScalingActivities",
}  # fmt: skip

# Types whose arguments differ from CloudFormation's in the first letter only, but for the names given.
PLAIN = {
    "ec2/vpc:Vpc": ("AWS::EC2::VPC", {}),
    "ec2/subnet:Subnet": ("AWS::EC2::Subnet", {}),
    "ec2/eip:Eip": ("AWS::EC2::EIP", {}),
    "ec2/vpcEndpoint:VpcEndpoint": ("AWS::EC2::VPCEndpoint", {}),
    "ec2/securityGroup:SecurityGroup": ("AWS::EC2::SecurityGroup", {"description": "GroupDescription"}),
    "ec2/routeTableAssociation:RouteTableAssociation": ("AWS::EC2::SubnetRouteTableAssociation", {}),
    "cloudwatch/logGroup:LogGroup": ("AWS::Logs::LogGroup", {"name": "LogGroupName"}),
    "cloudwatch/queryDefinition:QueryDefinition": ("AWS::Logs::QueryDefinition", {}),
    "cloudwatch/dashboard:Dashboard": ("AWS::CloudWatch::Dashboard", {}),
    "cloudwatch/compositeAlarm:CompositeAlarm": ("AWS::CloudWatch::CompositeAlarm", {"okActions": "OKActions"}),
    "sns/topic:Topic": ("AWS::SNS::Topic", {"name": "TopicName"}),
    "sns/topicSubscription:TopicSubscription": ("AWS::SNS::Subscription", {"topic": "TopicArn"}),
    "sqs/queue:Queue": ("AWS::SQS::Queue", {"name": "QueueName", "messageRetentionSeconds": "MessageRetentionPeriod"}),
    "scheduler/schedule:Schedule": ("AWS::Scheduler::Schedule", {}),
    "autoscaling/policy:Policy": ("AWS::AutoScaling::ScalingPolicy", {"autoscalingGroupName": "AutoScalingGroupName"}),
    "autoscaling/lifecycleHook:LifecycleHook": ("AWS::AutoScaling::LifecycleHook", {"autoscalingGroupName": "AutoScalingGroupName", "name": "LifecycleHookName"}),
}  # fmt: skip

SPECIAL = {}


def special(kind):
    def register(function):
        SPECIAL[kind] = function
        return function

    return register


def rest(arguments, **names):
    """What is left of the arguments, in CloudFormation's spelling; tags as it lists them."""
    tags = arguments.pop("tags", None)
    properties = {names.get(key, key[:1].upper() + key[1:]): camel(value) for key, value in arguments.items()}
    return properties if tags is None else {**properties, "Tags": tag_list(tags)}


@special("ec2/internetGateway:InternetGateway")
def _(r, a, _graph):
    attached = {"VpcId": a.pop("vpcId"), "InternetGatewayId": {"Ref": r.logical}}
    return {"": ("AWS::EC2::InternetGateway", rest(a)), "Attachment": ("AWS::EC2::VPCGatewayAttachment", attached)}


@special("ec2/routeTable:RouteTable")
def _(r, a, graph):
    routes = a.pop("routes", [])
    made = {"": ("AWS::EC2::RouteTable", rest(a))}
    for at, route in enumerate(routes):
        names = {"CidrBlock": "DestinationCidrBlock"}
        properties = {names.get(key, key): value for key, value in camel(route).items()}
        made[f"Route{at}"] = ("AWS::EC2::Route", {"RouteTableId": {"Ref": r.logical}, **properties})
    return made


def rule(direction, other):
    def translate(_r, a, _graph):
        a.pop("tags", None)  # CloudFormation's rules have none
        names = {"securityGroupId": "GroupId", "cidrIpv4": "CidrIp", "cidrIpv6": "CidrIpv6", "referencedSecurityGroupId": other}
        return {"": (f"AWS::EC2::SecurityGroup{direction}", rest(a, **names))}

    return translate


SPECIAL["vpc/securityGroupIngressRule:SecurityGroupIngressRule"] = rule("Ingress", "SourceSecurityGroupId")
SPECIAL["vpc/securityGroupEgressRule:SecurityGroupEgressRule"] = rule("Egress", "DestinationSecurityGroupId")


@special("kms/key:Key")
def _(r, a, graph):
    given_later = [part.inputs["policy"] for part in graph if part.type in KEY_PARTS and part.inputs["keyId"] == r.added["keyId"]]
    policy = json.loads([a.pop("policy"), *given_later][-1])
    return {"": ("AWS::KMS::Key", {"KeyPolicy": policy, **rest(a, deletionWindowInDays="PendingWindowInDays")})}


@special("iam/role:Role")
def _(r, a, _graph):
    trust = json.loads(a.pop("assumeRolePolicy"))
    a.pop("name", None), a.pop("namePrefix", None)
    return {"": ("AWS::IAM::Role", {"RoleName": r.physical(), "AssumeRolePolicyDocument": trust, **rest(a)})}


@special("iam/rolePolicy:RolePolicy")
def _(r, a, _graph):
    return {"": ("AWS::IAM::Policy", {"PolicyName": r.name, "Roles": [a["role"]], "PolicyDocument": json.loads(a["policy"])})}


@special("iam/instanceProfile:InstanceProfile")
def _(r, a, _graph):
    return {"": ("AWS::IAM::InstanceProfile", {"InstanceProfileName": r.physical(), "Roles": [a["role"]]})}


@special("dynamodb/table:Table")
def _(_r, a, _graph):
    def index(i):
        keys = [{"AttributeName": k["attributeName"], "KeyType": k["keyType"]} for k in i.get("keySchemas", [])]
        projection = given(ProjectionType=i.get("projectionType"), NonKeyAttributes=i.get("nonKeyAttributes"))
        return {"IndexName": i["name"], "KeySchema": keys, "Projection": projection}

    encryption, ttl, recovery = a.pop("serverSideEncryption"), a.pop("ttl", None), a.pop("pointInTimeRecovery", None)
    keys = [(a.pop("hashKey"), "HASH"), (a.pop("rangeKey", None), "RANGE")]
    properties = {
        "AttributeDefinitions": [{"AttributeName": x["name"], "AttributeType": x["type"]} for x in a.pop("attributes")],
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in keys if name is not None],
        **given(GlobalSecondaryIndexes=[index(i) for i in a.pop("globalSecondaryIndexes", [])] or None),
        **given(TimeToLiveSpecification=camel(ttl), PointInTimeRecoverySpecification=recovery and {"PointInTimeRecoveryEnabled": recovery["enabled"]}),
        "SSESpecification": {"SSEEnabled": encryption["enabled"], "SSEType": "KMS", "KMSMasterKeyId": encryption["kmsKeyArn"]},
    }
    return {"": ("AWS::DynamoDB::Table", {**properties, **rest(a, name="TableName")})}


# CloudFormation says a key's policy with the key, and a rule's targets with the rule.
KEY_PARTS = {"kms/keyPolicy:KeyPolicy"}
RULE_PARTS = {"cloudwatch/eventTarget:EventTarget"}
# The provider keeps these blocks of a bucket in resources of their own.
BUCKET_PARTS = {
    "s3/bucketPublicAccessBlock:BucketPublicAccessBlock": lambda a: {"PublicAccessBlockConfiguration": camel(a)},
    "s3/bucketVersioning:BucketVersioning": lambda a: {"VersioningConfiguration": camel(a["versioningConfiguration"])},
    "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": lambda a: {
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"]}}
                for rule in a["rules"]
            ]
        }
    },
    "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": lambda a: {
        "LifecycleConfiguration": {"Rules": [lifecycle(rule) for rule in a["rules"]]}
    },
}


def lifecycle(rule):
    return given(
        Id=rule.get("id"),
        Status=rule["status"],
        Prefix=rule.get("filter", {}).get("prefix"),
        NoncurrentVersionExpiration=camel(rule.get("noncurrentVersionExpiration")),
        ExpirationInDays=rule.get("expiration", {}).get("days"),
        AbortIncompleteMultipartUpload=camel(rule.get("abortIncompleteMultipartUpload")),
    )


@special("cloudwatch/eventRule:EventRule")
def _(r, a, graph):
    targets = [event_target(part) for part in graph if part.type in RULE_PARTS and part.inputs["rule"] == r.id]
    pattern = json.loads(a.pop("eventPattern"))
    return {"": ("AWS::Events::Rule", {"EventPattern": pattern, "Targets": targets, **rest(a)})}


def event_target(r):
    """Where a rule's events go, as EventBridge and CloudFormation spell it alike; the provider makes the id up."""
    i = r.inputs
    words = i.get("inputTransformer")
    transformer = words and given(InputPathsMap=words.get("inputPaths"), InputTemplate=words["inputTemplate"])
    others = rest({key: value for key, value in i.items() if key not in {"rule", "inputTransformer"}})
    return {"Id": r.logical, **others, **given(InputTransformer=transformer)}


@special("s3/bucket:Bucket")
def _(r, a, graph):
    a.pop("bucketPrefix", None), a.pop("bucket", None)
    properties = {"BucketName": r.physical("bucket", "bucketPrefix"), **rest(a)}
    for part in graph:
        if part.type in BUCKET_PARTS and part.inputs["bucket"] == r.id:
            own = {key: value for key, value in part.inputs.items() if key != "bucket"}
            properties.update(BUCKET_PARTS[part.type](own))
    return {"": ("AWS::S3::Bucket", properties)}


@special("s3/bucketPolicy:BucketPolicy")
def _(_r, a, _graph):
    return {"": ("AWS::S3::BucketPolicy", {"Bucket": a["bucket"], "PolicyDocument": json.loads(a["policy"])})}


@special("sns/topicPolicy:TopicPolicy")
def _(_r, a, _graph):
    return {"": ("AWS::SNS::TopicPolicy", {"Topics": [a["arn"]], "PolicyDocument": json.loads(a["policy"])})}


@special("lambda/function:Function")
def _(_r, a, _graph):
    a.pop("code")  # the archive travels with the provider's request; CloudFormation wants it in a bucket
    code = {"S3Bucket": {"Ref": "CodeBucket"}, "S3Key": "code.zip"}
    # Names of variables are the program's own.
    environment = a.pop("environment", None)
    properties = rest(a, name="FunctionName")
    return {"": ("AWS::Lambda::Function", {**properties, "Code": code, **given(Environment=environment and {"Variables": environment["variables"]})})}


@special("lambda/functionEventInvokeConfig:FunctionEventInvokeConfig")
def _(_r, a, _graph):
    return {"": ("AWS::Lambda::EventInvokeConfig", {"Qualifier": "$LATEST", **rest(a)})}


def attributes(pairs):
    return [{"Key": key, "Value": str(value).lower()} for key, value in pairs.items() if value is not None]


@special("lb/loadBalancer:LoadBalancer")
def _(_r, a, _graph):
    settings = attributes({
        "load_balancing.cross_zone.enabled": a.pop("enableCrossZoneLoadBalancing", None),
        "deletion_protection.enabled": a.pop("enableDeletionProtection", None),
    })
    scheme = "internal" if a.pop("internal", False) else "internet-facing"
    return {"": ("AWS::ElasticLoadBalancingV2::LoadBalancer", {"Scheme": scheme, "LoadBalancerAttributes": settings, **rest(a, loadBalancerType="Type")})}


HEALTH = {"protocol": "HealthCheckProtocol", "port": "HealthCheckPort", "path": "HealthCheckPath", "interval": "HealthCheckIntervalSeconds",
          "timeout": "HealthCheckTimeoutSeconds", "healthyThreshold": "HealthyThresholdCount", "unhealthyThreshold": "UnhealthyThresholdCount"}  # fmt: skip
# Arguments of a target group that are attributes at AWS.
TARGET_ATTRIBUTES = {
    "deregistrationDelay": "deregistration_delay.timeout_seconds",
    "connectionTermination": "deregistration_delay.connection_termination.enabled",
    "preserveClientIp": "preserve_client_ip.enabled",
    "proxyProtocolV2": "proxy_protocol_v2.enabled",
}


@special("lb/targetGroup:TargetGroup")
def _(_r, a, _graph):
    check = dict(a.pop("healthCheck"))
    health = {HEALTH[key]: value for key, value in check.items() if key in HEALTH}
    if "matcher" in check:
        health["Matcher"] = {"HttpCode": check["matcher"]}
    pairs = {aws: a.pop(key, None) for key, aws in TARGET_ATTRIBUTES.items()}
    states = a.pop("targetHealthStates", None)
    for state in [] if states is None else (states if isinstance(states, list) else [states]):
        pairs["target_health_state.unhealthy.connection_termination.enabled"] = state["enableUnhealthyConnectionTermination"]
        pairs["target_health_state.unhealthy.draining_interval_seconds"] = state.get("unhealthyDrainingInterval")
    return {"": ("AWS::ElasticLoadBalancingV2::TargetGroup", {"HealthCheckEnabled": True, **health, "TargetGroupAttributes": attributes(pairs), **rest(a)})}


@special("lb/listener:Listener")
def _(_r, a, _graph):
    settings = attributes({"tcp.idle_timeout.seconds": a.pop("tcpIdleTimeoutSeconds", None)})
    a.pop("tags", None)  # CloudFormation's listeners have none
    return {"": ("AWS::ElasticLoadBalancingV2::Listener", {"ListenerAttributes": settings, **rest(a)})}


def launch_data(a):
    """What a launch template tells of an instance, as CloudFormation and EC2 spell it alike."""
    renamed = {"securityGroups": "Groups", "ipv4AddressCount": "Ipv4AddressCount"}
    data = camel({key: value for key, value in a.items() if key not in {"name", "namePrefix", "description", "tags", "tagSpecifications", *PROVIDERS_OWN}})
    data["NetworkInterfaces"] = [
        {renamed.get(key, key[:1].upper() + key[1:]): camel(value) for key, value in interface.items()}
        for interface in a.get("networkInterfaces", [])
    ]
    data["TagSpecifications"] = [{"ResourceType": t["resourceType"], "Tags": tag_list(t["tags"])} for t in a.get("tagSpecifications", [])]
    return data


@special("ec2/launchTemplate:LaunchTemplate")
def _(r, a, _graph):
    own = [{"ResourceType": "launch-template", "Tags": tag_list(a.get("tags"))}]
    return {"": ("AWS::EC2::LaunchTemplate", {"LaunchTemplateName": r.physical(), "LaunchTemplateData": launch_data(a), "TagSpecifications": own})}


def template_of(launch):
    return given(LaunchTemplateId=launch.get("id") or launch.get("launchTemplateId"), Version=launch.get("version"))


def mixed_policy(mixed, overrides="LaunchTemplateOverrides"):
    """A group's list of instance types."""
    launch = mixed["launchTemplate"]
    kinds = [{"InstanceType": o["instanceType"]} for o in launch.get("overrides", [])]
    return given(
        InstancesDistribution=camel(mixed.get("instancesDistribution")),
        LaunchTemplate={"LaunchTemplateSpecification": template_of(launch["launchTemplateSpecification"]), "Overrides": kinds},
    )


@special("autoscaling/group:Group")
def _(_r, a, _graph):
    properties = {}
    if "launchTemplate" in a:
        properties["LaunchTemplate"] = template_of(a.pop("launchTemplate"))
    if "mixedInstancesPolicy" in a:
        properties["MixedInstancesPolicy"] = mixed_policy(a.pop("mixedInstancesPolicy"))
    tags = camel(a.pop("tags", []), flags=False)
    hooks = [{"LifecycleHookName": h["name"], **{k[:1].upper() + k[1:]: v for k, v in h.items() if k != "name"}} for h in a.pop("initialLifecycleHooks", [])]
    names = {"name": "AutoScalingGroupName", "vpcZoneIdentifiers": "VPCZoneIdentifier", "targetGroupArns": "TargetGroupARNs"}
    sizes = {key: str(a.pop(source)) for source, key in (("minSize", "MinSize"), ("maxSize", "MaxSize")) if source in a}
    return {"": ("AWS::AutoScaling::AutoScalingGroup", {**properties, **sizes, "Tags": tags, **given(LifecycleHookSpecificationList=hooks or None), **rest(a, **names)})}


@special("cloudwatch/metricAlarm:MetricAlarm")
def _(_r, a, _graph):
    dimensions = tag_list(a.pop("dimensions", {}), "Name")
    return {"": ("AWS::CloudWatch::Alarm", {"Dimensions": dimensions, **rest(a, name="AlarmName", okActions="OKActions")})}


def alias_of(record):
    """A record's one alias, as Route 53 and CloudFormation spell it alike."""
    for alias in record.get("aliases", []):
        return {"DNSName": alias["name"], "HostedZoneId": alias["zoneId"], "EvaluateTargetHealth": alias["evaluateTargetHealth"]}
    return None


@special("route53/record:Record")
def _(_r, a, _graph):
    alias = alias_of(a)
    a.pop("aliases", None)
    return {"": ("AWS::Route53::RecordSet", {**given(AliasTarget=alias), **rest(a, zoneId="HostedZoneId", records="ResourceRecords", ttl="TTL")})}
