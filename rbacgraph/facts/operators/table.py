"""The table of operators: ``rows.jsonl``, one row per line, each with its source."""

from msgspec import Struct, json

from rbacgraph.facts.operators.power import Power
from rbacgraph.model.packaged import packaged


class Component(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A component of an operator with needs of its own.

    ``names``: the names that the project's manifests give its ServiceAccount, or label it with.
    ``needs``: powers that it needs in the whole cluster, beside those of the operator.
    ``roles``: roles of Kubernetes that its manifests bind to it, such as ``cluster-admin``.
    """

    names: tuple[str, ...]
    needs: tuple[Power, ...] = ()
    roles: tuple[str, ...] = ()


class OperatorProgram(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One of several programs of an operator, which may have a ServiceAccount of its own.

    ``name``: as the table of custom resources names it.
    ``words``: names and values of labels that its manifests give it, and none of the others, alone
        or behind a dash.
    ``images``: the last parts of the repositories of images that it alone runs; a part may hold
        ``*``.
    """

    name: str
    words: tuple[str, ...]
    images: tuple[str, ...] = ()


class Operator(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An operator or controller, and how it is recognised.

    ``names``: values of ``app.kubernetes.io/name`` that no other project uses.
    ``parts_of``: values of ``app.kubernetes.io/part-of`` that no other project uses.
    ``components``: further values of ``app.kubernetes.io/name`` on its objects: they show nothing
        alone.
    ``labels``: other labels of its own, each ``KEY=VALUE``.
    ``charts``: names of its Helm charts, as ``helm.sh/chart`` has them before the version.
    ``images``: the last parts of its images' repositories; a part may hold ``*``.
    ``groups``: API groups of its CustomResourceDefinitions. One that other projects share is given
        as ``RESOURCE.GROUP``.
    ``families``, ``known_as``: names that its charts give to their objects, alone or followed by a
        dash and more, and names that they give alone. A name is no sign of an operator but where
        rbacgraph only refrains from something.
    ``needs``: powers that it needs in the whole cluster.
    ``own_needs``: powers that it needs in its own namespace, beside these.
    ``parts``: components that need more than the others.
    ``programs``: its several programs, where rows of custom resources name one of them.
    ``ships``: bindings that its manifests ship without a mark: the names of the binding and of its
        role.
    ``source``: where this was read: repository and path.
    ``read``: whether it was read there; False for what rests on memory.
    """

    name: str
    names: tuple[str, ...] = ()
    parts_of: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    charts: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    known_as: tuple[str, ...] = ()
    needs: tuple[Power, ...] = ()
    own_needs: tuple[Power, ...] = ()
    parts: tuple[Component, ...] = ()
    programs: tuple[OperatorProgram, ...] = ()
    ships: tuple[tuple[str, str], ...] = ()
    source: str = ""
    read: bool = False


OPERATORS = tuple(
    json.Decoder(Operator).decode_lines(packaged("rbacgraph.facts.operators", "rows.jsonl"))
)
"""By subject, in an order that counts where several fit; no two have one name."""
