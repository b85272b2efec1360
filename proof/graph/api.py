"""The calls that the provider would make, against AWS' API models and, one after another, an emulator (moto)."""

import functools
import os

os.environ.update(AWS_DEFAULT_REGION="eu-west-1", AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", MOTO_ACCOUNT_ID="111122223333")

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from calls import CALLS
from constraints import Constraints
from graph import as_list
from moto import mock_aws
from translate import Untranslated

# What must be there before: the emulator refuses what refers to nothing.
ORDER = (
    "Key Vpc InternetGateway RouteTable Subnet Eip SecurityGroup DefaultSecurityGroup SecurityGroupIngressRule SecurityGroupEgressRule "
    "RouteTableAssociation VpcEndpoint Queue Bucket BucketPublicAccessBlock BucketServerSideEncryptionConfiguration BucketVersioning "
    "BucketLifecycleConfiguration BucketObjectv2 BucketPolicy Table LogGroup Role LoadBalancer TargetGroup Listener Parameter Function RolePolicy "
    "InstanceProfile KeyPolicy FunctionEventInvokeConfig Schedule Invocation LaunchTemplate Group LifecycleHook Policy Topic TopicPolicy TopicSubscription EventRule EventTarget"
).split()


@functools.cache
def client_of(service, emulated):
    """Models are large: read once. The emulator hooks clients that are made under it."""
    assert emulated in (True, False)
    return boto3.client(service)


class Session:
    """Sends calls, in memory; made-up ids give way to the emulator's as they appear."""

    def __init__(self, emulate):
        self.emulate = emulate
        self.real, self.sent = {}, []
        self.constraints = Constraints()
        self.current = ""
        self.unanswered = False

    def learn(self, made_up, real):
        """From here on, `real` stands where the stand-in had made something up."""
        if isinstance(real, str):
            self.real[made_up] = real

    def __call__(self, service, operation, **params):
        client = client_of(service, self.emulate)
        params = self.with_real(params)
        self.constraints.check(client.meta.service_model.operation_model(operation).input_shape, params, f"{self.current} {service}:{operation}")
        self.sent.append((self.current, operation, params))
        if not self.emulate:
            return Nothing()
        method = next(python for python, api in client.meta.method_to_api_mapping.items() if api == operation)
        try:
            return getattr(client, method)(**params)
        except NotImplementedError:
            self.unanswered = True
            return Nothing()

    def with_real(self, value):
        if isinstance(value, str):
            for made_up in sorted(self.real, key=len, reverse=True):
                value = value.replace(made_up, self.real[made_up])
            return value
        if isinstance(value, dict):
            return {key: self.with_real(inner) for key, inner in value.items()}
        return [self.with_real(inner) for inner in value] if isinstance(value, list) else value


class Nothing(dict):
    """An answer that nobody gave: any part of it is the same."""

    def __missing__(self, key):
        return Nothing()



def send(graph, emulate):
    """The session, and what was refused."""
    rank = {kind: at for at, kind in enumerate(ORDER)}
    refused, answered = [], 0
    session = Session(emulate)
    for r in sorted(graph, key=lambda x: (rank.get(x.kind, len(ORDER)), x.name)):
        if r.type not in CALLS:
            raise Untranslated(f"{r.type} ({r.name}): proof/graph/calls.py does not know the calls that make it")
        session.current, session.unanswered = r.name, False
        before = r.inputs
        try:
            r.inputs = session.with_real(r.inputs)
            CALLS[r.type](r, session)
            answered += not session.unanswered
        except (ClientError, BotoCoreError) as error:
            refused.append(f"{r.name} ({r.kind}) refused by the emulator: {error}")
        except (KeyError, TypeError, ValueError) as error:
            refused.append(f"{r.name} ({r.kind}) lacks what its call needs: {type(error).__name__} {error}")
        finally:
            r.inputs = before
    return session, refused, answered


def models(graph):
    """botocore's models: every call's parameters."""
    session, refused, _ = send(graph, emulate=False)
    counts = session.constraints.checked
    return sum(counts.values()), refused + session.constraints.broken, dict(counts), session.sent


# Code runs nowhere: that a function answers is the local stack's proof.
@mock_aws(config={"lambda": {"use_docker": False}})
def emulator(graph):
    _, refused, answered = send(graph, emulate=True)
    return answered, refused


def calls_of(sent, operation):
    """The parameters of each call of one operation, with the resource's name."""
    return [(name, params) for name, found, params in sent if found in as_list(operation)]
