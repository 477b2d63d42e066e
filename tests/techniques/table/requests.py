"""The rows of techniques.json that are about one request, rather than what it leads to."""

import json
from typing import Any, NamedTuple

from tests.techniques.experiments.cluster import grant
from tests.techniques.table.lists import NOT_OBJECTS
from tests.techniques.table.rows import is_case, read_rows
from tests.techniques.table.states import BASE, P


class Request(NamedTuple):
    """Whether ``user`` may do what is ``asked``, by the rules that it holds."""

    row: str
    rules: list[dict[str, Any]]
    asked: dict[str, str]
    user: str
    allowed: bool

    def __str__(self):
        return self.row

    def objects(self):
        """The cluster that is asked about."""
        everywhere = any("nonResourceURLs" in rule for rule in self.rules)
        return [*BASE, *grant("own", self.rules, P, namespace="" if everywhere else "t1")]


def _review(row):
    """Read a SubjectAccessReview; it was made in the namespace that it does not name."""
    asked = json.loads(row["action"].removeprefix("SubjectAccessReview "))
    if asked.get("resource") == "namespaces":
        asked["name"] = "t1"
    return asked if "path" in asked else asked | {"namespace": "t1"}


def _path(row):
    """Read what an anonymous client asked for, as the API server reads a path."""
    method, path = row["action"].split()
    if method == "POST":
        return {"verb": "create", "resource": path, "group": "authorization.k8s.io"}
    parts = path.strip("/").split("/")
    start = {"api": 2, "apis": 3}.get(parts[0], len(parts))
    if len(parts) <= start:
        return {"verb": "get", "path": path}
    group = parts[1] if parts[0] == "apis" else ""
    namespace, rest = "", parts[start:]
    if rest[0] == "namespaces" and len(rest) > 2:
        namespace, rest = rest[1], rest[2:]
    name = "".join(rest[1:])
    asked = {"verb": "get" if name else "list", "resource": rest[0], "group": group}
    return asked | {"namespace": namespace, "name": name}


def requests():
    """Every row about one request."""
    found = []
    for row in read_rows():
        if row["id"] in NOT_OBJECTS or is_case(row):
            continue
        if row["proves"].startswith("HTTP"):
            rules, asked, user = [], _path(row), "system:anonymous"
        else:
            rules, asked = [json.loads(row["given"][0])], _review(row)
            user = "system:serviceaccount:attackers:p"
        found.append(Request(row["id"], rules, asked, user, row["works"]))
    return found


def controllers():
    """Controllers' ServiceAccounts, and the ways in which each read a Secret."""
    row = next(row for row in read_rows() if row["id"] == "controller-sa-readers")
    return [tuple(text.strip().split(":")) for text in row["obtained"].split(";")]
