"""The translated template against CloudFormation's resource schemas and rules, by cfn-lint."""

import json

from cfnlint.api import lint
from translate import translate

# Said of every template that was translated: none of them is about a value of the program.
ARTEFACTS = {
    "W3010": "zones are named in the graph; the program asks which there are",
    "W1030": "a value that only a deployment knows",
}


def step(graph, regions):
    """Errors and warnings for the regions, each once."""
    template = json.dumps(translate(graph))
    config = {"regions": list(regions), "configure_rules": {"E3012": {"strict": "true"}}}
    found = {f"{match.rule.id} {match.message[:220]} at {'/'.join(str(part) for part in match.path or [])}" for match in lint(template, config=config)}
    resources = len(json.loads(template)["Resources"])
    return resources * len(regions), sorted(f for f in found if f.split(" ")[0] not in ARTEFACTS)
