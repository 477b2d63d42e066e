"""Which rows of the table of custom resources count in a cluster, and where their operators are."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from rbacgraph.authz.match import ALL
from rbacgraph.authz.questions.api_resources import known_resources
from rbacgraph.facts.custom_resources.row import CustomResourceRow, OperatorAccount
from rbacgraph.facts.custom_resources.rows import RowsByKey
from rbacgraph.facts.gitops.argo_cd import ArgoCD
from rbacgraph.facts.gitops.flux import FLUX, Flux
from rbacgraph.facts.operators.accounts import OperatorAccounts
from rbacgraph.facts.operators.known_names import known_by_name
from rbacgraph.facts.operators.operators import Operators
from rbacgraph.facts.world import Facts, WorldPart
from rbacgraph.facts.writable_objects import WritableObjects
from rbacgraph.model.condition import CERTAIN, Condition, If
from rbacgraph.model.node import EACH_NAMESPACE, SERVICE_ACCOUNT, Node

_FEW = 3
_WIDE = ("", EACH_NAMESPACE)
_BUILT_IN = frozenset((one.group, one.resource) for one in known_resources())


class PresentRows(WorldPart):
    """The rows whose resource may exist in a cluster.

    A resource exists if the input defines it, or, if the input may lack definitions, if some rule
    names it; a rule for everything does not count. OpenShift's resources have no definitions: a
    separate API server has them. One that Kubernetes has itself counts only if the input shows the
    operator.
    """

    def __init__(self, world: Facts) -> None:
        super().__init__(world)
        self._found: dict[tuple[int, tuple[tuple[str, str], ...]], Sequence[CustomResourceRow]] = {}
        self._there: dict[tuple[tuple[str, str], str], bool] = {}

    def of(self, rows: RowsByKey, keys: tuple[tuple[str, str], ...]) -> Sequence[CustomResourceRow]:
        """Return the rows for some resources that count.

        ``rows``: rows by group and plural, which the caller keeps.
        """
        known = self._found.get((id(rows), keys))
        if known is None:
            known = [row for key in keys for row in rows.get(key, ()) if self.counts(row)]
            self._found[id(rows), keys] = known
        return known

    def counts(self, row: CustomResourceRow) -> bool:
        """Whether the resource of a row may exist, so that its operator may heed an object."""
        place = row.key, row.operator
        if place not in self._there:
            self._there[place] = self._is_there(row)
        return self._there[place] and not self._lacks_flaw(row)

    def heeded(self, row: CustomResourceRow, scope: str) -> bool:
        """Whether the operator heeds objects in a scope: some look into few namespaces alone."""
        if scope in _WIDE:
            return True
        if row.only_in and scope not in row.only_in:
            return False
        if row.operator == FLUX and not self._world.part(Flux).heeds(row.group, scope):
            return False
        own = self._accounts_of(row.operator) if row.own_namespace else ()
        return not own or any(namespace == scope for _, namespace, _ in own)

    def heeding(self, row: CustomResourceRow, scope: str) -> Condition | None:
        """Return the condition on which an operator heeds objects in a scope; None if it does not.

        Some look into their own namespace alone, unless an option lists more.
        """
        own = {namespace for _, namespace, _ in self.accounts(row)}
        if not row.elsewhere or scope in _WIDE or scope in own:
            return CERTAIN
        listed = {self._world.part(ArgoCD).lists(option, scope) for option in row.elsewhere}
        if False in listed:
            return None
        return CERTAIN if listed == {True} else If.OPERATOR_HEEDS_NAMESPACE(row.operator)

    def running(self, rows: Sequence[CustomResourceRow]) -> Condition:
        """Return what must hold of the operator of any of some rows, at least one.

        Resources that the input defines come before those that rules name alone.
        """
        served = self._world.snapshot.served
        best = [row for row in rows if row.key in served or row.openshift] or rows
        plain = sorted({row.operator for row in best if not row.needs})
        if plain:
            return If.OPERATOR_RUNS(*(plain if len(plain) <= _FEW else ()))
        return min(row.condition for row in best)

    def accounts(self, row: CustomResourceRow) -> Sequence[Node]:
        """Return the ServiceAccounts with whose rights the operator of a row acts.

        Those that signs show, however they are called, then those with a name that the project's
        manifests give.
        """
        rights = row.rights
        if not isinstance(rights, OperatorAccount):
            return ()
        accounts = self._world.part(OperatorAccounts)
        shown = accounts.of(row.operator, rights.component, rights.names)
        named: Iterable[Node] = (
            (SERVICE_ACCOUNT, namespace, name)
            for name in rights.names
            for namespace in self._by_name.get(name, ())
        )
        return tuple(dict.fromkeys((*shown, *named)))

    def namespaces(self, row: CustomResourceRow) -> Sequence[str]:
        """Return where the operator of a row runs: where its account is, or else is shipped to."""
        if not isinstance(row.rights, OperatorAccount):
            return ()
        found = {namespace for _, namespace, _ in self.accounts(row)}
        shipped = self._world.identities.namespace_names.intersection(row.rights.namespaces)
        return sorted(found or shipped)

    def _lacks_flaw(self, row: CustomResourceRow) -> bool:
        """Whether all that the input shows of the operator is without a flaw.

        Programs of one operator have versions of their own, so that the program of the row decides.
        """
        if not (row.since or row.repaired):
            return False
        images = self._images(self.accounts(row)) or self._images(self._accounts_of(row.operator))
        return bool(images) and all(
            is_older(image, row.since) or is_repaired(image, row.repaired) for image in images
        )

    def _images(self, accounts: Iterable[Node]) -> Sequence[str]:
        operators = self._world.part(Operators)
        return [image for node in accounts for image in operators.images(node)]

    def _is_there(self, row: CustomResourceRow) -> bool:
        world = self._world
        if row.key in world.snapshot.served or (row.openshift and world.constraints.demanded):
            return True
        if row.key in _BUILT_IN:
            return self._is_seen(row.operator)
        if world.snapshot.is_listed("CustomResourceDefinition"):
            return False
        named = world.part(WritableObjects).named_resources
        return not named.isdisjoint({row.key, (row.group, ALL)})

    def _is_seen(self, operator: str) -> bool:
        """Whether an operator is recognised: by a name alone where the input shows no Pods."""
        if self._accounts_of(operator):
            return True
        snapshot, named = self._world.snapshot, self._world.rbac.named_service_accounts
        if not (snapshot.pods or snapshot.workloads):
            return any(known_by_name(name) == operator for _, name in named)
        if snapshot.is_listed("ServiceAccount"):
            return False
        found = (self._world.part(Operators).of((SERVICE_ACCOUNT, *key)) for key in named)
        return any(one is not None and one.name == operator for one in found)

    def _accounts_of(self, operator: str) -> Sequence[Node]:
        return self._world.part(OperatorAccounts).recognised(operator)

    @cached_property
    def _by_name(self) -> Mapping[str, Iterable[str]]:
        found: dict[str, list[str]] = {}
        for namespace, name in self._world.identities.usable_accounts:
            found.setdefault(name, []).append(namespace)
        return found


# Says of an operator's release whether it has a flaw, or the repair of it.

_IN_TAG = re.compile(r"(?:^|[^\d.])v?(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?![\d.])")


def release_of(image: str) -> tuple[int, int, int] | None:
    """Return the version that the tag of an image shows; None if it shows none.

    Examples
    --------
    >>> release_of("ghcr.io/kedacore/keda:2.18.3@sha256:0"), release_of("registry:5000/keda")
    ((2, 18, 3), None)
    """
    _, colon, tag = image.partition("@")[0].rpartition("/")[2].partition(":")
    found = _IN_TAG.search(tag) if colon else None
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def is_older(image: str, since: str) -> bool:
    """Whether an image is surely of a release before a version, which brought a flaw.

    Examples
    --------
    >>> [is_older(f"keda:{tag}", "2.18.0") for tag in ("2.17.9", "2.18.0", "main")]
    [True, False, False]
    """
    release = release_of(image)
    return release is not None and bool(since) and release < _parsed(since)


def is_repaired(image: str, repaired: Iterable[str]) -> bool:
    """Whether an image surely has a repair, by the first repaired version of each line.

    Older lines of releases than those have none, newer ones have it.

    Examples
    --------
    >>> [is_repaired(f"keda:{tag}", ("2.17.3", "2.18.3")) for tag in ("2.16.9", "2.17.3", "2.18.1")]
    [False, True, False]
    >>> is_repaired("keda:2.19.0", ("2.17.3", "2.18.3")), is_repaired("keda:main", ("2.17.3",))
    (True, False)
    """
    release = release_of(image)
    if release is None:
        return False
    first = [_parsed(one) for one in repaired]
    later = [one for one in first if one[:2] >= release[:2]]
    return release >= min(later) if later else bool(first)


def _parsed(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
