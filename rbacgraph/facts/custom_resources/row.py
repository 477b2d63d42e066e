"""One row of the table: a resource, and what its operator does for an author of its objects."""

import re
from typing import Literal

from msgspec import Struct

from rbacgraph.model.condition import Condition, If, both

Mechanism = Literal[
    "applies",
    "binds",
    "copies",
    "forges",
    "mutates",
    "runs-on-node",
    "runs-pod",
    "sends-secret",
    "sends-token",
    "uses-key",
]
"""What the operator does for the author of an object.

``applies``
    It applies manifests of the author with rights that are not the author's.
``binds``
    It grants rights as the object says, by roles, bindings or accounts that it writes.
``copies``
    It copies a Secret to where the author may read it.
``forges``
    It makes a credential that the cluster accepts, such as a token or a client certificate.
``mutates``
    It changes objects of others, such as Pods at admission.
``runs-on-node``
    It runs on nodes, as root, what the object says.
``runs-pod``
    It makes Pods as the object says.
``sends-secret``, ``sends-token``
    It sends a Secret, or a ServiceAccount's token, to a server that the author names.
``uses-key``
    It does something with a key that the author cannot read.
"""

FIELD = re.compile(r"[a-z]\w*(\[\])*(\.(\*|\w[\w-]*)(\[\])*)*(\[[^\[\]]+\])?")
"""A field of an object.

Names are joined by dots. ``[]`` stands for each item of a list, ``*`` for each name of a map or
part; a key that has dots itself is in brackets: ``metadata.annotations[example.com/copy-to]``.
"""


class OperatorAccount(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The ServiceAccount with whose rights an operator acts.

    An account of the row's operator is found by labels, chart and images, however it is called.

    ``names``: the names that the project's manifests give it: an account that is so called counts
        in every namespace.
    ``component``: the program of the operator that runs as it, one of
        :attr:`rbacgraph.facts.operators.table.Operator.programs`; ``""`` for every account of the
        operator.
    ``namespaces``: where the project's manifests put it, for rows that reach the operator's
        namespace.
    """

    names: tuple[str, ...] = ()
    component: str = ""
    namespaces: tuple[str, ...] = ()


class CustomResourceRow(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A resource, and one thing that its operator does for an author of its objects.

    Group, plural, mechanism and fields together are unique. Defaults are left out of the file.

    ``group``, ``plural``: the resource, as in rules. Other groups may have the same plural.
    ``mechanism``: what the operator does.
    ``operator``: the operator's name in the table of operators
        (:mod:`rbacgraph.facts.operators.table`). One that no mark of an object shows is in no
        table: its rows name no account, and the test of this table says why.
    ``fields``: the fields by which the author chooses, each as :data:`FIELD` says.
    ``rights``: whose rights the author gets by it: those of the operator's ServiceAccount, of
        ``everything``, of a ServiceAccount that the object names (``named-account``), or of nobody
        (``none``). Of ``sends-token``, the operator's ServiceAccount means that it sends its own
        token, or, for the namespace, only such tokens as it may request.
    ``reach``: where the Secrets, accounts and objects lie: in the object's namespace, in the
        operator's, or anywhere in the cluster.
    ``cluster_scoped``: whether the resource is cluster-scoped, so that no RoleBinding gives it.
    ``existing``: whether an author must change an object that exists: a new one gives nothing. All
        rows of a resource agree.
    ``named``: the names of the only objects that count, which are there where the operator runs;
        none for all.
    ``openshift``: whether an API server of OpenShift serves it, so that no CustomResourceDefinition
        does.
    ``pods``: of ``runs-pod``: whether Pods are made of a new object alone, are also made again when
        the object changes (``remade``), or only once another object refers to it (``started``).
    ``host``: of ``runs-pod``: whether these Pods may be privileged or mount paths of the node.
    ``lands``: of ``copies``, ``forges`` and ``uses-key``: what shows the attacker what the operator
        makes: a ``secret`` of the object's namespace, or the ``object`` itself, which is the last
        of ``also`` if there are any; a Secret ``elsewhere``, in any namespace where ``also`` is
        written; without it nothing but the write is needed.
    ``also``: plurals of the same group that must be written too.
    ``own_namespace``: whether objects count in the operator's own namespace alone.
    ``elsewhere``: options of the operator that list all other namespaces in which objects count:
        without them only those in its own do.
    ``changes``: of ``mutates``: whether any object of others is changed, roles and bindings too
        (``objects``), only ``pods``, or only their ``images``.
    ``labelled``: of ``binds``: the label of the namespaces in which the operator grants. Where
        objects have a namespace, it gives the Secrets of that one too.
    ``only_in``: the only namespaces in which an object is about this cluster; none for all.
    ``needs``: names of codes of :class:`rbacgraph.model.condition.If`, each about the operator's
        name; each says that the operator runs. Without any, only that must hold.
    ``since``: of a flaw: the first version that has it; ``""`` where every older one does.
    ``repaired``: of a flaw: the first repaired version of each line of the operator's releases.
    ``source``: where this was read: repository and path.
    ``read``: whether it was read there; False for what rests on memory.
    """

    group: str
    plural: str
    mechanism: Mechanism
    operator: str
    fields: tuple[str, ...]
    rights: OperatorAccount | Literal["everything", "named-account", "none"] = "none"
    reach: Literal["cluster", "namespace", "operator-namespace"] = "namespace"
    cluster_scoped: bool = False
    existing: bool = False
    named: tuple[str, ...] = ()
    openshift: bool = False
    pods: Literal["new", "remade", "started"] = "new"
    host: bool = False
    lands: Literal["", "elsewhere", "object", "secret"] = ""
    also: tuple[str, ...] = ()
    own_namespace: bool = False
    elsewhere: tuple[str, ...] = ()
    changes: Literal["", "images", "objects", "pods"] = ""
    labelled: str = ""
    only_in: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    since: str = ""
    repaired: tuple[str, ...] = ()
    source: str
    read: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """Group and plural."""
        return self.group, self.plural

    @property
    def full_name(self) -> str:
        """``PLURAL.GROUP``, as definitions are named; ``PLURAL`` in the core group."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def condition(self) -> Condition:
        """What must hold of the operator."""
        if not self.needs:
            return If.OPERATOR_RUNS(self.operator)
        return both(*(If[name](self.operator) for name in self.needs))
