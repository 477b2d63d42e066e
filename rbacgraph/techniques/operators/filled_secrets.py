"""Finds who may have a Secret filled by an operator that heeds annotations of Secrets."""

from collections.abc import Iterator

from rbacgraph.facts.custom_resources.present import PresentRows
from rbacgraph.facts.custom_resources.row import CustomResourceRow
from rbacgraph.facts.custom_resources.rows import rows_that
from rbacgraph.facts.operators.copy_permissions import (
    REPLICATOR,
    CopyPermission,
    CopyPermissions,
)
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.node import GraphNode, Node
from rbacgraph.techniques.new_pods.pod_makers import MAKE_PODS
from rbacgraph.techniques.new_pods.server_side_apply import APPLY_PODS
from rbacgraph.techniques.operators.account_reads import containing
from rbacgraph.techniques.operators.custom_writes import (
    WIDE,
    reads_of_operator,
    scopes_of,
    tail_of,
)
from rbacgraph.techniques.spec import compound_rights
from rbacgraph.techniques.spec.collections import SECRETS_OF
from rbacgraph.techniques.spec.conjunction import Hyperarc
from rbacgraph.techniques.spec.custom_resources import is_there
from rbacgraph.techniques.spec.rights_by_name import uses_by_name
from rbacgraph.techniques.spec.technique import Right, where
from rbacgraph.techniques.tokens.create_token_secret import (
    APPLY_SECRET,
    CREATE_SECRET,
    READ_NEW_SECRET,
)

SECRETS = ("", "secrets")
_ROWS = rows_that("copies").get(SECRETS, ())
_PATCH = Right(("patch",), "", "secrets")
_UPDATE = Right(("update", "patch"), "", "secrets")
_GET = Right(("get", "list", "watch"), "", "secrets")


def _updates(
    _world: Facts, held: compound_rights.HeldRights
) -> Iterator[compound_rights.FoundRight]:
    """Leave out rules that allow a patch: that alone is enough."""
    for one in held.get(_UPDATE, ()):
        for name in () if "patch" in one.match.verbs else compound_rights.names_of(one.match):
            yield compound_rights.FoundRight(one.scope, name, (one,))


def _fills(world: Facts) -> bool:
    return any(is_there(world, row) for row in _ROWS)


PATCH_SECRET = uses_by_name("annotate-secret-by-patch", _PATCH, wanted=_fills)
"""Annotate an existing Secret, and see what it holds then: a patch answers with it."""

UPDATE_SECRET = compound_rights.CompoundRight(
    id="annotate-secret", rights=(_UPDATE,), found=_updates, wanted=_fills
)
GET_SECRET = uses_by_name("see-secret", _GET, wanted=_fills)

_FILLED: tuple[tuple[tuple[compound_rights.CompoundRight, ...], str], ...] = (
    ((CREATE_SECRET, READ_NEW_SECRET), "read"),
    ((CREATE_SECRET, MAKE_PODS), "made"),
    ((CREATE_SECRET, APPLY_PODS), "mounted"),
    ((APPLY_SECRET,), "applied"),
)
"""The rights by which a new Secret is annotated and read."""

_REFILLED = (((PATCH_SECRET,), "patched"), ((UPDATE_SECRET, GET_SECRET), "updated"))
"""The same of an existing Secret."""


FILLING = (
    *(MAKE_PODS, APPLY_PODS, CREATE_SECRET, READ_NEW_SECRET, APPLY_SECRET),
    *(PATCH_SECRET, UPDATE_SECRET, GET_SECRET),
)
"""All these rights."""


def filled_secrets(world: Facts, present: compound_rights.HeldCompoundRights) -> Iterator[Hyperarc]:
    """Yield what operators copy into a Secret that the attacker annotates, and reads."""
    for row in _ROWS:
        if is_there(world, row):
            yield from _by(world, present, _Filling(world, row))


def _by(
    world: Facts, present: compound_rights.HeldCompoundRights, filling: "_Filling"
) -> Iterator[Hyperarc]:
    for rights, called in _FILLED:
        for scope in scopes_of(present, rights):
            yield from filling.arcs(tail_of(present, rights, scope), scope, (called,))
    for rights, called in _REFILLED:
        for scope, name in sorted({key for one in rights for key in present.of(one)}):
            if all(present.has(one, scope, name) for one in rights):
                there = _existing(world, scope, name)
                tail = tail_of(present, rights, scope, name)
                if there is not None:
                    yield from filling.arcs(tail, scope, (called, name), there)


def _existing(world: Facts, scope: str, name: str) -> Condition | None:
    """Return the condition on which there is a Secret to annotate; None if there is none.

    An operator cannot fill an immutable one.
    """
    numbers, wide = world.secret_numbers, scope in WIDE
    for namespace in numbers if wide else (scope,):
        names = numbers.get(namespace, {})
        for one in names if not name else (name,) if name in names else ():
            held = world.secrets[namespace, one]
            if held is None or not held.immutable:
                return CERTAIN
    listed = world.snapshot.is_listed("Secret", "" if wide else scope)
    return None if listed else If.OBJECT_IS_IN_NAMESPACE(*((name,) if name else ()))


class _Filling:
    """What an operator copies into Secrets that ask for it by annotation."""

    def __init__(self, world: Facts, row: CustomResourceRow) -> None:
        self._row = row
        self._namespaces = world.identities.namespaces
        reads = {node: None for read in reads_of_operator(world, row) for node in read.secrets}
        known = bool(world.part(PresentRows).accounts(row))
        self._all = tuple(reads) if known else (SECRETS_OF.everything(""),)
        self._offered = [
            one
            for one in world.part(CopyPermissions).of(row.operator)
            if not known or any(part in reads for part in containing(one.secret))
        ]
        self._found: dict[str, dict[Condition, list[Node]]] = {}

    def arcs(
        self,
        tail: tuple[GraphNode, ...],
        scope: str,
        name: tuple[str, ...],
        there: Condition = CERTAIN,
    ) -> Iterator[Hyperarc]:
        """Yield what is had by annotating a Secret in a scope, and reading it."""
        operator = self._row.operator
        for number, (condition, secrets) in enumerate(sorted(self._into(scope).items())):
            yield Hyperarc(
                tail,
                tuple(secrets),
                f"can write Secrets {where(scope)} that {operator} fills with others",
                scope,
                (operator, *name, f"{number}"),
                both(self._row.condition, condition, there),
            )

    def _into(self, scope: str) -> dict[Condition, list[Node]]:
        """Return the Secrets that are copied into a scope, by condition."""
        place = "" if scope in WIDE else scope
        if place not in self._found:
            found = self._found[place] = {}
            for one in self._offered:
                condition = self._least(one, place)
                if condition is not None:
                    found.setdefault(condition, []).append(one.secret)
            if self._row.operator == REPLICATOR and self._all:
                found.setdefault(If.OPERATOR_COPIES_ALL(REPLICATOR), []).extend(self._all)
        return self._found[place]

    def _least(self, one: CopyPermission, place: str) -> Condition | None:
        if place:
            return one.into(place)
        least: Condition | None = None
        for namespace in self._namespaces:
            condition = one.into(namespace)
            if condition == CERTAIN:
                return condition
            least = condition if least is None else least
        return least
