"""What the tables of API calls are made of."""

from graph import camel, tag_list
from translations import PROVIDERS_OWN

# Pulumi's suffix of names that the program leaves open.
RANDOM = "-0123abc"

CALLS = {}


def made_by(kind):
    def register(function):
        CALLS[kind] = function
        return function

    return register


def spec(kind, tags):
    return [{"ResourceType": kind, "Tags": tag_list(tags)}] if tags else []


def rest(inputs, *without, **names):
    """The arguments in the API's spelling, but for those that another call takes."""
    skip = {*without, *PROVIDERS_OWN, "tags"}
    return {names.get(key, key[:1].upper() + key[1:]): camel(value) for key, value in inputs.items() if key not in skip}


def lower(inputs, *without):
    return {key: value for key, value in inputs.items() if key not in {*without, *PROVIDERS_OWN, "tags"}}


def first(answers):
    """Of a list that holds one thing, or of an answer that nobody gave."""
    return answers[0] if isinstance(answers, list) else answers
