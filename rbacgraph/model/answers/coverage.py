"""Which rights techniques judge, and the write rights that none judges."""

from typing import Literal

from msgspec import Struct

from rbacgraph.model.inputs.evidence import Evidence

Judgement = Literal["judged", "judged-in-part", "harmless", "unknown"]
"""``unknown``: no technique judges it, and nobody has shown that it is harmless."""


class CoverageRow(Struct, frozen=True, kw_only=True):
    """What rbacgraph makes of some verbs on one resource.

    ``api_group``, ``resource``: as rules write them: ``pods/exec``.
    ``verbs``: the verbs that write, or that a technique needs; sorted.
    ``judgement``: what is known of them.
    ``techniques``: the ids of the techniques that judge them.
    ``reason``: why they are harmless, or judged only in part, or why a read counts; else ``""``.
    ``source``: on what the reason rests, or where the resource is known from.
    """

    api_group: str
    resource: str
    verbs: tuple[str, ...]
    judgement: Judgement
    techniques: tuple[str, ...] = ()
    reason: str = ""
    source: str = ""

    @property
    def full_name(self) -> str:
        """``resource.group``, with the subresource last: ``deployments.apps/scale``."""
        return full_name(self.api_group, self.resource)


class TechniqueResource(Struct, frozen=True, kw_only=True):
    """What a technique reads in the table of custom resources.

    ``api_group``, ``resource``: as rules write them.
    ``operator``: the operator that heeds its objects.
    ``mechanism``: what it does for their author.
    ``fields``: the fields by which the author chooses.
    ``source``: where this was read: repository and path.
    """

    api_group: str
    resource: str
    operator: str
    mechanism: str
    fields: tuple[str, ...]
    source: str

    @property
    def full_name(self) -> str:
        """``resource.group``."""
        return full_name(self.api_group, self.resource)


class UnjudgedRight(Struct, frozen=True, kw_only=True):
    """A write right on one entry of rules that no technique judges.

    ``holder``: the principal that holds it, printed as a node: the one asked about, or an identity
        that it gets.
    ``verbs``: the verbs that no technique judges, sorted; ``("*",)`` for all of a resource that
        nothing is known of.
    ``api_group``, ``resource``: as the rule writes them; ``*`` stands for what ``stands_for``
        lists. For a right on a URL, the resource is the URL.
    ``scope``: the namespace in which it holds; ``""`` for all of them and the cluster scope.
    ``resource_names``: the only names of objects; none for all.
    ``stands_for``: for ``*``, the full names of the known resources that no technique judges.
    ``evidence``: the bindings and rules that give it.
    """

    holder: str
    verbs: tuple[str, ...]
    api_group: str
    resource: str
    scope: str
    resource_names: tuple[str, ...] = ()
    stands_for: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def full_name(self) -> str:
        """``resource.group``, with the subresource last."""
        return full_name(self.api_group, self.resource)

    @property
    def resources(self) -> tuple[str, ...]:
        """The full names of the resources that it is about."""
        return self.stands_for or (self.full_name,)


def full_name(group: str, resource: str) -> str:
    """Return a resource as kubectl writes it, with its subresource last.

    Examples
    --------
    >>> full_name("apps", "deployments/scale"), full_name("", "pods")
    ('deployments.apps/scale', 'pods')
    """
    plural, slash, subresource = resource.partition("/")
    return f"{plural}.{group}{slash}{subresource}" if group else resource
