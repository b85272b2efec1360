"""A resource graph as the real engine sent it to its providers: one JSON object for each resource that was made."""

import copy
import json
import re

# What a provider's random suffix looks like, so that limits on length are checked at their worst.
UNIQUE = "20261127094400000000000001"


class Resource:
    """One resource: what the program said of it, and what AWS added."""

    def __init__(self, call):
        self.urn = call["urn"]
        self.type = call["type"].removeprefix("aws:")
        self.name = self.urn.split("::", 3)[3]
        self.inputs = call["inputs"]
        self.id = call["id"]
        self.added = call.get("added") or {}
        # A name that CloudFormation takes.
        self.logical = "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", self.name))

    @property
    def kind(self):
        """`s3/bucket:Bucket` is a Bucket."""
        return self.type.split(":")[-1]

    def physical(self, name="name", prefix="namePrefix"):
        """Its name at AWS; a prefix is completed as the provider completes it."""
        given = self.inputs.get(name)
        return given if given is not None else f"{self.inputs.get(prefix, self.name + '-')}{UNIQUE}"[:255]


def load(path):
    with open(path, encoding="utf-8") as file:
        return [Resource(call) for call in json.load(file) if call["type"].startswith("aws:")]


def fresh(graph):
    """A copy that may be changed."""
    return copy.deepcopy(graph)


def only(graph, kind):
    """The first of a kind, by name, so that the choice is the same each time."""
    found = sorted((r for r in graph if r.kind == kind), key=lambda r: r.name)
    return found[0] if found else None


def camel(value, flags=True):
    """Terraform's blocks in AWS' spelling: the first letter upper-case; its three-valued strings as what they mean."""
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: camel(inner, flags) for key, inner in value.items()}
    if isinstance(value, list):
        return [camel(inner, flags) for inner in value]
    return {"true": True, "false": False}.get(value, value) if flags and isinstance(value, str) else value


def tag_list(tags, key="Key", value="Value"):
    return [{key: name, value: text} for name, text in (tags or {}).items()]


def given(**properties):
    """Properties without the absent ones."""
    return {key: value for key, value in properties.items() if value is not None}


def as_list(value):
    return value if isinstance(value, list) else [value]
