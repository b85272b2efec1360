"""Faults that are planted into a graph, one at a time: each must be found by one of the steps, or that step proves nothing.

Usage: faults.py GRAPH.json [FAULT…] → one JSON object: {"planted": [{"fault", "step", "found"}], "missed": [fault], "absent": [fault]}.
"""

import base64
import copy
import functools
import json
import sys

import api
import iam
import limits
import lint
import names
from graph import load, only
from translate import Untranslated


def put(kind, path, value):
    """Sets an argument of the first resource of a kind; `path` leads through objects and lists."""

    def plant(graph):
        at = only(graph, kind).inputs
        *way, last = path.split(".")
        for part in way:
            at = at[int(part)] if isinstance(at, list) else at[part]
        at[int(last) if isinstance(at, list) else last] = value

    return plant


def policy(kind, change, argument="policy"):
    """Changes the document of the first policy of a kind that `change` can be made to."""

    def plant(graph):
        for r in sorted((r for r in graph if r.kind == kind), key=lambda r: r.name):
            document = json.loads(r.inputs[argument])
            if change(document["Statement"]) is not False:
                r.inputs[argument] = json.dumps(document)
                return
        raise KeyError(f"no {kind} can have it")

    return plant


def first_with(action, change):
    def find(statements):
        for s in statements:
            if action in (s["Action"] if isinstance(s["Action"], list) else [s["Action"]]):
                change(s)
                return True
        return False

    return find


def body(change):
    def plant(graph):
        board = only(graph, "Dashboard").inputs
        content = json.loads(board["dashboardBody"])
        change(content["widgets"])
        board["dashboardBody"] = json.dumps(content)

    return plant


def widget(kind, change):
    return body(lambda widgets: change(next(w for w in widgets if w["type"] == kind)))


def add(kind):
    """A resource of a type that the program did not have before."""

    def plant(graph):
        one = copy.deepcopy(graph[0])
        one.type, one.urn, one.inputs = kind, one.urn + "-new", {}
        graph.append(one)

    return plant


FAULTS = {
    "a table without an attribute for a key": lambda g: only(g, "Table").inputs["attributes"].pop(),
    "an index that projects its own key": put("Table", "globalSecondaryIndexes.1.nonKeyAttributes", ["domain", "state"]),
    "an index of two hash keys": put("Table", "globalSecondaryIndexes.0.keySchemas.1.keyType", "HASH"),
    "an index with the deprecated hashKey": put("Table", "globalSecondaryIndexes.0.hashKey", "duePk"),
    "an attribute of a type that DynamoDB lacks": put("Table", "attributes.0.type", "D"),
    "a billing mode that DynamoDB lacks": put("Table", "billingMode", "ON_DEMAND"),
    "a table's name with a blank": put("Table", "name", "certfront prod"),
    "a key that is deleted after three days": put("Key", "deletionWindowInDays", 3),
    "an argument that the provider lacks": put("Key", "rotationEnabled", True),
    "a function of a runtime that is no more": put("Function", "runtime", "nodejs12.x"),
    "a function of 100 MB": put("Function", "memorySize", 100),
    "a function that may run for 901 s": put("Function", "timeout", 901),
    "a function on a processor that Lambda lacks": put("Function", "architectures", ["arm"]),
    "a function that sets AWS_REGION": put("Function", "environment.variables.AWS_REGION", "eu-west-1"),
    "an environment above 4 KB": put("Function", "environment.variables.MORE", "x" * 4_100),
    "a function's name of 65 characters": put("Function", "name", "f" * 65),
    "an event that waits for seven hours": put("FunctionEventInvokeConfig", "maximumEventAgeInSeconds", 7 * 3_600),
    "three retries": put("FunctionEventInvokeConfig", "maximumRetryAttempts", 3),
    "a rate of 1 minutes": put("Schedule", "scheduleExpression", "rate(1 minutes)"),
    "a rate of 0 hours": put("Schedule", "scheduleExpression", "rate(0 hours)"),
    "a schedule that keeps a call for ten seconds": put("Schedule", "target.retryPolicy.maximumEventAgeInSeconds", 10),
    "a window without a mode": put("Schedule", "flexibleTimeWindow", {}),
    "a log kept for 31 days": put("LogGroup", "retentionInDays", 31),
    "a query of a log that is not there": put("QueryDefinition", "logGroupNames", ["/certfront/elsewhere"]),
    "a query command that Logs Insights lacks": put("QueryDefinition", "queryString", "fields @message\n| order @timestamp desc"),
    "a queue that keeps messages for 15 days": put("Queue", "messageRetentionSeconds", 15 * 86_400),
    "an alarm that looks back two days": put("MetricAlarm", "evaluationPeriods", 10_000),
    "more datapoints than periods": put("MetricAlarm", "datapointsToAlarm", 99_999),
    "an operator that CloudWatch lacks": put("MetricAlarm", "comparisonOperator", "GreaterThan"),
    "missing data treated as nothing known": put("MetricAlarm", "treatMissingData", "ignored"),
    "an alarm's text above 1,024 characters": put("MetricAlarm", "alarmDescription", "x" * 1_025),
    "a page for an alarm that is not there": put("CompositeAlarm", "alarmRule", 'ALARM("somebody-elses")'),
    "a composite rule that is none": put("CompositeAlarm", "alarmRule", 'ALARM("a") UNLESS ALARM("b")'),
    "a health check whose time-out is its interval": put("TargetGroup", "healthCheck.timeout", 10),
    "a health check after a second": put("TargetGroup", "healthCheck.interval", 1),
    "connections kept for two hours": put("TargetGroup", "deregistrationDelay", 7_200),
    "an HTTP group behind a network load balancer": put("TargetGroup", "protocol", "HTTP"),
    "an idle time-out of two hours": put("Listener", "tcpIdleTimeoutSeconds", 7_200),
    "a listener on port 0": put("Listener", "port", 0),
    "a load balancer's name with a dot": put("LoadBalancer", "name", "certfront.prod"),
    "a load balancer of a kind that AWS lacks": put("LoadBalancer", "loadBalancerType", "tcp"),
    "a load balancer twice in one subnet": lambda g: only(g, "LoadBalancer").inputs["subnetMappings"].append(dict(only(g, "LoadBalancer").inputs["subnetMappings"][0])),
    "instance metadata by its first version": put("LaunchTemplate", "metadataOptions.httpTokens", "optional"),
    "user data above 16 KB": put("LaunchTemplate", "userData", base64.b64encode(bytes(17_000)).decode()),
    "a role's ARN for an instance profile": put("LaunchTemplate", "iamInstanceProfile.arn", "arn:aws:iam::111122223333:role/fronts"),
    "a disk that is not encrypted": put("LaunchTemplate", "blockDeviceMappings.0.ebs.encrypted", "false"),
    "a group of at most none": put("Group", "maxSize", 0),
    "instances that live for an hour": put("Group", "maxInstanceLifetime", 3_600),
    "replacement down to nothing and up to twice": put("Group", "instanceMaintenancePolicy", {"minHealthyPercentage": 50, "maxHealthyPercentage": 200}),
    "a health check that Auto Scaling lacks": put("Group", "healthCheckType", "NLB"),
    "a rule's text with an apostrophe": put("SecurityGroupIngressRule", "description", "tenants' sites"),
    "ports the wrong way round": put("SecurityGroupIngressRule", "toPort", 1),
    "a rule for a range that is none": put("SecurityGroupEgressRule", "cidrIpv4", "0.0.0.0/33"),
    "a VPC's range too large": put("Vpc", "cidrBlock", "10.0.0.0/8"),
    "an endpoint of a kind that EC2 lacks": put("VpcEndpoint", "vpcEndpointType", "Gate"),
    "a parameter that is no type of SSM's": put("Parameter", "type", "Secret"),
    "a bucket's version status that S3 lacks": put("BucketVersioning", "versioningConfiguration.status", "On"),
    "a bucket encrypted with nothing that S3 has": put("BucketServerSideEncryptionConfiguration", "rules.0.applyServerSideEncryptionByDefault.sseAlgorithm", "AES128"),
    "an action with a slip of the pen": policy("RolePolicy", first_with("dynamodb:Query", lambda s: s.update(Action=["dynamodb:Querry"]))),
    "an action on a resource of another kind": policy("RolePolicy", first_with("lambda:InvokeFunction", lambda s: s.update(Resource="arn:aws:s3:::bucket"))),
    "a condition that the action does not know": policy("RolePolicy", first_with("lambda:InvokeFunction", lambda s: s.update(Condition={"StringEquals": {"dynamodb:LeadingKeys": "a"}}))),
    "a right to make oneself administrator": policy("RolePolicy", lambda s: s.append({"Effect": "Allow", "Action": ["iam:AttachRolePolicy"], "Resource": "*"})),
    "every secret of the account": policy("RolePolicy", lambda s: s.append({"Effect": "Allow", "Action": ["secretsmanager:GetSecretValue"], "Resource": "*"})),
    "a policy without an effect": policy("RolePolicy", lambda s: s[0].pop("Effect") and True),
    "DescribeKey under an encryption context": policy("Key", lambda s: len(s) > 1 and s[1].update(Action=["kms:DescribeKey"], Condition={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:111122223333:*"}})),
    "a key that nobody may be given": policy("KeyPolicy", lambda s: s[1].update(Action="kms:GenerateDataKeys")),
    "a record of a type that Route 53 lacks": put("Record", "type", "ALIAS"),
    "a rule's state that EventBridge lacks": put("EventRule", "state", "ENABLED_WITH_ALL_EVENTS"),
    "a rule's pattern that is no pattern": put("EventRule", "eventPattern", json.dumps({"source": "aws.kms"})),
    "a rule's pattern above 4,096 characters": put("EventRule", "eventPattern", json.dumps({"source": ["x" * 4_100]})),
    "a text of a variable that the target does not read": put("EventTarget", "inputTransformer.inputPaths", {"who": "$.detail.userIdentity.arn"}),
    "a target without an ARN": put("EventTarget", "arn", ""),
    "an alias without a zone": lambda g: only(g, "Record").inputs["aliases"][0].pop("zoneId"),
    "a widget that lies over another": body(lambda widgets: widgets[1].update(x=widgets[0]["x"], y=widgets[0]["y"])),
    "a widget beyond the grid": body(lambda widgets: widgets[0].update(x=20, width=24)),
    "a dashboard's alarm that is not there": widget("alarm", lambda w: w["properties"]["alarms"].append("arn:aws:cloudwatch:eu-west-1:1:alarm:nobody")),
    "a line that is no alarm's threshold": widget("metric", lambda w: w["properties"].update(annotations={"horizontal": [{"label": "warn", "value": 123.25}]})),
    "a widget's view that CloudWatch lacks": widget("metric", lambda w: w["properties"].update(view="line")),
    "a type that nobody has translated": add("ecs/cluster:Cluster"),
}

def steps(graph):
    """In this order: the quick ones first."""
    models = functools.cache(lambda: api.models(graph))
    return {
        "names": lambda: names.step(graph)[1],
        "models": lambda: models()[1],
        "limits": lambda: limits.step(models()[3])[1],
        "policies": lambda: iam.step(graph)[1],
        "schemas": lambda: lint.step(graph, ["eu-west-1"])[1],
    }


def run(step):
    try:
        return step()
    except Untranslated as error:
        return [f"not translated: {error}"]
    except (KeyError, TypeError, ValueError) as error:
        return [f"cannot be read: {type(error).__name__} {error}"]


def main():
    graph = load(sys.argv[1])
    report = {"planted": [], "missed": [], "absent": []}
    chosen = set(sys.argv[2:])
    for fault, plant in FAULTS.items():
        if chosen and fault not in chosen:
            continue
        changed = copy.deepcopy(graph)
        try:
            plant(changed)
        except (AttributeError, KeyError, IndexError, StopIteration):
            report["absent"].append(fault)
            continue
        for name, step in steps(changed).items():
            if found := run(step):
                report["planted"].append({"fault": fault, "step": name, "found": found[0][:160]})
                break
        else:
            report["missed"].append(fault)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
