"""Translates a resource graph into one CloudFormation template, for tools that read those."""

from translations import BUCKET_PARTS, KEY_PARTS, NO_TYPE, PLAIN, PROVIDERS_OWN, RULE_PARTS, SPECIAL, rest


class Untranslated(Exception):
    """A type that this does not know: teach it."""


# These make no resource of their own in a template.
WITH_ANOTHER = NO_TYPE.keys() | BUCKET_PARTS.keys() | KEY_PARTS | RULE_PARTS


def translate(graph):
    """The template. @throws Untranslated"""
    references = reference_table(graph)
    resources = {}
    for r in sorted(graph, key=lambda resource: resource.urn):
        if r.type in WITH_ANOTHER:
            continue
        arguments = {key: value for key, value in r.inputs.items() if key not in PROVIDERS_OWN}
        if r.type in PLAIN:
            aws_type, names = PLAIN[r.type]
            made = {"": (aws_type, rest(arguments, **names))}
        elif r.type in SPECIAL:
            made = SPECIAL[r.type](r, arguments, graph)
        else:
            raise Untranslated(f"{r.type} ({r.name}): proof/graph/translate.py does not know how CloudFormation says it")
        for suffix, (aws_type, properties) in made.items():
            resolved = resolve(properties, references, r.logical)
            resources[r.logical + suffix] = {"Type": aws_type, "Metadata": {"Urn": r.urn}, "Properties": resolved}
    code = {"CodeBucket": {"Type": "String", "Description": "where the functions' archives lie"}}
    return {"AWSTemplateFormatVersion": "2010-09-09", "Description": "certfront, translated", "Parameters": code, "Resources": resources}


# What CloudFormation answers Ref with, where that is not the provider's id; and what else others may name of a resource.
ATTRIBUTES = {
    "SecurityGroup": {"id": "GroupId"},
    "Eip": {"id": "AllocationId"},
    "Queue": {"id": "QueueName", "arn": "Arn"},
    "Key": {"arn": "Arn"},
    "Role": {"arn": "Arn"},
    "InstanceProfile": {"arn": "Arn"},
    "Table": {"arn": "Arn"},
    "Function": {"arn": "Arn"},
    "Bucket": {"arn": "Arn"},
    "LoadBalancer": {"arnSuffix": "LoadBalancerFullName", "dnsName": "DNSName"},
    "TargetGroup": {"arnSuffix": "TargetGroupFullName"},
}


def reference_table(graph):
    """What the stand-in made up, with what CloudFormation has in its place."""
    table = {}
    for r in graph:
        if r.type in WITH_ANOTHER or r.type == "iam/rolePolicy:RolePolicy":
            continue
        known = ATTRIBUTES.get(r.kind, {})
        own = known.get("id")
        table[r.id] = {"Fn::GetAtt": [r.logical, own]} if own else {"Ref": r.logical}
        for output, attribute in known.items():
            if output != "id" and isinstance(r.added.get(output), str):
                table[r.added[output]] = {"Fn::GetAtt": [r.logical, attribute]}
    return table


# What follows from names alone stays text: CloudFormation would see a circle where a policy names its own function.
BY_NAME = {"AWS::Lambda::Function", "AWS::SQS::Queue", "AWS::Logs::LogGroup", "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"}
TEXT = {"Tags", "TagSpecifications", "PolicyDocument", "KeyPolicy", "AssumeRolePolicyDocument", "DashboardBody", "AlarmRule", "AlarmDescription"}


def resolve(value, references, own, key=""):
    """References in the place of whole strings; parts of texts stay."""
    if key in TEXT or key.endswith("Name") and key not in ("AutoScalingGroupName", "FunctionName"):
        return value
    if isinstance(value, dict):
        return value if "Ref" in value or "Fn::GetAtt" in value else {k: resolve(v, references, own, k) for k, v in value.items()}
    if isinstance(value, list):
        return [resolve(inner, references, own, key) for inner in value]
    found = references.get(value) if isinstance(value, str) else None
    owner = found and (found.get("Ref") or found["Fn::GetAtt"][0])
    return value if found is None or owner == own else found
