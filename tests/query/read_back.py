"""Reads back what evidence cites: opens the file at the line, and looks there with other eyes.

``python -m tests.query.read_back FOLDER…`` does so with every way to every Secret of a folder.
"""

import json
import re
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import yaml

from rbacgraph import load
from rbacgraph.errors import RbacGraphError

ROLES, BINDINGS = ("Role", "ClusterRole"), ("RoleBinding", "ClusterRoleBinding")
_FROM = re.compile(r", from ClusterRole (.+) rules\[(\d+)\]$")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def _lines(file):
    return Path(file).read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)


@cache
def object_at(file, line):
    """Return what stands in a file from a line on: one object, or a list of them on one line."""
    lines = _lines(file)[line - 1 :]
    first = lines[0].lstrip()
    if first.startswith("{"):
        return json.JSONDecoder(strict=False).raw_decode("".join([first, *lines[1:]]))[0]
    indent = len(lines[0]) - len(first)
    kept = [lines[0]]
    for text in lines[1:]:
        inside = len(text) - len(text.lstrip(" "))
        out = first.startswith("- ") and text.strip() and inside <= indent
        if text.startswith(("---", "...")) or (out and not text.lstrip().startswith("#")):
            break
        kept.append(text)
    found = yaml.load("".join(kept), _LOADER)
    return found[0] if isinstance(found, list) else found


def cited(evidence):
    """Return the object that evidence cites, as it stands in the file; None where it is not."""
    found = object_at(evidence.file, evidence.line)
    taken = _FROM.search(evidence.detail)
    kind, name = evidence.kind, taken[1] if taken else evidence.name
    for one in found.get("items", [found]):
        metadata = one.get("metadata", {})
        if (one.get("kind", kind), metadata.get("name")) == (kind, name) and (
            metadata.get("namespace", evidence.namespace) == evidence.namespace
            or kind.startswith("Cluster")
        ):
            return one
    return None


def fault(evidence, hop):
    """Say what is wrong with evidence, "" where what it cites stands where it says."""
    if evidence.kind == "File":
        return _fault_of_file(evidence)
    try:
        found = cited(evidence)
    except (OSError, ValueError, AttributeError, IndexError, yaml.YAMLError) as error:
        return f"unreadable: {type(error).__name__}"
    if found is None:
        return "another object"
    if evidence.kind in BINDINGS:
        return _fault_of_binding(found, evidence, hop)
    if evidence.kind in ROLES and evidence.rule is not None:
        return _fault_of_rule(found, evidence, hop)
    return ""


def _fault_of_file(evidence):
    """Say what is wrong with evidence that is no object: the recipient stands from the line on."""
    text = "".join(_lines(evidence.file)[evidence.line - 1 :])
    recipient = evidence.detail.removeprefix("encrypted to ")
    if not text:
        return "no such line"
    return "" if recipient == evidence.detail or recipient in text else "another recipient"


def _fault_of_binding(found, evidence, hop):
    ref = found["roleRef"]
    detail, _, account = evidence.detail.partition(" to ServiceAccount ")
    if detail and detail != f"grants {ref['kind']} {ref['name']}":
        return "another roleRef"
    subjects = [_printed(one, evidence.namespace) for one in found.get("subjects") or ()]
    groups = [one for one in subjects if one.startswith("group:")]
    acting = "imperson" in hop.edge or hop.source.partition(":")[0] not in {
        "user",
        "serviceaccount",
    }
    told = [f"serviceaccount:{account}"] if account else [hop.source, *hop.others]
    holders = {one.removeprefix("impersonated-") for one in told}
    if not (groups or (acting and not account) or holders & {*subjects}):
        return "no such subject"
    return ""


def _printed(subject, namespace):
    kind, name = subject["kind"], subject["name"]
    if kind == "User" and name.startswith("system:serviceaccount:"):
        return "serviceaccount:" + "/".join(name.split(":")[2:])
    if kind == "ServiceAccount":
        return f"serviceaccount:{subject.get('namespace', namespace)}/{name}"
    return f"{kind.lower()}:{name}"


def _fault_of_rule(found, evidence, hop):
    taken = _FROM.search(evidence.detail)
    number = int(taken[2]) if taken else evidence.rule
    rules = found.get("rules") or []
    if number >= len(rules):
        return "no such rule"
    rule = rules[number]
    verbs, _, rest = _FROM.sub("", evidence.detail).partition(" on ")
    if not {*verbs.split(", ")} <= {*(rule.get("verbs") or ())} and "*" not in rule["verbs"]:
        return "other verbs"
    resources, _, names = rest.partition(" named ")
    told = {one.partition(".")[0] for one in resources.split(", ")}
    written = (*(rule.get("resources") or ()), *(rule.get("nonResourceURLs") or ()))
    held = {str(one).partition(".")[0] for one in written}
    if resources and not (told & held or any("*" in one for one in held | told)):
        return "other resources"
    told = {one.strip('"') for one in names.replace(" and ", ", ").split(", ")}
    held = {*map(str, rule.get("resourceNames") or ())}
    in_part = not held and hop.source.startswith("constrained-")
    return "" if not names or held & told or in_part else "other names"


def hops_of(cluster):
    """Yield every hop of every way to every Secret and of every blast radius, each once."""
    seen = set()
    for path in _paths(cluster):
        for hop in path.hops:
            if hop not in seen:
                seen.add(hop)
                yield hop


def _paths(cluster):
    for one in cluster.exposure():
        yield from cluster.paths(secret=one.secret.removeprefix("secret:"), system=True)
    for source in sorted(_sources(cluster.snapshot)):
        try:
            found = [(one.certain, one.conditional) for one in cluster.reach(source=source)]
            yield from (path for paths in found for path in paths if path is not None)
        except RbacGraphError:
            continue


def _sources(snapshot):
    for one in snapshot.service_accounts:
        yield f"sa:{one.metadata.namespace}/{one.metadata.name}"
    for one in (*snapshot.role_bindings, *snapshot.cluster_role_bindings):
        for subject in () if one.assumed else one.subjects or ():
            space = subject.namespace or one.metadata.namespace
            account = subject.kind == "ServiceAccount"
            yield (
                f"sa:{space}/{subject.name}"
                if account
                else f"{subject.kind.lower()}:{subject.name}"
            )


def checked(cluster):
    """Return how many hops were read back, and the faults: each with the hop and the evidence."""
    count, faults = 0, []
    for hop in hops_of(cluster):
        places = [one for one in hop.evidence if one.file and one.line]
        count += bool(places)
        faults += [(text, hop, one) for one in places if (text := fault(one, hop))]
        faults += [("crossed", hop, one) for one in hop.evidence if _is_crossed(one, hop)]
    return count, faults


def _is_crossed(evidence, hop):
    """Whether a role is cited that none of the bindings beside it grants, nor a hop before it."""
    granted = {
        one.detail.partition(" to ServiceAccount ")[0]
        for one in hop.evidence
        if one.kind in BINDINGS
    }
    told = evidence.kind in ROLES and evidence.rule is not None and evidence.file and granted
    if not told or f"grants {evidence.kind} {evidence.name}" in granted:
        return False
    bound = f"{evidence.kind} {evidence.name} bound to itself", f"{evidence.kind}/{evidence.name}"
    grants = [one for one in (hop.source, *hop.others) if one.startswith("grant:")]
    return not any(one.endswith(bound) for one in grants)


def main(folders):
    """Say how many hops of each folder were read back, and how many cite what is not there."""
    for folder in folders:
        count, faults = checked(load(folder, bootstrap=False))
        wrong = len({hop for _, hop, _ in faults})
        sys.stdout.write(f"{folder}: {count} hops, {wrong} wrong\n")
        for text, times in Counter(text for text, _, _ in faults).items():
            shown = next(one for told, _, one in faults if told == text)
            sys.stdout.write(f"  {text}: {times}, as {shown}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
