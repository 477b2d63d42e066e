"""What the table of operators says of one operator."""

from typing import NamedTuple

from rbacgraph.facts.operators.power import Power


class Component(NamedTuple):
    """A component of an operator with needs of its own.

    Parameters
    ----------
    names:
        The names that the project's manifests give its ServiceAccount, or label it with.
    needs:
        Powers that it needs in the whole cluster, beside those of the operator.
    roles:
        Roles of Kubernetes that its manifests bind to it, such as ``cluster-admin``.
    """

    names: tuple[str, ...]
    needs: tuple[Power, ...] = ()
    roles: tuple[str, ...] = ()


class OperatorProgram(NamedTuple):
    """One of several programs of an operator, which may have a ServiceAccount of its own.

    Parameters
    ----------
    name:
        As the table of custom resources names it.
    words:
        Names and values of labels that its manifests give it, and none of the others, alone or
        behind a dash.
    images:
        The last parts of the repositories of images that it alone runs; a part may hold ``*``.
    """

    name: str
    words: tuple[str, ...]
    images: tuple[str, ...] = ()


class Operator(NamedTuple):
    """An operator or controller, and how it is recognised.

    Parameters
    ----------
    name:
        As it is printed.
    names:
        Values of ``app.kubernetes.io/name`` that no other project uses.
    parts_of:
        Values of ``app.kubernetes.io/part-of`` that no other project uses.
    components:
        Further values of ``app.kubernetes.io/name`` on its objects: they show nothing alone.
    labels:
        Other labels of its own, each ``KEY=VALUE``.
    charts:
        Names of its Helm charts, as ``helm.sh/chart`` has them before the version.
    images:
        The last parts of its images' repositories; a part may hold ``*``.
    groups:
        API groups of its CustomResourceDefinitions. One that other projects share is given as
        ``RESOURCE.GROUP``.
    families, known_as:
        Names that its charts give to their objects, alone or followed by a dash and more, and
        names that they give alone. A name is no sign of an operator but where rbacgraph only
        refrains from something.
    needs:
        Powers that it needs in the whole cluster.
    own_needs:
        Powers that it needs in its own namespace, beside these.
    parts:
        Components that need more than the others.
    programs:
        Its several programs, where rows of custom resources name one of them.
    ships:
        Bindings that its manifests ship without a mark: the names of the binding and of its role.
    source:
        Where this was read: repository and path.
    read:
        Whether it was read there; False for what rests on memory.
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
