"""What techniques read of the table of custom resources: rights, places, identities and words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rbacgraph.facts.custom_resources.present import PresentRows
from rbacgraph.facts.custom_resources.row import CustomResourceRow, OperatorAccount
from rbacgraph.facts.custom_resources.rows import RowsByKey
from rbacgraph.facts.gitops.flux import FLUX, Flux
from rbacgraph.facts.object_names import may_be_made
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If
from rbacgraph.model.node import EVERYTHING, Node
from rbacgraph.techniques.spec.collections import EXISTING_ACCOUNTS_OF, SECRETS_OF
from rbacgraph.techniques.spec.compound_rights import names_of
from rbacgraph.techniques.spec.technique import Match, ResourceKey, Right, listed, where

_FEW = 3
_OF_FLUX = frozenset({FLUX, "the Flux Operator"})


def rights_on(rows: RowsByKey, *verbs: str) -> tuple[Right, ...]:
    """Return rights on each resource of some rows."""
    return tuple(Right(verbs, *key) for key in rows)


def cluster_keys(rows: RowsByKey) -> frozenset[ResourceKey]:
    """Return the resources that are cluster-scoped."""
    return frozenset(key for key, own in rows.items() if own[0].cluster_scoped)


def present(world: Facts, rows: RowsByKey, scope: str, match: Match) -> Sequence[CustomResourceRow]:
    """Return the rows for the resources of a match whose operator may heed an object in a scope."""
    found = world.part(PresentRows).of(rows, match.keys)
    return [row for row in found if heeds(world, row, scope)]


def is_there(world: Facts, row: CustomResourceRow) -> bool:
    """Whether the resource of a row may exist, so that its operator may heed an object."""
    return world.part(PresentRows).counts(row)


def heeds(world: Facts, row: CustomResourceRow, scope: str) -> bool:
    """Whether an operator heeds objects in a scope: some look into few namespaces alone."""
    return world.part(PresentRows).heeded(row, scope)


def heeding(world: Facts, row: CustomResourceRow, scope: str) -> Condition | None:
    """Return the condition on which an operator heeds objects in a scope; None if it does not."""
    return world.part(PresentRows).heeding(row, scope)


def running(world: Facts, rows: Sequence[CustomResourceRow]) -> Condition:
    """Return what must hold of the operator of any of some rows, at least one."""
    return world.part(PresentRows).running(rows)


def reached(world: Facts, scope: str, row: CustomResourceRow) -> Sequence[str]:
    """Return the namespaces that an object of a row reaches, made in a scope; ``""`` for all."""
    if row.reach == "operator-namespace":
        return world.part(PresentRows).namespaces(row)
    return ("",) if row.reach == "cluster" else (scope,)


def by_place(
    world: Facts, scope: str, rows: Iterable[CustomResourceRow]
) -> Mapping[str, Sequence[CustomResourceRow]]:
    """Return rows by the namespaces that their objects reach, made in a scope."""
    found: dict[str, list[CustomResourceRow]] = {}
    for row in rows:
        for namespace in reached(world, scope, row):
            found.setdefault(namespace, []).append(row)
    return found


def gained(world: Facts, scope: str, row: CustomResourceRow) -> Iterator[Node]:
    """Yield what the operator of a row, which applies manifests, can be made to give.

    It acts with the rights of everything, of any ServiceAccount of the namespace, or of its own:
    by the names that its manifests give, in every namespace, and as labels, charts and images show
    it. Where it acts in the object's namespace alone, it gives the Secrets and accounts there.
    """
    if row.rights == "named-account":
        yield from (EXISTING_ACCOUNTS_OF.everything(place) for place in reached(world, scope, row))
    elif row.reach == "namespace":
        yield SECRETS_OF.everything(scope)
        yield EXISTING_ACCOUNTS_OF.everything(scope)
    elif row.rights == "everything":
        yield EVERYTHING
    elif isinstance(row.rights, OperatorAccount):
        yield from _own_accounts(world, row, row.rights.names)


def _own_accounts(world: Facts, row: CustomResourceRow, names: Sequence[str]) -> Iterator[Node]:
    """Yield the accounts of an operator, but those of Flux that act as others."""
    limited = world.part(Flux).limited if row.operator in _OF_FLUX else frozenset()
    together = [name for name in names if all(one[2] != name for one in limited)]
    yield from (EXISTING_ACCOUNTS_OF.named("", name) for name in together)
    for account in world.part(PresentRows).accounts(row):
        if account[2] not in together and account not in limited:
            yield account


def new_names(world: Facts, match: Match) -> tuple[str, ...]:
    """Return the names by which one rule's server-side apply creates an object; ``""`` for any."""
    if not {"create", "patch"}.issubset(match.verbs):
        return ()
    return tuple(
        name for name in names_of(match) if any(may_be_made(world, key, name) for key in match.keys)
    )


def object_there(world: Facts, match: Match) -> Condition | None:
    """Return which object must exist for a request; None if no request is allowed."""
    if "create" in match.verbs and (match.nameless or new_names(world, match)):
        return CERTAIN
    if match.verbs == ("create",) or not (match.exact_names or not match.names):
        return None
    return If.OBJECT_IS_THERE(*match.exact_names)


def least(found: Iterable[tuple[Node, Condition]]) -> Iterator[tuple[Node, Condition]]:
    """Yield each target once, under the condition that takes the least."""
    best: dict[Node, Condition] = {}
    for node, condition in found:
        if node not in best or condition < best[node]:
            best[node] = condition
    yield from best.items()


def words_on(scope: str, match: Match) -> str:
    """Return what a rule allows on custom resources, in words."""
    return f"can {listed(match.verbs)} {named(match)} {where(scope)}"


def named(match: Match) -> str:
    """Return which resources a rule covers, in words; a few of many.

    Examples
    --------
    >>> named(Match(("create",), (("argoproj.io", "workflows"), ("", "secrets")), ("a",)))
    'workflows.argoproj.io, secrets a'
    """
    names = [f"{plural}.{group}" if group else plural for group, plural in match.keys]
    if len(names) > _FEW:
        names[_FEW - 1 :] = [f"{len(names) - _FEW + 1} more custom resources"]
    objects = f" {', '.join(match.exact_names) or '(no name)'}" if match.names else ""
    return f"{', '.join(names)}{objects}"
