"""Lists what runs: Pods of the input, and workloads that the input has only as templates."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import NamedTuple, TypeVar

from rbacgraph.authz.versions.pod_versions import PodMaker, added_to, taken_apart
from rbacgraph.authz.versions.role_versions import as_one_of, of_repeated_names
from rbacgraph.facts.bindings.index import Index, another
from rbacgraph.facts.pods.pod_security_levels import Levels
from rbacgraph.facts.pods.workload_owners import standalone
from rbacgraph.facts.states.object_states import closed_namespaces, running, stalled
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.pods import Pod, PodSpec, Workload
from rbacgraph.model.node import POD, Node

_Thing = TypeVar("_Thing", Pod, Workload)
_PLAIN_GROUPS = frozenset({"", "apps", "batch", "extensions"})
_ALL_RUN: Mapping[str, Condition | None] = {}


class PodSource(NamedTuple):
    """A Pod, or a workload that is analysed from its template because the input has no Pod of it.

    ``live`` says that admission has completed the spec. ``running`` is the condition on which it
    runs, None if it does not, judged by its phase and its node; ``on_node`` is the condition on
    which the node that it names has it, None for no node: a Pod stays on its node, whatever its
    phase, until it is deleted. ``static`` says that it mirrors a static Pod. ``stalled`` are its
    containers that do not run, each with the condition on which it does, None for never. ``doubt``
    is the condition on which it is as described here, if only some versions say so.
    """

    number: int
    node: Node
    obj: Pod | Workload
    kind: str
    spec: PodSpec
    live: bool
    running: Condition | None
    on_node: Condition | None
    static: bool
    stalled: Mapping[str, Condition | None]
    doubt: Condition = CERTAIN

    @property
    def name(self) -> str:
        """Return the name in requests: the node of what a version adds has another one."""
        return self.obj.metadata.name

    def kubelet_secrets(self) -> Iterator[str]:
        """Yield the names of the Secrets in the namespace that its kubelet may read."""
        yield from (use.secret for use in self.spec.secrets)
        yield from (use.secret for use in self.spec.kubelet)


class VersionPart(NamedTuple):
    """What one version of a Pod or workload adds to it, with the condition."""

    whole: int
    added: int
    condition: Condition


class PodSources(NamedTuple):
    """What runs.

    ``all``: Pods, then the workloads that are analysed from their template.
    ``pods``: the number of Pods among these.
    ``parts``: what versions add, for objects with several versions.
    """

    all: tuple[PodSource, ...]
    pods: int
    parts: Sequence[VersionPart]


def runners(snapshot: Snapshot, index: Index) -> PodSources:
    """Return what runs, as far as the input shows it."""
    parts: list[VersionPart] = []
    pods = _pods(snapshot, index, parts)
    templates = tuple(_templates(snapshot, index, parts))
    return PodSources((*pods, *templates), len(pods), parts)


def _pods(snapshot: Snapshot, index: Index, parts: list[VersionPart]) -> Sequence[PodSource]:
    if of_repeated_names(snapshot.pods):
        return _pods_of_versions(snapshot, index, parts)
    pods = snapshot.pods
    metadata = [pod.metadata for pod in pods]
    nodes = [(POD, meta.namespace, meta.name) for meta in metadata]
    columns = zip(
        index.block(POD, nodes),
        nodes,
        pods,
        repeat("Pod"),
        [pod.spec for pod in pods],
        [bool(meta.uid) for meta in metadata],
        running(snapshot),
        [CERTAIN if pod.spec.node_name else None for pod in pods],
        [pod.mirror for pod in pods],
        [stalled(pod) if pod.stalled else _ALL_RUN for pod in pods],
        repeat(CERTAIN),
        strict=False,
    )
    # The same as Runner._make, without a call in Python for every Pod.
    return list(map(tuple.__new__, repeat(PodSource), columns))


def _pods_of_versions(
    snapshot: Snapshot, index: Index, parts: list[VersionPart]
) -> Sequence[PodSource]:
    """Return the same if the input holds some Pods in several versions."""
    nodes = [(POD, pod.metadata.namespace, pod.metadata.name) for pod in snapshot.pods]
    taken, found = set(nodes), list[_Source]()
    runs = dict(zip(map(id, snapshot.pods), running(snapshot), strict=True))
    for node, several in _grouped(nodes, snapshot.pods):
        when_running = [runs[id(pod)] for pod in several]
        found += _sources(snapshot, node, several, when_running, taken)
    numbers = index.block(POD, [one.node for one in found])
    _note(found, numbers, parts)
    return [
        PodSource(
            number,
            one.node,
            one.obj,
            "Pod",
            one.obj.spec,
            bool(one.obj.metadata.uid),
            one.running,
            one.on_node,
            one.obj.mirror,
            stalled(one.obj) if one.obj.stalled else _ALL_RUN,
            one.doubt,
        )
        for number, one in zip(numbers, found, strict=True)
        if isinstance(one.obj, Pod)
    ]


class _Source(NamedTuple):
    """A Pod or workload, or what a version adds to the one at ``whole`` in the list."""

    node: Node
    obj: Pod | Workload
    running: Condition | None
    doubt: Condition = CERTAIN
    added: bool = False

    @property
    def on_node(self) -> Condition | None:
        """Return the condition on which a Pod is on the node that it names; None for no node."""
        return self.doubt if self.obj.spec.node_name else None


def _sources(
    snapshot: Snapshot,
    node: Node,
    versions: Sequence[PodMaker],
    runs: Sequence[Condition | None],
    taken: set[Node],
) -> Iterator[_Source]:
    """Split versions into what all have and what each adds; ``runs`` says when each runs."""
    if len(versions) == 1:
        yield _Source(node, versions[0], runs[0])
        return
    key = str(getattr(versions[0], "kind", "Pod")), node[1], node[2]
    apart = taken_apart(snapshot, key, versions)
    when_running = dict(zip(map(id, versions), runs, strict=True))
    when = [when_running[id(one)] for one in apart.whole]
    those = [one for one, runs_if in zip(apart.whole, when, strict=True) if runs_if is not None]
    of_some = [n for n, one in enumerate(versions) if any(one is other for other in those)]
    all_run = len(those) == len(apart.whole)
    which = CERTAIN if all_run else as_one_of(key, snapshot, versions, of_some)
    common = both(which, *filter(None, when))
    yield _Source(node, apart.common, common if those else None, apart.condition)
    for obj, condition, version in apart.added:
        runs_if = when_running[id(version)]
        then = None if runs_if is None else both(runs_if, condition)
        yield _Source(another(node, taken), obj, then, condition, added=True)


def _note(found: Sequence[_Source], numbers: Sequence[int], parts: list[VersionPart]) -> None:
    whole = 0
    for number, one in zip(numbers, found, strict=True):
        if one.added:
            parts.append(VersionPart(whole, number, one.doubt))
        else:
            whole = number


def _grouped(
    nodes: Iterable[Node], objects: Iterable[_Thing]
) -> Iterable[tuple[Node, list[_Thing]]]:
    found: dict[Node, list[_Thing]] = {}
    for node, obj in zip(nodes, objects, strict=True):
        found.setdefault(node, []).append(obj)
    return found.items()


def _templates(snapshot: Snapshot, index: Index, parts: list[VersionPart]) -> Iterator[PodSource]:
    levels = Levels(snapshot)
    alone = list(standalone(snapshot.workloads, snapshot.pods))
    nodes = list(map(workload_node, alone))
    taken, found = set(nodes), list[_Source]()
    for node, several in _grouped(nodes, alone):
        when_running = [_template_runs(snapshot, levels, node, one) for one in several]
        found += _sources(snapshot, node, several, when_running, taken)
    found += _beside_pods(snapshot, levels, alone, taken)
    numbers = [index.number(one.node) for one in found]
    _note(found, numbers, parts)
    for number, one in zip(numbers, found, strict=True):
        spec, runs = one.obj.spec, one.running
        assert isinstance(one.obj, Workload)
        on_node = runs if spec.node_name else None
        kind, doubt = one.obj.kind, one.doubt
        yield PodSource(
            number, one.node, one.obj, kind, spec, False, runs, on_node, False, _ALL_RUN, doubt
        )


def _beside_pods(
    snapshot: Snapshot, levels: Levels, alone: Iterable[Workload], taken: set[Node]
) -> Iterator[_Source]:
    """Yield what manifests add to a server's workloads whose Pods the input holds."""
    if len(snapshot.workloads) == len(set(map(workload_node, snapshot.workloads))):
        return
    when_running = {id(one) for one in alone}
    for node, several in _grouped(map(workload_node, snapshot.workloads), snapshot.workloads):
        had = next(
            (one for one in several if one.metadata.uid and id(one) not in when_running), None
        )
        for other in several:
            if had is None or other.metadata.uid or id(other) in when_running:
                continue
            key = other.kind, node[1], node[2]
            for obj, condition, _ in added_to(snapshot, key, had, other):
                assert isinstance(obj, Workload)
                template = _template_runs(snapshot, levels, node, obj)
                runs = None if template is None else both(template, condition)
                taken.add(node)
                yield _Source(another(node, taken), obj, runs, condition)


def _template_runs(
    snapshot: Snapshot, levels: Levels, node: Node, workload: Workload
) -> Condition | None:
    """Return the condition on which a template has a running Pod; None if it has none.

    A manifest's Pods do not exist yet. Those of a server's workload do, if its status counts some,
    and need nobody to let them in; it has none if its Pods were listed.
    """
    if workload.kind == "PodTemplate":
        return None
    if workload.metadata.uid:
        if snapshot.is_listed("Pod", workload.metadata.namespace):
            return None
        if workload.pods:
            return CERTAIN
    runs = _running_template(workload) if _makes_pods(snapshot, workload) else None
    if runs is None:
        return None
    let_in = levels.lets_be(node[1], node[2], workload.spec)
    closed = closed_namespaces(snapshot).get(node[1], CERTAIN)
    return None if let_in is None else both(runs, let_in, closed)


def _makes_pods(snapshot: Snapshot, workload: Workload) -> bool:
    """Whether the ServiceAccount is there, or may be, without which a workload gets no Pods."""
    namespace, account = workload.metadata.namespace, workload.spec.service_account
    listed = snapshot.is_listed("ServiceAccount", namespace)
    return not listed or (namespace, account) in snapshot.service_account_index


def _running_template(workload: Workload) -> Condition:
    if workload.kind in {"Job", "CronJob"}:
        return If.TEMPLATES_POD_RUNS(workload.kind)
    if workload.replicas == 0:
        return If.WORKLOAD_IS_SCALED_UP(workload.kind)
    if not workload.metadata.uid:
        return CERTAIN
    unseen = If.WORKLOAD_HAS_PODS if workload.pods is None else If.WORKLOAD_GETS_POD
    return unseen(workload.kind)


def workload_node(workload: Workload) -> Node:
    """Return the node of a workload; a group that reuses a kind's name is part of the kind."""
    group = workload.api_version.rpartition("/")[0]
    kind = workload.kind.lower()
    kind = kind if group in _PLAIN_GROUPS else f"{kind}.{group}"
    return kind, workload.metadata.namespace, workload.metadata.name
