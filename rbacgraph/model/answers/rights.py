"""What ``rights`` answers: the rules that a principal holds, and what they open."""

from collections.abc import Iterable

from msgspec import Struct

from rbacgraph.model.answers.paths import Basis
from rbacgraph.model.condition import Condition
from rbacgraph.model.inputs.evidence import Evidence


class OpenedTechnique(Struct, frozen=True):
    """A technique that a rule opens to its holder, alone or with the holder's other rules.

    ``technique``: its id.
    ``certain``: whether some use of it depends on no condition.
    ``resources``: the resources of the rule that it is about, without those that only ``*`` stands
        for.
    """

    technique: str
    certain: bool
    resources: tuple[str, ...] = ()


class RuleSource(Struct, frozen=True, kw_only=True):
    """One binding that gives a principal a rule.

    ``subject``: the principal itself, or its group that is bound, printed as a node.
    ``scope``: namespace in which the rule holds; ``""`` for all of them and the cluster scope.
    ``techniques``: what the rule opens there, in the order of the catalogue.
    ``aggregated_from``: the ClusterRole that an aggregated ClusterRole takes the rule from, if the
        input shows it.
    ``condition``: which versions of objects have it, where the input holds several.
    ``evidence``: the binding, then the rule of its role; for ``system:masters`` the group itself.
    """

    subject: str
    scope: str
    techniques: tuple[OpenedTechnique, ...] = ()
    aggregated_from: str = ""
    condition: Condition
    evidence: tuple[Evidence, ...] = ()


class DirectRule(Struct, frozen=True, kw_only=True):
    """A rule that a principal holds; equal rules of several bindings are one.

    The fields are those of a PolicyRule: either resources or URLs. No ``resource_names`` means any
    name. ``unjudged`` are the full names of the resources, or the URLs, on which it gives a write
    right that no technique judges.
    """

    verbs: tuple[str, ...]
    api_groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    resource_names: tuple[str, ...] = ()
    non_resource_urls: tuple[str, ...] = ()
    sources: tuple[RuleSource, ...] = ()
    unjudged: tuple[str, ...] = ()

    @property
    def scopes(self) -> tuple[str, ...]:
        """The namespaces in which it holds, sorted; ``("",)`` if it holds in all of them."""
        found = {source.scope for source in self.sources}
        return ("",) if "" in found else tuple(sorted(found))

    @property
    def techniques(self) -> tuple[OpenedTechnique, ...]:
        """What it opens by any of its sources, in the order in which these name it."""
        return merged(one for source in self.sources for one in source.techniques)


class RightsResult(Struct, frozen=True, kw_only=True):
    """Answer of ``rights``: what a principal may do directly, what opens techniques first.

    ``principal``: the user, group, ServiceAccount or kubelet, printed as a node.
    ``groups``: the groups whose rights count too, printed as nodes.
    ``namespace``: the only namespace asked about; ``""`` for all.
    ``basis``: what the answer rests on.
    """

    principal: str
    groups: tuple[str, ...]
    namespace: str
    rules: tuple[DirectRule, ...]
    basis: Basis


def merged(techniques: Iterable[OpenedTechnique]) -> tuple[OpenedTechnique, ...]:
    """Return each technique once, certain if one of its mentions is.

    Examples
    --------
    >>> merged([OpenedTechnique("exec", False), OpenedTechnique("exec", True)])
    (OpenedTechnique(technique='exec', certain=True, resources=()),)
    """
    found: dict[str, OpenedTechnique] = {}
    for one in techniques:
        known = found.get(one.technique, one)
        resources = tuple(dict.fromkeys((*known.resources, *one.resources)))
        certain = known.certain or one.certain
        found[one.technique] = OpenedTechnique(one.technique, certain, resources)
    return tuple(found.values())
