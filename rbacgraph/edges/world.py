"""The cluster as edges see it: what exists, what is only named, what runs.

A namespace exists if anything mentions it. An object exists if the input holds it, or,
where its kind was not listed completely, if something refers to it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from rbacgraph.authz.match import api_group_matches, resource_matches
from rbacgraph.authz.resolve import Authorizer
from rbacgraph.authz.subjects import subject_node
from rbacgraph.edges.footholds import Footholds
from rbacgraph.edges.owners import standalone
from rbacgraph.edges.references import node_secrets, object_references
from rbacgraph.model.core import Secret, SecretReference
from rbacgraph.model.evidence import Evidence
from rbacgraph.model.meta import Object
from rbacgraph.model.node import (
    CLUSTER_ROLE_BINDING,
    GRANT,
    GROUP,
    NODE,
    POD,
    ROLE_BINDING,
    SECRET,
    SERVICE_ACCOUNT,
    Node,
    user_node,
)
from rbacgraph.model.pods import Pod, PodSpec, Workload
from rbacgraph.model.rbac import AnyBinding, AnyRole, RoleBinding
from rbacgraph.model.snapshot import Snapshot

Key = tuple[str, str]
"""Namespace and name."""

_PLAIN_GROUPS = frozenset({"", "apps", "batch", "extensions"})


class Runner(NamedTuple):
    """A Pod, or a workload whose Pods the input does not hold, told from its template.

    ``live`` says that admission has completed the spec. ``running`` is the condition
    under which it has a running container, None where it has none.
    """

    number: int
    node: Node
    obj: Pod | Workload
    kind: str
    spec: PodSpec
    live: bool
    running: str | None

    @property
    def on_node(self) -> str | None:
        """Condition under which the node it names has it, None for none.

        A Pod stays on its node, whatever its phase, until it is deleted.
        """
        if not self.spec.node_name:
            return None
        return "" if self.kind == "Pod" else self.running

    def kubelet_secrets(self) -> Iterator[tuple[str, str]]:
        """Secrets of the namespace that its kubelet may read, each with where it is named."""
        for use in self.spec.secrets:
            yield use.secret, f"container {use.container}: {use.how}"
        yield from self.spec.kubelet


class World:
    """A snapshot with the look-ups that edges share.

    Parameters
    ----------
    snapshot:
        With bootstrap policy added and aggregated roles filled in.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.authorizer = Authorizer(snapshot)
        self.index: dict[Node, int] = {}
        """Number of every node that was mentioned so far, in order of mention."""

    def number(self, node: Node) -> int:
        """Return a node's number, a new one where it has none."""
        return self.index.setdefault(node, len(self.index))

    @cached_property
    def secret_numbers(self) -> Mapping[str, Mapping[str, int]]:
        """Number of every Secret, by namespace and name."""
        return self._numbers(SECRET, self.secrets)

    @cached_property
    def account_numbers(self) -> Mapping[str, Mapping[str, int]]:
        """Number of every existing ServiceAccount, by namespace and name."""
        return self._numbers(SERVICE_ACCOUNT, self.service_accounts)

    @cached_property
    def node_numbers(self) -> Mapping[str, int]:
        """Number of every node of the cluster, by name."""
        return {name: self.number((NODE, "", name)) for name in self.nodes}

    def _numbers(self, kind: str, keys: Iterable[Key]) -> Mapping[str, Mapping[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for namespace, name in keys:
            number = self.number((kind, namespace, name))
            found.setdefault(namespace, {})[name] = number
        return found

    def evidence(self, obj: Object, kind: str, detail: str) -> Evidence:
        """Name one object, of no role and no binding, and what it says."""
        metadata = obj.metadata
        file, line = self.snapshot.where(obj)
        return Evidence(kind, metadata.namespace, metadata.name, file, line, detail=detail)

    @cached_property
    def namespaces(self) -> tuple[str, ...]:
        """Every namespace that anything mentions, sorted."""
        named = {namespace for namespace, _ in self.named_service_accounts}
        return tuple(sorted(self.snapshot.held_namespaces | named))

    @cached_property
    def secrets(self) -> Mapping[Key, Secret | None]:
        """Every Secret; None for one that is only referred to, where Secrets were not listed."""
        known: dict[Key, Secret | None] = dict(self.snapshot.secret_index)
        is_listed = self.snapshot.is_listed
        if ("Secret", "") not in self.snapshot.listed:
            for key in sorted(set(self._referred_secrets())):
                if key not in known and not is_listed("Secret", key[0]):
                    known[key] = None
        return known

    def _referred_secrets(self) -> Iterator[Key]:
        for runner in self.runners:
            for name, _ in runner.kubelet_secrets():
                yield runner.node[1], name
        for references in self.volume_secrets.values():
            for _, _, reference in references:
                yield reference.namespace, reference.name
        for named in object_references(self.snapshot):
            yield named.namespace, named.name
        for roles, scope in self.grants.values():
            if scope:
                for rule in (rule for role in roles for rule in role.rules or ()):
                    if api_group_matches(rule, "") and resource_matches(rule, "secrets"):
                        yield from ((scope, name) for name in rule.resource_names or () if name)

    @cached_property
    def bindings(self) -> tuple[tuple[AnyBinding, str], ...]:
        """Every binding with the namespace it grants in, ``""`` for everywhere."""
        return tuple((binding, binding.metadata.namespace) for binding in self.authorizer.bindings)

    @cached_property
    def grants(self) -> Mapping[Node, tuple[tuple[AnyRole, ...], str]]:
        """What every bound roleRef grants, at every scope it is bound at.

        One role, but for an input that holds two of the same name.
        """
        found: dict[Node, tuple[tuple[AnyRole, ...], str]] = {}
        for binding, scope in self.bindings:
            grant = grant_node(binding, scope)
            if grant not in found and (roles := self.authorizer.roles_of(binding)):
                found[grant] = roles, scope
        return found

    @cached_property
    def bindings_by_subject(self) -> Mapping[Node, list[tuple[AnyBinding, str]]]:
        """The bindings that name a subject, each once, with their scope."""
        found: dict[Node, list[tuple[AnyBinding, str]]] = {}
        for binding, scope in self.bindings:
            subjects = [subject_node(subject, scope) for subject in binding.subjects or ()]
            for node in dict.fromkeys(subjects):
                if node is not None:
                    found.setdefault(node, []).append((binding, scope))
        return found

    @cached_property
    def named_service_accounts(self) -> frozenset[Key]:
        """ServiceAccounts that some binding names, existing or not."""
        return frozenset((n[1], n[2]) for n in self.bindings_by_subject if n[0] == SERVICE_ACCOUNT)

    @cached_property
    def known_service_accounts(self) -> Mapping[Key, None]:
        """ServiceAccounts that exist or are named: whom it makes sense to impersonate."""
        return dict.fromkeys((*self.service_accounts, *sorted(self.named_service_accounts)))

    @cached_property
    def people(self) -> frozenset[Node]:
        """Users and ServiceAccounts that exist or that the input itself names.

        Not those that only assumed bindings name: they may well not exist.
        """
        named = {
            node
            for node, bindings in self.bindings_by_subject.items()
            if node[0] != GROUP and not all(binding.assumed for binding, _ in bindings)
        }
        existing = {
            (SERVICE_ACCOUNT, *key) for key, text in self.service_accounts.items() if not text
        }
        return frozenset(named | existing | {user_node(user) for user in self.snapshot.groups})

    @cached_property
    def namespaces_with_service_accounts(self) -> frozenset[str]:
        """Namespaces of the known ServiceAccounts."""
        return frozenset(namespace for namespace, _ in self.known_service_accounts)

    @cached_property
    def principals(self) -> tuple[Node, ...]:
        """Users, groups and ServiceAccounts that exist or are named, sorted."""
        found = set(self.bindings_by_subject)
        found.update((SERVICE_ACCOUNT, *key) for key in self.service_accounts)
        for user, groups in self.snapshot.groups.items():
            found.add(user_node(user))
            found.update((GROUP, "", group) for group in groups)
        return tuple(sorted(found))

    @cached_property
    def service_accounts(self) -> Mapping[Key, str]:
        """ServiceAccounts that exist, with the condition under which they do.

        Every namespace has one named ``default``, and a pod's exists or it would not run.
        """
        known = dict.fromkeys(self.snapshot.service_account_index, "")
        is_listed = self.snapshot.is_listed
        if not is_listed("ServiceAccount"):
            for namespace in self.namespaces:
                if not is_listed("ServiceAccount", namespace):
                    known.setdefault((namespace, "default"), "")
            for runner in self.runners:
                if not is_listed("ServiceAccount", runner.node[1]):
                    known.setdefault((runner.node[1], runner.spec.service_account), "")
            for key in sorted(self.named_service_accounts):
                if not is_listed("ServiceAccount", key[0]):
                    known.setdefault(
                        key, f"ServiceAccount {key[0]}/{key[1]} exists, which the input lacks"
                    )
        return known

    @cached_property
    def runners(self) -> tuple[Runner, ...]:
        """Pods, then the workloads that are analysed from their template."""
        snapshot = self.snapshot
        found = []
        for pod in snapshot.pods:
            node = POD, pod.metadata.namespace, pod.metadata.name
            live, running = bool(pod.metadata.uid), _RUNNING.get(pod.phase)
            number = self.number(node)
            found.append(Runner(number, node, pod, "Pod", pod.spec, live, running))
        return (*found, *self._templates())

    def _templates(self) -> Iterator[Runner]:
        for workload in standalone(self.snapshot.workloads, self.snapshot.pods):
            running = _running_template(workload) if self._makes_pods(workload) else None
            node = workload_node(workload)
            number = self.number(node)
            yield Runner(number, node, workload, workload.kind, workload.spec, False, running)

    def _makes_pods(self, workload: Workload) -> bool:
        """Whether a workload without Pods may have some that the input does not show."""
        namespace, account = workload.metadata.namespace, workload.spec.service_account
        if self.snapshot.is_listed("Pod", namespace):
            return False
        listed = self.snapshot.is_listed("ServiceAccount", namespace)
        return not listed or (namespace, account) in self.snapshot.service_account_index

    @cached_property
    def footholds(self) -> Footholds:
        """Objects that give more of their namespace than themselves."""
        return Footholds(self)

    @cached_property
    def nodes(self) -> tuple[str, ...]:
        """Names of the cluster's nodes: Node objects, and what pods run on."""
        found = {node.metadata.name for node in self.snapshot.nodes}
        found.update(runner.spec.node_name for runner in self.runners)
        found.discard("")
        return tuple(sorted(found))

    @cached_property
    def runner_index(self) -> Mapping[Node, Runner]:
        """Runners by node."""
        return {runner.node: runner for runner in self.runners}

    def runners_in(self, namespace: str) -> Sequence[Runner]:
        """Runners of one namespace."""
        return self._runners_by_namespace.get(namespace, ())

    @cached_property
    def _runners_by_namespace(self) -> Mapping[str, list[Runner]]:
        found: dict[str, list[Runner]] = {}
        for runner in self.runners:
            found.setdefault(runner.node[1], []).append(runner)
        return found

    @cached_property
    def volume_secrets(self) -> Mapping[Key, list[tuple[Object, str, SecretReference]]]:
        """For a claim, the Secrets that its PersistentVolume lets a kubelet read.

        Controller-side references are not among them, and no claim need exist: the Node
        authorizer looks at ``claimRef`` alone.
        Source: kubernetes ``pkg/api/v1/persistentvolume/util.go`` (``VisitPVSecretNames``).
        """
        found: dict[Key, list[tuple[Object, str, SecretReference]]] = {}
        for volume in self.snapshot.persistent_volumes:
            spec = volume.spec
            if spec is not None and spec.claim_ref is not None:
                claim = spec.claim_ref.namespace, spec.claim_ref.name
                for field, reference in node_secrets(spec):
                    own = "" if field.startswith(_NEVER_DEFAULTED) else claim[0]
                    full = SecretReference(reference.name, reference.namespace or own)
                    found.setdefault(claim, []).append((volume, field, full))
        return found


_NEVER_DEFAULTED = ("cinder.", "storageos.")
_RUNNING = {
    "Running": "",
    "": "",
    "Pending": "the pod starts running",
    "Unknown": "the pod still runs",
}


def _running_template(workload: Workload) -> str | None:
    if workload.kind == "PodTemplate":
        return None
    if workload.kind in {"Job", "CronJob"}:
        return f"a pod of the {workload.kind} runs at the time"
    if workload.replicas == 0:
        return f"the {workload.kind} is scaled up from 0"
    return ""


def workload_node(workload: Workload) -> Node:
    """Node of a workload; a group that reuses a kind's name is part of the kind."""
    group = workload.api_version.rpartition("/")[0]
    kind = workload.kind.lower()
    kind = kind if group in _PLAIN_GROUPS else f"{kind}.{group}"
    return kind, workload.metadata.namespace, workload.metadata.name


def binding_node(binding: AnyBinding) -> Node:
    """Node of a binding."""
    metadata = binding.metadata
    kind = ROLE_BINDING if isinstance(binding, RoleBinding) else CLUSTER_ROLE_BINDING
    return kind, metadata.namespace, metadata.name


def grant_node(binding: AnyBinding, scope: str) -> Node:
    """Node of the role that a binding grants, at the binding's scope."""
    return GRANT, scope, f"{binding.role_ref.kind}/{binding.role_ref.name}"
