"""Limits that AWS states in prose, which neither schemas nor models know: asked of the calls that make the graph."""

import base64
import json
import re

from api import calls_of
from dashboard import dashboard

# Attributes by what carries them: pattern or range (Elastic Load Balancing, "Attributes").
BALANCER = {"deletion_protection.enabled": "(true|false)", "load_balancing.cross_zone.enabled": "(true|false)"}
TARGETS = {
    "deregistration_delay.timeout_seconds": (0, 3600),
    "deregistration_delay.connection_termination.enabled": "(true|false)",
    "preserve_client_ip.enabled": "(true|false)",
    "proxy_protocol_v2.enabled": "(true|false)",
}
LISTENER = {"tcp.idle_timeout.seconds": (60, 6000)}
# ELB names: letters, digits and hyphens, none at an end, not "internal-".
NAME32 = r"(?!internal-)[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?"
# EC2 API reference, "IpRange" and "CreateSecurityGroup".
RULE_TEXT = r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}"
# Metrics with the dimensions that AWS publishes them under.
PUBLISHED = {
    ("AWS/Lambda", "Errors"): {"FunctionName"},
    ("AWS/Lambda", "Throttles"): {"FunctionName"},
    ("AWS/Lambda", "Invocations"): {"FunctionName"},
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): {"QueueName"},
    ("AWS/NetworkELB", "HealthyHostCount"): {"LoadBalancer", "TargetGroup"},
    ("AWS/NetworkELB", "UnHealthyHostCount"): {"LoadBalancer", "TargetGroup"},
    ("AWS/AutoScaling", "GroupInServiceInstances"): {"AutoScalingGroupName"},
}
SUFFIX = {"LoadBalancer": r"(net|app)/[\w-]+/[0-9a-f]{16}", "TargetGroup": r"targetgroup/[\w-]+/[0-9a-f]{16}"}


class Checks:
    def __init__(self, sent):
        self.sent, self.done, self.broken = sent, 0, []

    def need(self, true, where, what):
        self.done += 1
        if not true:
            self.broken.append(f"{where}: {what}")

    def each(self, operation):
        return calls_of(self.sent, operation)


def schedules(c):
    for r, p in c.each("CreateSchedule"):
        rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)(s?)\)", p["ScheduleExpression"])
        c.need(rate and int(rate[1]) > 0 and (rate[1] == "1") == (rate[3] == ""), r, f"{p['ScheduleExpression']} is no rate")
        c.need(is_json(p["Target"].get("Input", "{}")), r, "the input is not JSON")


def is_json(text):
    try:
        json.loads(text)
        return True
    except ValueError:
        return False


def alarms(c):
    found = {p["AlarmName"]: p for _, p in c.each("PutMetricAlarm")}
    for r, p in c.each("PutMetricAlarm"):
        if "Period" in p:
            span = p["Period"] * p["EvaluationPeriods"]
            c.need(span <= (86400 if p["Period"] < 3600 else 604800), r, f"evaluates {span} s, more than CloudWatch takes")
            c.need(p["Period"] in (10, 20, 30) or p["Period"] % 60 == 0, r, f"a period of {p['Period']} s")
        c.need(p.get("DatapointsToAlarm", 1) <= p["EvaluationPeriods"], r, "more datapoints than periods")
        if str(p.get("Namespace", "")).startswith("AWS/"):
            names = {d["Name"] for d in p["Dimensions"]}
            known = PUBLISHED.get((p["Namespace"], p["MetricName"]))
            c.need(known is not None and names == known, r, f"{p['Namespace']} {p['MetricName']} is not published under {sorted(names)}")
        for d in p["Dimensions"]:
            c.need(d["Name"] not in SUFFIX or re.fullmatch(SUFFIX[d["Name"]], d["Value"]), r, f"{d['Name']} is {d['Value']}")
    for r, p in c.each("PutCompositeAlarm"):
        term = r'(?:NOT )?(?:ALARM|OK|INSUFFICIENT_DATA)\("?[^")]+"?\)'
        names = set(re.findall(r'(?:ALARM|OK|INSUFFICIENT_DATA)\("?([^")]+)"?\)', p["AlarmRule"]))
        c.need(re.fullmatch(rf"{term}(?: (?:AND|OR) {term})*", p["AlarmRule"]), r, "the rule's grammar")
        c.need(names and names <= set(found) and len(names) <= 100, r, f"names alarms that are not there: {sorted(names - set(found))}")
        paging = {n for n, a in found.items() if {"Key": "severity", "Value": "page"} in a["Tags"]}
        c.need(names == paging, r, f"pages for others than those of severity page: {sorted(names ^ paging)}")


def in_range(c, where, given, known):
    for a in given:
        rule = known.get(a["Key"])
        ok = rule is not None and (re.fullmatch(rule, a["Value"]) if isinstance(rule, str) else a["Value"].isdigit() and rule[0] <= int(a["Value"]) <= rule[1])
        c.need(ok, where, f"attribute {a['Key']} = {a['Value']}")


def balancers(c):
    for r, p in c.each("CreateLoadBalancer"):
        c.need(re.fullmatch(NAME32, p["Name"]), r, f"name {p['Name']}")
        c.need(len({m.get("SubnetId") for m in p.get("SubnetMappings", [])}) == len(p.get("SubnetMappings", [])), r, "a subnet twice")
    for r, p in c.each("CreateTargetGroup"):
        c.need(re.fullmatch(NAME32, p["Name"]), r, f"name {p['Name']}")
        c.need(p["HealthCheckTimeoutSeconds"] < p["HealthCheckIntervalSeconds"], r, "a health check's time-out is not below its interval")
        c.need(2 <= p["HealthyThresholdCount"] <= 10 and 2 <= p["UnhealthyThresholdCount"] <= 10, r, "a health check's thresholds")
        c.need(5 <= p["HealthCheckIntervalSeconds"] <= 300, r, "a health check's interval")
        c.need(p["Protocol"] in ("TCP", "TLS", "UDP", "TCP_UDP"), r, f"a network load balancer has no {p['Protocol']} group")
        c.need(all(200 <= int(code) <= 599 for code in re.findall(r"\d+", p["Matcher"]["HttpCode"])), r, "matcher")
    for operation, known in (("ModifyLoadBalancerAttributes", BALANCER), ("ModifyTargetGroupAttributes", TARGETS), ("ModifyListenerAttributes", LISTENER)):
        for r, p in c.each(operation):
            in_range(c, r, p["Attributes"], known)


def fronts(c):
    for r, p in c.each("CreateLaunchTemplate"):
        d = p["LaunchTemplateData"]
        c.need(d.get("MetadataOptions", {}).get("HttpTokens") == "required", r, "IMDSv1 is open")
        c.need(1 <= d.get("MetadataOptions", {}).get("HttpPutResponseHopLimit", 1) <= 64, r, "hop limit")
        c.need(len(base64.b64decode(d.get("UserData", ""))) <= 16384, r, "user data above 16 KB")
        c.need(all(m["Ebs"].get("Encrypted", True) for m in d.get("BlockDeviceMappings", [])), r, "a disk in the clear")
        c.need(":instance-profile/" in d.get("IamInstanceProfile", {}).get("Arn", ":instance-profile/"), r, "an instance profile's ARN is another thing's")
        c.need(not (d.get("NetworkInterfaces") and d.get("SecurityGroupIds")), r, "groups in two places")
    for r, p in c.each("CreateAutoScalingGroup"):
        c.need(p["MinSize"] <= p["MaxSize"], r, f"at least {p['MinSize']}, at most {p['MaxSize']}")
        c.need(p.get("MaxInstanceLifetime", 0) == 0 or 86400 <= p["MaxInstanceLifetime"] <= 31536000, r, "lifetime")
        policy = p.get("InstanceMaintenancePolicy")
        if policy:
            low, high = policy["MinHealthyPercentage"], policy["MaxHealthyPercentage"]
            c.need(0 <= low <= 100 <= high <= 200 and high - low <= 100, r, f"maintenance policy {low}..{high}")


def firewall(c):
    for r, p in c.each(["AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress"]):
        for permission in p["IpPermissions"]:
            for peer in permission.get("IpRanges", []) + permission.get("UserIdGroupPairs", []):
                c.need(re.fullmatch(RULE_TEXT, peer.get("Description", "")), r, f"description {peer.get('Description')}")
            if permission["IpProtocol"] == "tcp":
                c.need(0 <= permission["FromPort"] <= permission["ToPort"] <= 65535, r, f"ports {permission['FromPort']}..{permission['ToPort']}")
    for r, p in c.each("CreateSecurityGroup"):
        c.need(re.fullmatch(RULE_TEXT, p.get("Description", "")), r, f"description {p.get('Description')}")


def network(c):
    for operation in ("CreateVpc", "CreateSubnet"):
        for r, p in c.each(operation):
            size = re.fullmatch(r"[\d.]+/(\d+)", p["CidrBlock"])
            c.need(size and 16 <= int(size[1]) <= 28, r, f"a range of {p['CidrBlock']}; EC2 takes /16 to /28")


def functions(c):
    for r, p in c.each("CreateFunction"):
        c.need(sum(len(k) + len(v) for k, v in p["Environment"]["Variables"].items()) <= 4096, r, "environment above 4 KB")
        c.need(p["Timeout"] <= 900, r, f"a time-out of {p['Timeout']} s")
        reserved = {"AWS_REGION", "AWS_LAMBDA_FUNCTION_NAME", "AWS_ACCESS_KEY_ID", "_HANDLER", "LAMBDA_TASK_ROOT"} & set(p["Environment"]["Variables"])
        c.need(not reserved, r, f"sets Lambda's own {sorted(reserved)}")
    sizes = {}
    for _, p in c.each("PutRolePolicy"):
        sizes[p["RoleName"]] = sizes.get(p["RoleName"], 0) + len(re.sub(r"\s", "", p["PolicyDocument"]))
    for role, size in sizes.items():
        c.need(size <= 10240, role, f"inline policies of {size} characters")
    for r, p in c.each("CreateRole"):
        c.need(len(p["AssumeRolePolicyDocument"]) <= 2048, r, "trust policy above 2,048 characters")
    for r, p in c.each("PutParameter"):
        c.need(len(p["Value"]) <= 4096, r, "a standard parameter holds 4 KB")
        c.need(not re.match(r"/?(aws|ssm)", p["Name"], re.I), r, "a parameter's name begins with aws or ssm")


def table(c):
    for r, p in c.each("CreateTable"):
        indexes = p.get("GlobalSecondaryIndexes", [])
        c.need(re.fullmatch(r"[a-zA-Z0-9_.-]{3,255}", p["TableName"]), r, f"name {p['TableName']}")
        keys = {k["AttributeName"] for k in p["KeySchema"]} | {k["AttributeName"] for g in indexes for k in g["KeySchema"]}
        declared = {a["AttributeName"] for a in p["AttributeDefinitions"]}
        c.need(keys == declared, r, f"attributes and keys differ: {sorted(keys ^ declared)}")
        c.need(len(indexes) <= 20, r, "more than 20 indexes")
        c.need(sum(len(g["Projection"].get("NonKeyAttributes", [])) for g in indexes) <= 100, r, "more than 100 projected attributes")
        for g in indexes:
            kinds = [k["KeyType"] for k in g["KeySchema"]]
            own = {k["AttributeName"] for k in p["KeySchema"] + g["KeySchema"]}
            more = g["Projection"].get("NonKeyAttributes", [])
            c.need(kinds in (["HASH"], ["HASH", "RANGE"]), r, f"index {g['IndexName']} has the keys {kinds}")
            c.need(not own & set(more), r, f"index {g['IndexName']} projects its own keys")
            c.need(bool(more) == (g["Projection"]["ProjectionType"] == "INCLUDE") and len(more) <= 20, r, f"index {g['IndexName']} projects {len(more)} attributes")


def logs(c):
    groups = {p["logGroupName"] for _, p in c.each("CreateLogGroup")}
    kept = {1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}
    for r, p in c.each("PutRetentionPolicy"):
        c.need(p["retentionInDays"] in kept, r, f"keeps logs for {p['retentionInDays']} days")
    for r, p in c.each("PutQueryDefinition"):
        missing = set(p.get("logGroupNames", [])) - groups
        c.need(not missing, r, f"asks log groups that are not there: {sorted(missing)}")
        words = r"(filter|stats|sort|limit|display|fields|parse|dedup|unnest|pattern)\b"
        c.need(all(re.match(words, command.strip()) for command in re.split(r"\n\s*\|", p["queryString"])), r, "a command that Logs Insights does not know")
        limit = re.search(r"\blimit (\d+)", p["queryString"])
        c.need(limit is None or int(limit[1]) <= 10000, r, "a limit above 10,000")


def events(c):
    """EventBridge user guide, "Event patterns" and "Input transformation"."""
    for r, p in c.each("PutRule"):
        c.need(is_pattern(json.loads(p["EventPattern"])), r, "a field of the pattern is neither a list of values nor more fields")
    for r, p in c.each("PutTargets"):
        for target in p["Targets"]:
            words = target.get("InputTransformer", {"InputTemplate": ""})
            read = set(words.get("InputPathsMap", {}))
            used = set(re.findall(r"<([\w-]+)>", words["InputTemplate"]))
            c.need(used <= read, r, f"its text has variables that it does not read: {sorted(used - read)}")
            c.need(not any(name.lower().startswith("aws") for name in read), r, "a variable's name begins with AWS")


def is_pattern(pattern):
    return all(
        all(map(is_pattern, field)) if key == "$or" else bool(field) if isinstance(field, list) else isinstance(field, dict) and is_pattern(field)
        for key, field in pattern.items()
    )


def step(sent):
    c = Checks(sent)
    for check in (schedules, alarms, balancers, fronts, firewall, network, functions, table, logs, events, dashboard):
        check(c)
    return c.done, c.broken
