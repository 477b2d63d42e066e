"""Read a Secret where an operator copies it by a rule that stands."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rbacgraph.facts.copies.existing_copies import copied_by, met_by_write
from rbacgraph.facts.copies.standing_copies import StandingCopies, StandingCopy
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import Condition, If, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.copy_rules import NAMESPACES, TRIGGERS, WhichNamespace
from rbacgraph.model.node import ABILITY, SECRET, GraphNode, Node
from rbacgraph.model.node_keys import NamedRight
from rbacgraph.techniques.new_pods.pod_makers import MAKE_PODS
from rbacgraph.techniques.new_pods.server_side_apply import APPLY_PODS
from rbacgraph.techniques.nodes.relabel_namespace import CREATE_NAMESPACE, RELABEL
from rbacgraph.techniques.operators.custom_writes import WIDE, scopes_of
from rbacgraph.techniques.spec.collections import SECRETS_OF
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    HeldCompoundRights,
    where_allowed,
    wider_scopes,
)
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.custom_resources import object_there
from rbacgraph.techniques.spec.rights_by_name import uses_by_name
from rbacgraph.techniques.spec.technique import ResourceKey, Right, where


def _has_rules(world: Facts) -> bool:
    return bool(world.part(StandingCopies).rules)


READ_COPY = uses_by_name(
    "read-copy", Right(("get", "list", "watch", "patch"), "", "secrets"), wanted=_has_rules
)
"""Read a Secret that is not there yet, or that the input lacks."""

_READERS = ((READ_COPY, "read"), (MAKE_PODS, "made"), (APPLY_PODS, "applied"))


def _write(key: ResourceKey, *verbs: str) -> CompoundRight:
    group, plural = key
    created = verbs == ("create",)

    right = Right(verbs, group, plural)
    return CompoundRight(
        id=f"trigger-by-{'new-' * created}{plural}",
        rights=(right,),
        found=lambda world, held: where_allowed(
            held.get(right, ()), lambda one: object_there(world, one.match)
        ),
        wanted=lambda world: any(
            key in one.rule.triggers and one.rule.on_creation == created
            for one in world.part(StandingCopies).rules
        ),
    )


_KINDS = [key for key in TRIGGERS.values() if key != NAMESPACES]
_WRITES: Mapping[tuple[ResourceKey, bool], CompoundRight] = {
    (NAMESPACES, False): RELABEL,
    **{(key, False): _write(key, "create", "update", "patch") for key in _KINDS},
    **{(key, True): _write(key, "create") for key in _KINDS},
}
"""What triggers a rule, by kind and whether only creation does; of a Namespace that exists, a
change."""


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    for one in world.part(StandingCopies).rules:
        yield from _Joins(world, present, one).arcs()


class _Way(NamedTuple):
    """How a rule is triggered: the rights, in words, what sets it apart, and the condition."""

    tail: tuple[GraphNode, ...]
    words: str
    called: tuple[str, ...]
    condition: Condition


class _Joins:
    """The ways to what one rule copies."""

    def __init__(self, world: Facts, present: HeldCompoundRights, one: StandingCopy) -> None:
        self._world = world
        self._present = present
        self._one = one
        self._copies = world.part(StandingCopies)
        self._here = one.rule.target.place == WhichNamespace.OF_TRIGGER
        meta = one.obj.metadata
        self._called = (one.operator, one.kind, meta.namespace, meta.name, f"{one.number}")
        self._copies_by = both(
            If.OPERATOR_COPIES_BY(one.operator, *self._called[1:4]), met_by_write(one)
        )
        self._triggered: GraphNode = (
            ABILITY,
            meta.namespace,
            NamedRight(f"triggered-{one.kind.lower()}-{one.number}", meta.name),
        )

    def arcs(self) -> Iterator[Hyperarc]:
        """Yield each way."""
        for reader, called in _READERS:
            yield from self._by_somebody(reader, called)
            if self._here:
                yield from self._by_trigger(reader, called)
        if self._here:
            yield from self._in_new_namespace()
        else:
            yield from self._elsewhere()

    def _by_somebody(self, reader: CompoundRight, called: str) -> Iterator[Hyperarc]:
        """Yield what is read where somebody may have triggered the rule, or the operator acts."""
        for scope in self._present.scopes(reader):
            if self._lands(scope) and self._may_be_there(scope):
                words = f"can read what {self._one.operator} copies {where(scope)}"
                way = _Way((), words, (called,), copied_by(self._one))
                yield from self._arcs(way, reader, scope)

    def _by_trigger(self, reader: CompoundRight, called: str) -> Iterator[Hyperarc]:
        """Yield what is read where the attacker triggers the rule."""
        for key, write in self._writes():
            shared = dict.fromkeys((*scopes_of(self._present, (write, reader)), *WIDE))
            for scope in shared:
                node = self._present.node(write, scope)
                if node is not None and self._is_triggered(key, scope):
                    words = (
                        f"can write {key[1]} {where(scope)} for which {self._one.operator} copies"
                        " Secrets, and read the copy"
                    )
                    way = _Way((node,), words, (called, key[1]), self._copies_by)
                    yield from self._arcs(way, reader, scope)

    def _in_new_namespace(self) -> Iterator[Hyperarc]:
        """Yield what is read by name in a new namespace; without names, the source is read too."""
        create = self._present.node(CREATE_NAMESPACE, "")  # full control holds it: never None
        if create is None or NAMESPACES not in self._one.rule.triggers:
            return
        if self._copies.lets_new(self._one):
            words = f"can create a namespace into which {self._one.operator} copies Secrets"
            way = _Way((create,), words, ("new",), self._copies_by)
            for scope in WIDE:
                yield from self._arcs(way, READ_COPY, scope)

    def _elsewhere(self) -> Iterator[Hyperarc]:
        """Yield what is read in another namespace than that in which the rule is triggered."""
        triggered = False
        for key, write in self._writes():
            for scope in self._present.scopes(write):
                node = self._present.node(write, scope)
                if node is not None and self._is_triggered(key, scope):
                    triggered = True
                    words = f"can write {key[1]} {where(scope)} that trigger a rule"
                    name = (*self._called, "by", key[1])
                    yield Hyperarc((node,), (self._triggered,), words, scope, name)
        create = self._present.node(CREATE_NAMESPACE, "")
        if create and NAMESPACES in self._one.rule.triggers and self._copies.lets_new(self._one):
            triggered = True
            words = "can create a namespace that triggers a rule"
            name = (*self._called, "by", "new")
            yield Hyperarc((create,), (self._triggered,), words, "", name)
        for reader, called in _READERS if triggered else ():
            for scope in self._present.scopes(reader):
                if self._lands(scope):
                    words = f"can read what {self._one.operator} copies {where(scope)}"
                    way = _Way((self._triggered,), words, (called, "triggered"), self._copies_by)
                    yield from self._arcs(way, reader, scope)

    def _writes(self) -> Iterator[tuple[ResourceKey, CompoundRight]]:
        """Yield the rights to trigger the rule: without a new namespace."""
        for key in self._one.rule.triggers:
            write = _WRITES.get((key, self._one.rule.on_creation))
            if write is not None:
                yield key, write

    # --- one way ------------------------------------------------------------------------

    def _arcs(self, way: "_Way", reader: CompoundRight, scope: str) -> Iterator[Hyperarc]:
        """Yield what a reader gets of a scope, by each name that it may read there."""
        for name in self._names(reader, scope):
            if not way.tail and self._world.secrets.get((scope, name)) is not None:
                continue  # copied-secret says what it holds
            node = self._present.node(reader, scope, name if reader is READ_COPY else "")
            given = self._given(scope, name)
            if node is not None and given is not None and (name or scope not in WIDE):
                yield Hyperarc(
                    (*way.tail, node),
                    (given,),
                    way.words,
                    scope,
                    (*self._called, *way.called, name),
                    way.condition,
                    (self._evidence(),),
                )

    def _evidence(self) -> Evidence:
        one = self._one
        return self._world.rbac.evidence(one.obj, one.kind, "copies Secrets")

    def _names(self, reader: CompoundRight, scope: str) -> Sequence[str]:
        """Return the names of copies that a reader may read in a scope; ``""`` for all."""
        rule = self._one.rule
        fixed = rule.copy or (rule.name if rule.copy == "" else "")
        if fixed:
            return (fixed,)
        if reader is not READ_COPY:
            return ("",)
        at = wider_scopes(scope)
        return sorted({name for place, name in self._present.of(READ_COPY) if place in at})

    def _given(self, scope: str, name: str) -> Node | None:
        """Return what a copy of a name in a scope holds; None if it is nothing else."""
        rule = self._one.rule
        source = rule.source.namespace
        if rule.source.place == WhichNamespace.OF_TRIGGER and self._here and scope not in WIDE:
            source = scope
        named = rule.name or (name if rule.copy == "" else "")
        if not source:
            return SECRETS_OF.named("", named) if named else SECRETS_OF.everything("")
        if (source, named) == (scope, name):
            return None
        if not named:
            return SECRETS_OF.everything(source)
        known = named in self._world.secret_numbers.get(source, ())
        return (SECRET, source, named) if known else None

    # --- where --------------------------------------------------------------------------

    def _lands(self, scope: str) -> bool:
        """Whether the rule copies into a scope, if it is triggered where it must be."""
        target = self._one.rule.target
        if target.place == WhichNamespace.GIVEN:
            return scope in {*WIDE, target.namespace}
        if not self._here:
            return True
        return any(self._copies.lets(self._one, one) for one in self._in(scope))

    def _is_triggered(self, key: ResourceKey, scope: str) -> bool:
        """Whether a write in a scope triggers the rule; that of a Namespace changes its labels."""
        for namespace in self._in(scope):
            lets = self._copies.lets(self._one, namespace)
            if lets or (lets is False and key == NAMESPACES):
                return True
        return False

    def _in(self, scope: str) -> Sequence[str]:
        return self._world.identities.namespaces if scope in WIDE else (scope,)

    def _may_be_there(self, scope: str) -> bool:
        """Whether a copy may be there that the input lacks, or that somebody else triggers."""
        listed = self._world.snapshot.is_listed("Secret", "" if scope in WIDE else scope)
        return self._one.rule.others or not listed


EDGE = Conjunction(
    id="trigger-copy",
    summary="an operator copies a Secret by a rule to where the attacker reads it",
    effort=3,  # an ordinary object, and a copy that the rule makes anyway
    certainty="always conditional: on the operator, and on what its rule asks for",
    abilities=(READ_COPY, MAKE_PODS, APPLY_PODS, CREATE_NAMESPACE, *_WRITES.values()),
    joins=_joins,
)
