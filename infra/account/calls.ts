/**
 * What deploying, changing and deleting each type of resource asks of AWS, as IAM names it: what the Terraform provider under Pulumi's calls for it. A type
 * that the program uses and that is not here fails a test (test/infra/deployer.test.ts).
 */
export const CALLS: Readonly<Record<string, readonly string[]>> = {
  "aws:autoscaling/group:Group": [
    ...of("autoscaling", "CreateAutoScalingGroup UpdateAutoScalingGroup DeleteAutoScalingGroup"),
    ...of("autoscaling", "CreateOrUpdateTags DeleteTags StartInstanceRefresh CancelInstanceRefresh"),
    ...of(
      "autoscaling",
      "AttachLoadBalancerTargetGroups DetachLoadBalancerTargetGroups TerminateInstanceInAutoScalingGroup",
    ),
    ...of("autoscaling", "DescribeAutoScalingGroups DescribeScalingActivities DescribeInstanceRefreshes"),
    ...of("ec2", "RunInstances CreateTags DescribeInstances DescribeLaunchTemplateVersions"),
    ...of("elasticloadbalancing", "DescribeTargetHealth"),
    ...of("iam", "PassRole CreateServiceLinkedRole"),
    ...of("ssm", "GetParameters"),
  ],
  "aws:autoscaling/policy:Policy": of("autoscaling", "PutScalingPolicy DeletePolicy DescribePolicies"),
  "aws:cloudwatch/compositeAlarm:CompositeAlarm": of(
    "cloudwatch",
    "PutCompositeAlarm DeleteAlarms DescribeAlarms TagResource UntagResource ListTagsForResource",
  ),
  "aws:cloudwatch/dashboard:Dashboard": of("cloudwatch", "PutDashboard GetDashboard DeleteDashboards"),
  "aws:cloudwatch/eventRule:EventRule": of(
    "events",
    "PutRule DescribeRule DeleteRule TagResource UntagResource ListTagsForResource",
  ),
  "aws:cloudwatch/eventTarget:EventTarget": of("events", "PutTargets RemoveTargets ListTargetsByRule"),
  "aws:cloudwatch/logGroup:LogGroup": of(
    "logs",
    "CreateLogGroup DeleteLogGroup DescribeLogGroups PutRetentionPolicy DeleteRetentionPolicy AssociateKmsKey TagResource UntagResource ListTagsForResource",
  ),
  "aws:cloudwatch/metricAlarm:MetricAlarm": of(
    "cloudwatch",
    "PutMetricAlarm DeleteAlarms DescribeAlarms TagResource UntagResource ListTagsForResource",
  ),
  "aws:cloudwatch/queryDefinition:QueryDefinition": of(
    "logs",
    "PutQueryDefinition DeleteQueryDefinition DescribeQueryDefinitions",
  ),
  "aws:dynamodb/table:Table": [
    ...of("dynamodb", "CreateTable DescribeTable UpdateTable DeleteTable UpdateTimeToLive DescribeTimeToLive"),
    ...of("dynamodb", "UpdateContinuousBackups DescribeContinuousBackups TagResource UntagResource ListTagsOfResource"),
    ...of("kms", "CreateGrant DescribeKey Encrypt Decrypt ReEncryptFrom ReEncryptTo GenerateDataKey"),
  ],
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": of(
    "ec2",
    "DescribeSecurityGroups RevokeSecurityGroupIngress RevokeSecurityGroupEgress CreateTags",
  ),
  "aws:ec2/eip:Eip": of(
    "ec2",
    "AllocateAddress ReleaseAddress DescribeAddresses DescribeAddressesAttribute CreateTags",
  ),
  "aws:ec2/internetGateway:InternetGateway": of(
    "ec2",
    "CreateInternetGateway AttachInternetGateway DetachInternetGateway DeleteInternetGateway DescribeInternetGateways CreateTags",
  ),
  "aws:ec2/launchTemplate:LaunchTemplate": of(
    "ec2",
    "CreateLaunchTemplate CreateLaunchTemplateVersion ModifyLaunchTemplate DeleteLaunchTemplate DescribeLaunchTemplates DescribeLaunchTemplateVersions CreateTags",
  ),
  "aws:ec2/routeTable:RouteTable": of(
    "ec2",
    "CreateRouteTable CreateRoute ReplaceRoute DeleteRoute DeleteRouteTable DescribeRouteTables CreateTags",
  ),
  "aws:ec2/routeTableAssociation:RouteTableAssociation": of(
    "ec2",
    "AssociateRouteTable DisassociateRouteTable ReplaceRouteTableAssociation DescribeRouteTables",
  ),
  "aws:ec2/securityGroup:SecurityGroup": of(
    "ec2",
    "CreateSecurityGroup DeleteSecurityGroup RevokeSecurityGroupEgress DescribeSecurityGroups CreateTags DeleteTags",
  ),
  "aws:ec2/subnet:Subnet": of(
    "ec2",
    "CreateSubnet DeleteSubnet ModifySubnetAttribute DescribeSubnets DescribeNetworkInterfaces CreateTags",
  ),
  "aws:ec2/vpc:Vpc": of(
    "ec2",
    "CreateVpc DeleteVpc ModifyVpcAttribute DescribeVpcs DescribeVpcAttribute DescribeNetworkAcls DescribeRouteTables CreateTags",
  ),
  "aws:ec2/vpcEndpoint:VpcEndpoint": of(
    "ec2",
    "CreateVpcEndpoint ModifyVpcEndpoint DeleteVpcEndpoints DescribeVpcEndpoints DescribePrefixLists CreateTags",
  ),
  "aws:iam/instanceProfile:InstanceProfile": of(
    "iam",
    "CreateInstanceProfile GetInstanceProfile DeleteInstanceProfile AddRoleToInstanceProfile RemoveRoleFromInstanceProfile TagInstanceProfile UntagInstanceProfile PassRole",
  ),
  "aws:iam/role:Role": of(
    "iam",
    "CreateRole GetRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy DeleteRole TagRole UntagRole ListRolePolicies ListAttachedRolePolicies ListInstanceProfilesForRole",
  ),
  "aws:iam/rolePolicy:RolePolicy": of("iam", "PutRolePolicy GetRolePolicy DeleteRolePolicy"),
  "aws:kms/key:Key": of(
    "kms",
    "CreateKey DescribeKey GetKeyPolicy PutKeyPolicy GetKeyRotationStatus EnableKeyRotation UpdateKeyDescription ScheduleKeyDeletion CancelKeyDeletion ListResourceTags TagResource UntagResource",
  ),
  "aws:kms/keyPolicy:KeyPolicy": of("kms", "GetKeyPolicy PutKeyPolicy"),
  "aws:lambda/function:Function": [
    ...of(
      "lambda",
      "CreateFunction GetFunction GetFunctionConfiguration UpdateFunctionCode UpdateFunctionConfiguration",
    ),
    ...of(
      "lambda",
      "DeleteFunction ListVersionsByFunction GetFunctionCodeSigningConfig TagResource UntagResource ListTags",
    ),
    ...of("iam", "PassRole"),
  ],
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": of(
    "lambda",
    "PutFunctionEventInvokeConfig GetFunctionEventInvokeConfig DeleteFunctionEventInvokeConfig",
  ),
  "aws:lambda/invocation:Invocation": of("lambda", "InvokeFunction"),
  "aws:lb/listener:Listener": of(
    "elasticloadbalancing",
    "CreateListener ModifyListener ModifyListenerAttributes DeleteListener DescribeListeners DescribeListenerAttributes DescribeTags AddTags RemoveTags",
  ),
  "aws:lb/loadBalancer:LoadBalancer": [
    ...of(
      "elasticloadbalancing",
      "CreateLoadBalancer ModifyLoadBalancerAttributes DeleteLoadBalancer SetSecurityGroups SetSubnets",
    ),
    ...of(
      "elasticloadbalancing",
      "DescribeLoadBalancers DescribeLoadBalancerAttributes DescribeTags AddTags RemoveTags",
    ),
    ...of("ec2", "DescribeNetworkInterfaces DescribeAccountAttributes DescribeInternetGateways"),
    ...of("iam", "CreateServiceLinkedRole"),
  ],
  "aws:lb/targetGroup:TargetGroup": of(
    "elasticloadbalancing",
    "CreateTargetGroup ModifyTargetGroup ModifyTargetGroupAttributes DeleteTargetGroup DescribeTargetGroups DescribeTargetGroupAttributes DescribeTags AddTags RemoveTags",
  ),
  "aws:route53/record:Record": of("route53", "ChangeResourceRecordSets ListResourceRecordSets GetHostedZone GetChange"),
  "aws:s3/bucket:Bucket": [
    ...of("s3", "CreateBucket DeleteBucket ListBucket ListBucketVersions PutBucketTagging GetBucketTagging"),
    ...of("s3", "GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging GetBucketObjectLockConfiguration"),
    ...of(
      "s3",
      "GetBucketPolicy GetBucketRequestPayment GetBucketVersioning GetBucketWebsite GetAccelerateConfiguration",
    ),
    ...of("s3", "GetEncryptionConfiguration GetLifecycleConfiguration GetReplicationConfiguration"),
    ...of("s3", "DeleteObject DeleteObjectVersion"),
    // From 6.23 on; without them the provider goes back to the bucket's own, and leaves refusals in CloudTrail.
    ...of("s3", "TagResource UntagResource ListTagsForResource"),
  ],
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": of(
    "s3",
    "PutLifecycleConfiguration GetLifecycleConfiguration",
  ),
  "aws:s3/bucketObjectv2:BucketObjectv2": of(
    "s3",
    "PutObject GetObject GetObjectVersion GetObjectTagging DeleteObject DeleteObjectVersion AbortMultipartUpload",
  ),
  "aws:s3/bucketPolicy:BucketPolicy": of("s3", "PutBucketPolicy GetBucketPolicy DeleteBucketPolicy"),
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": of(
    "s3",
    "PutBucketPublicAccessBlock GetBucketPublicAccessBlock",
  ),
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": of(
    "s3",
    "PutEncryptionConfiguration GetEncryptionConfiguration",
  ),
  "aws:s3/bucketVersioning:BucketVersioning": of("s3", "PutBucketVersioning GetBucketVersioning"),
  "aws:scheduler/schedule:Schedule": [
    ...of("scheduler", "CreateSchedule GetSchedule UpdateSchedule DeleteSchedule"),
    ...of("iam", "PassRole"),
  ],
  "aws:sns/topic:Topic": of(
    "sns",
    "CreateTopic GetTopicAttributes SetTopicAttributes DeleteTopic TagResource UntagResource ListTagsForResource",
  ),
  "aws:sns/topicPolicy:TopicPolicy": of("sns", "SetTopicAttributes GetTopicAttributes"),
  "aws:sns/topicSubscription:TopicSubscription": of(
    "sns",
    "Subscribe Unsubscribe GetSubscriptionAttributes SetSubscriptionAttributes",
  ),
  "aws:sqs/queue:Queue": of(
    "sqs",
    "CreateQueue GetQueueAttributes GetQueueUrl SetQueueAttributes DeleteQueue ListQueueTags TagQueue UntagQueue",
  ),
  "aws:ssm/parameter:Parameter": of(
    "ssm",
    "PutParameter GetParameter GetParameters DeleteParameter DescribeParameters AddTagsToResource RemoveTagsFromResource ListTagsForResource",
  ),
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": of(
    "ec2",
    "AuthorizeSecurityGroupEgress RevokeSecurityGroupEgress ModifySecurityGroupRules DescribeSecurityGroupRules CreateTags",
  ),
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": of(
    "ec2",
    "AuthorizeSecurityGroupIngress RevokeSecurityGroupIngress ModifySecurityGroupRules DescribeSecurityGroupRules CreateTags",
  ),
};

/** What the program asks before it makes anything: zones, types, images, the network that exists. */
export const LOOKUPS: readonly string[] = of(
  "ec2",
  "DescribeAvailabilityZones DescribeInstanceTypeOfferings DescribeInstanceTypes DescribeImages DescribeSubnets",
);

/** What `certfront doctor` asks beside. */
export const DOCTOR: readonly string[] = [
  ...of("freetier", "GetAccountPlanState"),
  ...of("servicequotas", "GetServiceQuota GetAWSDefaultServiceQuota"),
  ...of("lambda", "GetAccountSettings"),
  ...of("iam", "SimulatePrincipalPolicy GetRole"),
  ...of("ssm", "GetParameter"),
  ...of("ec2", "DescribeInstances DescribeAddresses DescribeVpcs"),
  ...of("cloudtrail", "DescribeTrails GetTrailStatus GetEventSelectors"),
];

function of(service: string, operations: string): string[] {
  return operations.split(" ").map((operation) => `${service}:${operation}`);
}
