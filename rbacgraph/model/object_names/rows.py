"""Reads the table of the names of Kubernetes' own kinds, and judges a name by a row of it."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from ipaddress import ip_address
from typing import Literal

from msgspec import Struct, json

from rbacgraph.model.node import is_label, is_path_segment, is_subdomain
from rbacgraph.model.packaged import packaged

NameRule = Literal[
    "csi-driver",
    "ip-address",
    "label",
    "label-1035",
    "label-61",
    "openshift-group",
    "path-segment",
    "plural.group",
    "subdomain",
    "subdomain-52",
    "version.group",
]
_DRIVER, _STATEFUL_SET, _CRON_JOB = 63, 61, 52


class NameRow(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How servers of some versions judge the names of new objects of a kind.

    ``group``, ``resource``: the kind, as rules write it.
    ``rule``: what its names are.
    ``source``: the code that checks them.
    ``since``, ``until``: the first and the last version of Kubernetes that judges so, if not all
        do.
    ``kept``: the field of a snapshot that keeps such objects, if there is one.
    """

    group: str
    resource: str
    rule: NameRule
    source: str
    since: tuple[int, int] | None = None
    until: tuple[int, int] | None = None
    kept: str = ""

    def allows(self, name: str) -> bool:
        """Whether a new object may have a name."""
        return _RULES[self.rule](name)

    def is_of(self, version: tuple[int, int] | None) -> bool:
        """Whether a server of a version judges so; of an unknown one, it may."""
        if version is None:
            return True
        return (self.since or version) <= version <= (self.until or version)


@cache
def name_rows() -> Mapping[tuple[str, str], Sequence[NameRow]]:
    """Return the table by group and resource.

    Examples
    --------
    >>> [row.rule for row in name_rows()["", "services"]]
    ['label', 'label-1035']
    """
    data = packaged("rbacgraph.model.object_names", "rows.jsonl")
    found: dict[tuple[str, str], list[NameRow]] = {}
    for row in json.Decoder(NameRow).decode_lines(data):
        found.setdefault((row.group, row.resource), []).append(row)
    return found


def _is_1035(name: str) -> bool:
    return is_label(name) and not name[0].isdigit()


def _is_definition(name: str) -> bool:
    plural, _, group = name.partition(".")
    return _is_1035(plural) and "." in group and is_subdomain(name)


def _is_api_service(name: str) -> bool:
    version, dot, group = name.partition(".")
    return bool(dot) and _is_1035(version) and (is_subdomain(group) or name == "v1.")


def _is_address(name: str) -> bool:
    try:
        return str(ip_address(name)) == name
    except ValueError:
        return False


_RULES: Mapping[NameRule, Callable[[str], bool]] = {
    "csi-driver": lambda name: len(name) <= _DRIVER and is_subdomain(name.lower()),
    "ip-address": _is_address,
    "label": is_label,
    "label-1035": _is_1035,
    "label-61": lambda name: len(name) <= _STATEFUL_SET and is_label(name),
    "openshift-group": lambda name: is_path_segment(name) and ":" not in name and name != "~",
    "path-segment": is_path_segment,
    "plural.group": _is_definition,
    "subdomain": is_subdomain,
    "subdomain-52": lambda name: len(name) <= _CRON_JOB and is_subdomain(name),
    "version.group": _is_api_service,
}
