"""Finds the roles of ``auth/kubernetes`` that admit those who use them, and nobody else."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.stores.vault.kubernetes_role import admits
from rbacgraph.stores.vault.role_fields import RoleData, texts

__all__ = ["Admission", "admitted_blocks", "is_narrow"]


class Admission(NamedTuple):
    """Every name in every namespace."""

    names: tuple[str, ...]
    namespaces: tuple[str, ...]

    @property
    def accounts(self) -> frozenset[Key]:
        """The ServiceAccounts, by namespace and name."""
        return frozenset(product(self.namespaces, self.names))


def admitted_blocks(users: Collection[Key]) -> Sequence[Admission]:
    """Return the fewest roles found that admit these ServiceAccounts and nobody else.

    A role admits each of its names in each of its namespaces. Namespaces with the same names share
    a role, or names with the same namespaces, whichever gives fewer roles; the largest comes first.

    Examples
    --------
    >>> admitted_blocks([("dev", "api"), ("prod", "api")])
    [Admission(names=('api',), namespaces=('dev', 'prod'))]
    >>> len(admitted_blocks([("dev", "api"), ("prod", "web")]))
    2
    """
    by_namespace = _grouped(users)
    by_name = _grouped((name, namespace) for namespace, name in users)
    one = [Admission(names, spaces) for names, spaces in by_namespace]
    other = [Admission(names, spaces) for spaces, names in by_name]
    chosen = min(one, other, key=len)
    return sorted(chosen, key=lambda block: (-len(block.accounts), block))


def _grouped(pairs: Iterable[Key]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    held: dict[str, set[str]] = {}
    for first, second in pairs:
        held.setdefault(first, set()).add(second)
    groups: dict[tuple[str, ...], list[str]] = {}
    for first, seconds in held.items():
        groups.setdefault(tuple(sorted(seconds)), []).append(first)
    return [(seconds, tuple(sorted(firsts))) for seconds, firsts in groups.items()]


def is_narrow(role: RoleData, users: Collection[Key]) -> bool:
    """Whether a role admits these ServiceAccounts alone, by their names."""
    names = texts(role, "bound_service_account_names")
    namespaces = texts(role, "bound_service_account_namespaces")
    literal = not any("*" in text for text in (*names, *namespaces))
    selects = bool(role.get("bound_service_account_namespace_selector"))
    return literal and not selects and Admission(names, namespaces).accounts == frozenset(users)


def admits_only(block: Admission, role: RoleData, labels: Mapping[str, Mapping[str, str]]) -> bool:
    """Whether a block admits nobody whom the role does not, by the same evaluator.

    ``labels``: the labels of namespaces, for a role that selects them.
    """
    new = {
        "bound_service_account_names": block.names,
        "bound_service_account_namespaces": block.namespaces,
    }
    return all(
        admits(
            narrow,
            namespace=namespace,
            serviceaccount=name,
            namespace_labels=labels.get(namespace),
            audiences=texts(role, "audience"),
        )
        for namespace, name in block.accounts
        for narrow in (new, role)
    )
