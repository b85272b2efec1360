"""The calls that make keys, queues, buckets, tables, logs and alarms."""

from calling import CALLS, lower, made_by, rest
from graph import camel, given, tag_list
from translations import event_target, lifecycle


@made_by("kms/key:Key")
def _(r, call):
    i = r.inputs
    key = call("kms", "CreateKey", **rest(i, "enableKeyRotation", "deletionWindowInDays"), Tags=tag_list(i.get("tags"), "TagKey", "TagValue"))["KeyMetadata"]
    call.learn(r.added["arn"], key["Arn"])
    call.learn(r.id, key["KeyId"])
    if i.get("enableKeyRotation"):
        call("kms", "EnableKeyRotation", KeyId=r.id)
    call("kms", "ScheduleKeyDeletion", KeyId=r.id, PendingWindowInDays=i["deletionWindowInDays"])
    call("kms", "CancelKeyDeletion", KeyId=r.id)


@made_by("kms/keyPolicy:KeyPolicy")
def _(r, call):
    call("kms", "PutKeyPolicy", PolicyName="default", **rest(r.inputs))


@made_by("sqs/queue:Queue")
def _(r, call):
    settings = {key[:1].upper() + key[1:]: str(value).lower() for key, value in lower(r.inputs, "name").items()}
    renamed = {"MessageRetentionSeconds": "MessageRetentionPeriod", "VisibilityTimeoutSeconds": "VisibilityTimeout"}
    call("sqs", "CreateQueue", QueueName=r.physical(), Attributes={renamed.get(k, k): v for k, v in settings.items()}, tags=r.inputs.get("tags", {}))


@made_by("s3/bucket:Bucket")
def _(r, call):
    bucket = r.physical("bucket", "bucketPrefix")
    call("s3", "CreateBucket", Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    call("s3", "PutBucketTagging", Bucket=bucket, Tagging={"TagSet": tag_list(r.inputs.get("tags"))})
    call.learn(r.id, bucket)


def of_bucket(operation, argument, shape):
    def make(r, call):
        call("s3", operation, Bucket=r.inputs["bucket"], **{argument: shape(lower(r.inputs, "bucket"))})

    return make


CALLS["s3/bucketPublicAccessBlock:BucketPublicAccessBlock"] = of_bucket("PutPublicAccessBlock", "PublicAccessBlockConfiguration", camel)
CALLS["s3/bucketVersioning:BucketVersioning"] = of_bucket("PutBucketVersioning", "VersioningConfiguration", lambda i: camel(i["versioningConfiguration"]))
CALLS["s3/bucketPolicy:BucketPolicy"] = of_bucket("PutBucketPolicy", "Policy", lambda i: i["policy"])
CALLS["s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"] = of_bucket(
    "PutBucketEncryption",
    "ServerSideEncryptionConfiguration",
    lambda i: {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": r["applyServerSideEncryptionByDefault"]["sseAlgorithm"]}} for r in i["rules"]]},
)


def lifecycle_rule(rule):
    said = lifecycle(rule)
    said["ID"] = said.pop("Id")
    said["Filter"] = {"Prefix": said.pop("Prefix", "")}
    return said


CALLS["s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"] = of_bucket(
    "PutBucketLifecycleConfiguration", "LifecycleConfiguration", lambda i: {"Rules": [lifecycle_rule(rule) for rule in i["rules"]]}
)


@made_by("s3/bucketObjectv2:BucketObjectv2")
def _(r, call):
    call("s3", "PutObject", Body=b"content", **rest(r.inputs, "source", "content"))


@made_by("dynamodb/table:Table")
def _(r, call):
    i = r.inputs
    keys = lambda pairs: [{"AttributeName": name, "KeyType": kind} for name, kind in pairs if name is not None]  # noqa: E731
    indexes = [
        {
            "IndexName": x["name"],
            "KeySchema": keys([(k["attributeName"], k["keyType"]) for k in x.get("keySchemas", [])]),
            "Projection": given(ProjectionType=x.get("projectionType"), NonKeyAttributes=x.get("nonKeyAttributes")),
        }
        for x in i.get("globalSecondaryIndexes", [])
    ]
    encryption = given(Enabled=i["serverSideEncryption"]["enabled"], SSEType="KMS", KMSMasterKeyId=i["serverSideEncryption"].get("kmsKeyArn"))
    others = rest(i, "name", "hashKey", "rangeKey", "attributes", "globalSecondaryIndexes", "ttl", "pointInTimeRecovery", "serverSideEncryption")
    call(
        "dynamodb", "CreateTable", TableName=r.physical(), KeySchema=keys([(i["hashKey"], "HASH"), (i.get("rangeKey"), "RANGE")]),
        AttributeDefinitions=[{"AttributeName": a["name"], "AttributeType": a["type"]} for a in i["attributes"]],
        SSESpecification=encryption, Tags=tag_list(i.get("tags")), **given(GlobalSecondaryIndexes=indexes or None), **others,
    )  # fmt: skip
    if "ttl" in i:
        call("dynamodb", "UpdateTimeToLive", TableName=r.physical(), TimeToLiveSpecification=camel(i["ttl"]))
    if "pointInTimeRecovery" in i:
        call("dynamodb", "UpdateContinuousBackups", TableName=r.physical(), PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": i["pointInTimeRecovery"]["enabled"]})


@made_by("cloudwatch/logGroup:LogGroup")
def _(r, call):
    i = r.inputs
    call("logs", "CreateLogGroup", logGroupName=r.physical(), tags=i.get("tags", {}), **lower(i, "name", "retentionInDays"))
    if i.get("retentionInDays"):
        call("logs", "PutRetentionPolicy", logGroupName=r.physical(), retentionInDays=i["retentionInDays"])


@made_by("cloudwatch/queryDefinition:QueryDefinition")
def _(r, call):
    call("logs", "PutQueryDefinition", **lower(r.inputs))


@made_by("cloudwatch/dashboard:Dashboard")
def _(r, call):
    call("cloudwatch", "PutDashboard", **rest(r.inputs))


@made_by("cloudwatch/metricAlarm:MetricAlarm")
def _(r, call):
    call("cloudwatch", "PutMetricAlarm", Dimensions=tag_list(r.inputs.get("dimensions"), "Name"), Tags=tag_list(r.inputs.get("tags")), **rest(r.inputs, "dimensions", name="AlarmName", okActions="OKActions"))


@made_by("cloudwatch/compositeAlarm:CompositeAlarm")
def _(r, call):
    call("cloudwatch", "PutCompositeAlarm", Tags=tag_list(r.inputs.get("tags")), **rest(r.inputs, okActions="OKActions"))


@made_by("cloudwatch/eventRule:EventRule")
def _(r, call):
    call("events", "PutRule", Tags=tag_list(r.inputs.get("tags")), **rest(r.inputs))


@made_by("cloudwatch/eventTarget:EventTarget")
def _(r, call):
    call("events", "PutTargets", Rule=r.inputs["rule"], Targets=[event_target(r)])
