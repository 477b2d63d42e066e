"""Recognises operators, and judges which of their bindings they need by design.

An operator is recognised by what it is: the image and the labels of what runs as a ServiceAccount,
and the ServiceAccount's own labels. By design is a judgement about one binding. The ServiceAccount
or what runs as it is labelled as the operator's, since a job may run its image too. The binding and
its role bear the marks of the operator's chart or manifests, or have the names under which those
ship them, and the role gives no power that the operator does not need. In doubt a binding is not
by design, so that it counts as everything else does.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from rbacgraph.authz.coverage import given_in
from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.operators import marks
from rbacgraph.facts.operators.power import Power, powers_of
from rbacgraph.facts.operators.table import Component, Operator
from rbacgraph.facts.world import Facts, WorldPart
from rbacgraph.model.changes.change import ObjectKey
from rbacgraph.model.inputs.operator_decision import OperatorDecision
from rbacgraph.model.kubernetes.core import ServiceAccount
from rbacgraph.model.kubernetes.meta import ClusterRoleMeta, RbacMeta
from rbacgraph.model.kubernetes.pods import Pod, Workload, labels_of_pack
from rbacgraph.model.kubernetes.rbac import AnyBinding
from rbacgraph.model.node import SERVICE_ACCOUNT, Node

EVERYBODYS = "default"
"""The ServiceAccount of every Pod that names none."""

_FOR_EXTENSIONS = frozenset({"system:auth-delegator", "extension-apiserver-authentication-reader"})
"""Roles of Kubernetes for servers that check tokens and rights of their callers."""

_Meta = RbacMeta | ClusterRoleMeta


class Run(NamedTuple):
    """A kind of what runs as a ServiceAccount: its images, packed labels and program, if known."""

    images: tuple[str, ...]
    labels: str
    program: str = ""


def _run(one: Pod | Workload) -> Run:
    return Run(one.spec.images, one.labels, one.spec.argo_cd.name if one.spec.argo_cd else "")


class Operators(WorldPart):
    """Knows the operators of a cluster."""

    def __init__(self, world: Facts) -> None:
        super().__init__(world)
        self._found: dict[Node, Operator | None] = {}

    def of(self, node: Node) -> Operator | None:
        """Return the operator of a ServiceAccount; None if nothing shows one.

        One that people decide about has the name that they give it.
        """
        if node not in self._found:
            self._found[node] = self._decided(node) or self._recognised(node)
        return self._found[node]

    def images(self, node: Node) -> Sequence[str]:
        """Return the images of an operator that run as its ServiceAccount, each once."""
        running = self._running_as(node)
        images = dict.fromkeys(image for one in running for image in one.spec.images)
        return [image for image in images if self.of(node) in marks.shown_by_images((image,))]

    def runs_as(self, node: Node) -> Sequence[Run]:
        """Return what runs as a ServiceAccount, each kind once."""
        return tuple(dict.fromkeys(map(_run, self._running_as(node))))

    def _running_as(self, node: Node) -> Sequence[Pod | Workload]:
        return self._running.get((node[1], str(node[2])), ())

    def labelled(self, node: Node) -> frozenset[Operator]:
        """Return the operators that labels of a ServiceAccount, or of what runs as it, show."""
        own = marks.shown_by_labels(self.account_labels(node))
        return own.union(*(marks.shown_by_pack(one.labels) for one in self._running_as(node)))

    def account_labels(self, node: Node) -> marks.AnyLabels:
        """Return the labels of a ServiceAccount that show which project's it is."""
        account = self._account(node)
        held = account.metadata.marks if account else None
        return held.as_mapping() if held else {}

    def by_design(self, binding: ObjectKey, node: Node) -> bool:
        """Whether an operator needs by design what a binding gives its ServiceAccount.

        ``binding``: its kind, namespace and name.
        ``node``: the ServiceAccount, which the binding names.
        """
        own = self._bindings_of(node).get(binding, ())
        return bool(own) and all(self._is_by_design(one, node) for one in own)

    def is_by_design(self, node: Node) -> bool:
        """Whether a ServiceAccount is an operator's, and each of its bindings is by design.

        A binding that gives no power does not count, nor do those of its groups.
        """
        if self.of(node) is None:
            return False
        return all(
            self._is_by_design(one, node) or not self._powers(one)
            for several in self._bindings_of(node).values()
            for one in several
        )

    # --- what people decide ----------------------------------------------------------

    def _decisions(self, node: Node) -> Sequence[OperatorDecision]:
        decided = self._world.snapshot.operator_decisions
        if node[0] != SERVICE_ACCOUNT or not decided:
            return ()
        return [one for one in decided if one.is_about(node[1], str(node[2]))]

    def _decided(self, node: Node) -> Operator | None:
        own = [one for one in self._decisions(node) if one.by_design]
        named = next((one.operator for one in own if one.operator), "")
        if named:
            return Operator(named)
        return (self._recognised(node) or Operator(str(node[2]))) if own else None

    def _decision(self, binding: AnyBinding, node: Node) -> bool | None:
        """Return what people decide about a binding; None if nothing.

        An entry that names the binding as by design comes before those that say it is not.
        """
        own = [one for one in self._decisions(node) if one.names(_key(binding))]
        return any(one.by_design for one in own) if own else None

    # --- recognising -----------------------------------------------------------------

    def _recognised(self, node: Node) -> Operator | None:
        kind, namespace, name = node
        if kind != SERVICE_ACCOUNT or not isinstance(name, str) or name == EVERYBODYS:
            return None
        own = marks.shown_by_labels(self.account_labels(node))
        running = self._running_as(node)
        by_image = frozenset[Operator]().union(
            *(marks.shown_by_images(one.spec.images) for one in running)
        )
        if by_image:
            found = by_image & own if own else by_image
            return next(iter(found)) if len(found) == 1 else None
        shown = own.union(*(marks.shown_by_pack(one.labels) for one in running))
        found = frozenset(one for one in shown if self._is_there(one, namespace))
        return next(iter(found)) if len(found) == 1 else None

    def _is_there(self, operator: Operator, namespace: str) -> bool:
        """Whether more than a label shows that an operator is there.

        Its image runs in the namespace, or its resources are defined; an input without any Pod or
        workload shows neither, and then labels suffice.
        """
        snapshot = self._world.snapshot
        if not (snapshot.pods or snapshot.workloads):
            return True
        return operator in self._running_in.get(namespace, ()) or any(
            group in self._defined for group in operator.groups
        )

    @cached_property
    def _defined(self) -> frozenset[str]:
        served = self._world.snapshot.served
        return frozenset(
            name for group, resource in served for name in (group, f"{resource}.{group}")
        )

    @cached_property
    def _running(self) -> Mapping[Key, Sequence[Pod | Workload]]:
        """For a ServiceAccount, what runs as it."""
        snapshot = self._world.snapshot
        found: dict[Key, list[Pod | Workload]] = defaultdict(list)
        for one in chain[Pod | Workload](snapshot.workloads, snapshot.pods):
            found[one.metadata.namespace, one.spec.service_account].append(one)
        return found

    @cached_property
    def _running_in(self) -> Mapping[str, set[Operator]]:
        found: dict[str, set[Operator]] = defaultdict(set)
        for (namespace, _), running in self._running.items():
            for one in running:
                found[namespace] |= marks.shown_by_images(one.spec.images)
        return found

    def _account(self, node: Node) -> ServiceAccount | None:
        return self._world.snapshot.service_account_index.get((node[1], str(node[2])))

    # --- judging ---------------------------------------------------------------------

    def _bindings_of(self, node: Node) -> Mapping[ObjectKey, Sequence[AnyBinding]]:
        rbac = self._world.rbac
        found: dict[ObjectKey, list[AnyBinding]] = {}
        for place in rbac.bindings_by_subject.get(node, ()):
            binding = rbac.bindings[place][0]
            found.setdefault(_key(binding), []).append(binding)
        return found

    def _is_by_design(self, binding: AnyBinding, node: Node) -> bool:
        decided = self._decision(binding, node)
        operator = self.of(node)
        if decided is not None or operator is None:
            return bool(decided)
        roles = self._world.authorizer.roles_of(binding)
        ref = binding.role_ref.name
        part = self._part(operator, node)
        shipped = (binding.metadata.name, ref) in operator.ships
        marked = shipped or self._is_marked(binding.metadata, operator, node)
        known = shipped or ref in {*part.roles, *_FOR_EXTENSIONS}
        labelled = any(marks.bears_marks_of(operator, labels) for labels in self._labels_of(node))
        if not (roles and marked and labelled):
            return False
        if not known and not all(self._is_marked(r.metadata, operator, node) for r in roles):
            return False
        needs = {*operator.needs, *part.needs}
        if binding.metadata.namespace == node[1]:
            needs.update(operator.own_needs)
        return Power.EVERYTHING in needs or needs.issuperset(self._powers(binding, operator.groups))

    def _powers(self, binding: AnyBinding, own: Sequence[str] = ()) -> frozenset[Power]:
        roles = self._world.authorizer.roles_of(binding)
        rules = [rule for role in roles for rule in role.rules or ()]
        return powers_of(given_in(binding.metadata.namespace, rules), own)

    def _part(self, operator: Operator, node: Node) -> Component:
        """Return what the component that runs as a ServiceAccount needs."""
        labels = list(self._labels_of(node))
        names = {
            str(node[2]),
            marks.value(labels, marks.NAME),
            marks.value(labels, marks.COMPONENT),
        }
        parts = [one for one in operator.parts if not names.isdisjoint(one.names)]
        return Component(
            tuple(name for one in parts for name in one.names),
            tuple(power for one in parts for power in one.needs),
            tuple(role for one in parts for role in one.roles),
        )

    def _is_marked(self, metadata: _Meta, operator: Operator, node: Node) -> bool:
        """Whether a binding or role bears the marks of an operator, of the same install."""
        if self._same_release(metadata, node):
            return True
        labels = metadata.labels or {}
        own = list(self._labels_of(node))
        return marks.bears_marks_of(operator, labels) and all(
            _agree(marks.value([labels], key), marks.value(own, key))
            for key in (marks.NAME, marks.INSTANCE)
        )

    def _same_release(self, metadata: _Meta, node: Node) -> bool:
        """Whether Helm's annotations name one release for an object and a ServiceAccount."""
        account = self._account(node)
        own = account.metadata.annotations if account else None
        its = metadata.annotations
        if own is None or its is None or not own.release_name:
            return False
        return (own.release_name, own.release_namespace) == (
            its.release_name,
            its.release_namespace,
        )

    def _labels_of(self, node: Node) -> Iterable[marks.AnyLabels]:
        """Yield the labels of a ServiceAccount, then those of what runs as it."""
        yield self.account_labels(node)
        for one in self.runs_as(node):
            yield labels_of_pack(one.labels)


def _key(binding: AnyBinding) -> ObjectKey:
    return type(binding).__name__, binding.metadata.namespace, binding.metadata.name


def _agree(one: str, other: str) -> bool:
    return not (one and other) or one == other
