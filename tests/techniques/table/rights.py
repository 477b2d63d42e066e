"""The rights that a row of techniques.json gives: read, written as rules, compared."""

import json
import re
from dataclasses import dataclass

RBAC = "rbac.authorization.k8s.io"
STAND_INS = {
    "tX": "t1",  # the fresh namespace
    "victimX": "victim",
    "vgrpX": "vgrp",
    "tk": "x1",  # a Secret that does not exist: its name does not matter
    "run": "x",  # a Pod that runs
    "vic": "x",  # one that does not yet
    "nX": "n1",  # a node, also the next three
    "node": "n1",
    "system:node:nx6087808": "system:node:n1",
    "system:node:nx6087812": "system:node:n1",
}
"""Names that a row uses, and what stands for them in our clusters."""

_RIGHT = re.compile(
    r"(?P<verbs>\S+) (?P<resource>\S+?)(\.(?P<group>\*|apps|batch|[a-z.]+\.k8s\.io))?"
    r"( names=\[(?P<names>[^\]]*)\])?( @(?P<scope>ns|cluster))?( \(through own\))?"
    r"( bound to (?P<subject>\S+))?"
)


@dataclass(frozen=True)
class Right:
    """One verb on one resource, for some names or any, in the namespace or everywhere."""

    verb: str
    group: str
    resource: str
    names: frozenset[str] = frozenset()
    everywhere: bool = False

    def covers(self, other):
        """Whether who holds this right holds the other."""
        return (
            self.verb in {"*", other.verb}
            and self.group in {"*", other.group}
            and self.resource in {"*", other.resource}
            and (not self.names or (bool(other.names) and other.names <= self.names))
            and (self.everywhere or not other.everywhere)
        )

    def rule(self):
        """Return it as a PolicyRule."""
        names = {"resourceNames": sorted(self.names)} if self.names else {}
        found = {"apiGroups": [self.group], "resources": [self.resource], "verbs": [self.verb]}
        return found | names


def read_right(text):
    """Return the rights that a text of ``given`` or ``minimal`` stands for."""
    if text.startswith("{"):
        rule, _ = json.JSONDecoder().raw_decode(text)
        return frozenset(
            Right(verb, group, resource)
            for verb in rule["verbs"]
            for group in rule["apiGroups"]
            for resource in rule["resources"]
        )
    if text == "['*'] ['*'] (cluster)":  # nonResourceURLs and verbs
        return frozenset()
    found = _RIGHT.fullmatch(text)
    assert found, text
    names = found["names"]
    named = [] if names is None else [name.strip(" '\"") for name in names.split(",")]
    resource = found["resource"]
    group = RBAC if resource == "roles" else found["group"] or ""
    return frozenset(
        Right(
            verb,
            group,
            resource,
            frozenset(STAND_INS.get(name, name) for name in named),
            found["scope"] == "cluster",
        )
        for verb in re.split("[,+]", found["verbs"])
    )


def cover(held, needed):
    """Whether who holds the first rights holds the second."""
    return all(any(one.covers(other) for one in held) for other in needed)
