"""The calls that make roles, functions, schedules, topics and records."""

import io
import zipfile

from calling import RANDOM, made_by, rest
from graph import given, tag_list
from translations import alias_of


@made_by("iam/role:Role")
def _(r, call):
    role = r.physical()
    call("iam", "CreateRole", RoleName=role, AssumeRolePolicyDocument=r.inputs["assumeRolePolicy"], Tags=tag_list(r.inputs.get("tags")), **rest(r.inputs, "name", "namePrefix", "assumeRolePolicy"))
    call.learn(r.id, role)


@made_by("iam/rolePolicy:RolePolicy")
def _(r, call):
    call("iam", "PutRolePolicy", RoleName=r.inputs["role"], PolicyName=r.inputs.get("name", r.name + RANDOM), PolicyDocument=r.inputs["policy"])


@made_by("iam/instanceProfile:InstanceProfile")
def _(r, call):
    profile = r.physical()
    call("iam", "CreateInstanceProfile", InstanceProfileName=profile, Tags=tag_list(r.inputs.get("tags")))
    call("iam", "AddRoleToInstanceProfile", InstanceProfileName=profile, RoleName=r.inputs["role"])
    call.learn(r.id, profile)


@made_by("ssm/parameter:Parameter")
def _(r, call):
    call("ssm", "PutParameter", Tags=tag_list(r.inputs.get("tags")), **rest(r.inputs))


def archive():
    """Any code: what AWS thinks of its size is not asked."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("index.js", "exports.handler = async () => {};")
    return out.getvalue()


@made_by("lambda/function:Function")
def _(r, call):
    i = r.inputs
    environment = {"Variables": i["environment"]["variables"]} if "environment" in i else {"Variables": {}}
    call("lambda", "CreateFunction", Code={"ZipFile": archive()}, Environment=environment, Tags=i.get("tags", {}), **rest(i, "code", "environment", name="FunctionName"))


@made_by("lambda/functionEventInvokeConfig:FunctionEventInvokeConfig")
def _(r, call):
    call("lambda", "PutFunctionEventInvokeConfig", **rest(r.inputs, maximumEventAgeInSeconds="MaximumEventAgeInSeconds"))


@made_by("lambda/invocation:Invocation")
def _(r, call):
    call("lambda", "Invoke", FunctionName=r.inputs["functionName"], InvocationType="RequestResponse", Payload=r.inputs["input"].encode())


@made_by("scheduler/schedule:Schedule")
def _(r, call):
    call("scheduler", "CreateSchedule", **rest(r.inputs))


@made_by("sns/topic:Topic")
def _(r, call):
    call("sns", "CreateTopic", Name=r.physical(), Attributes=rest(r.inputs, "name"), Tags=tag_list(r.inputs.get("tags")))


@made_by("sns/topicPolicy:TopicPolicy")
def _(r, call):
    call("sns", "SetTopicAttributes", TopicArn=r.inputs["arn"], AttributeName="Policy", AttributeValue=r.inputs["policy"])


@made_by("sns/topicSubscription:TopicSubscription")
def _(r, call):
    call("sns", "Subscribe", ReturnSubscriptionArn=True, **rest(r.inputs, topic="TopicArn"))


@made_by("route53/record:Record")
def _(r, call):
    i = r.inputs
    # The zone is the user's own, and there already.
    zone = call("route53", "CreateHostedZone", Name=i["name"], CallerReference=r.name)["HostedZone"]["Id"]
    call.learn(i["zoneId"], zone)
    record = given(Name=i["name"], Type=i["type"], TTL=i.get("ttl"), AliasTarget=alias_of(i), ResourceRecords=[{"Value": v} for v in i.get("records", [])] or None)
    call("route53", "ChangeResourceRecordSets", HostedZoneId=i["zoneId"], ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]})
