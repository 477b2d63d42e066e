"""The cluster as edges see it: what exists, what is only named, what runs.

A namespace exists if anything mentions it. An object exists if the input holds it, or,
where its kind was not listed completely, if something refers to it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from rbacgraph.authz.match import api_group_matches, resource_matches
from rbacgraph.authz.resolve import Authorizer
from rbacgraph.authz.subjects import subject_node
from rbacgraph.edges.clouds import Clouds
from rbacgraph.edges.footholds import Footholds, is_static
from rbacgraph.edges.hosts import Hosts
from rbacgraph.edges.index import Index, Names
from rbacgraph.edges.parameters import SecretParameter, secret_parameters
from rbacgraph.edges.pod_security import PodSecurity
from rbacgraph.edges.references import node_secrets, object_references
from rbacgraph.edges.releases import Releases
from rbacgraph.edges.runners import Runner, runners
from rbacgraph.model.core import PersistentVolume, Secret, SecretReference, Service
from rbacgraph.model.evidence import Evidence
from rbacgraph.model.meta import Object
from rbacgraph.model.node import (
    CLUSTER_ROLE_BINDING,
    EACH_NAMESPACE,
    GRANT,
    GROUP,
    KUBELET,
    NODE,
    POD,
    ROLE_BINDING,
    SECRET,
    SERVICE_ACCOUNT,
    USER,
    Node,
    service_accounts_group,
    user_node,
)
from rbacgraph.model.pods import SecretUse, Workload
from rbacgraph.model.rbac import AnyBinding, AnyRole, RoleBinding
from rbacgraph.model.snapshot import Snapshot

STATEFUL_SET = "statefulset"

Key = tuple[str, str]
"""Namespace and name."""


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
        self.index = Index()

    @cached_property
    def secret_numbers(self) -> Names:
        """Number of every Secret, by namespace and name."""
        _ = self.secret_block
        return self.index.names(SECRET)

    @cached_property
    def secret_block(self) -> range:
        """Numbers of every Secret, in the order of :attr:`secrets`."""
        inferred = self._inferred_secrets
        held = [secret.metadata for secret in self.snapshot.secrets]
        nodes = [(SECRET, meta.namespace, meta.name) for meta in held]
        nodes += [(SECRET, *key) for key in inferred]
        return self.index.block(SECRET, nodes)

    @cached_property
    def bootstrap_tokens(self) -> Mapping[str, Secret]:
        """The Secrets that are bootstrap tokens, as far as the input tells, by name."""
        held = self.snapshot.secrets
        return {secret.metadata.name: secret for secret in held if secret.is_bootstrap_token}

    @cached_property
    def numbered_secrets(self) -> Sequence[Secret | None]:
        """The Secrets of :attr:`secret_block`; None for one that is only referred to."""
        return *self.snapshot.secrets, *(None for _ in self._inferred_secrets)

    @cached_property
    def accounts(self) -> list[int]:
        """Number of every existing ServiceAccount, in the order of :attr:`service_accounts`."""
        number = self.index.number
        return [number((SERVICE_ACCOUNT, *key)) for key in self.service_accounts]

    @cached_property
    def account_numbers(self) -> Names:
        """Number of every existing ServiceAccount, by namespace and name."""
        found: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for (namespace, name), number in zip(self.service_accounts, self.accounts, strict=True):
            found[namespace][name] = number
        return dict(found)

    @cached_property
    def account_doubts(self) -> Mapping[int, str]:
        """Conditions under which ServiceAccounts exist, by number, where it is not certain."""
        texts = zip(self.accounts, self.service_accounts.values(), strict=True)
        return {number: text for number, text in texts if text}

    @cached_property
    def node_numbers(self) -> Mapping[str, int]:
        """Number of every node of the cluster, by name."""
        return {name: self.index.number((NODE, "", name)) for name in self.nodes}

    @cached_property
    def kubelet_numbers(self) -> Mapping[str, int]:
        """Number of the identity of every node's kubelet, by the node's name."""
        return {name: self.index.number((KUBELET, "", name)) for name in self.nodes}

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
        held, inferred = self.snapshot.secret_index, self._inferred_secrets
        return {**held, **dict.fromkeys(inferred)} if inferred else held

    @cached_property
    def services(self) -> Mapping[Key, Service]:
        """Services by namespace and name."""
        return {(s.metadata.namespace, s.metadata.name): s for s in self.snapshot.services}

    @cached_property
    def secret_parameters(self) -> Mapping[str, Sequence[SecretParameter]]:
        """The Secrets that admission policies take as parameters, by the policy's kind."""
        return secret_parameters(self.snapshot)

    @cached_property
    def _inferred_secrets(self) -> Sequence[Key]:
        if ("Secret", "") in self.snapshot.listed:
            return ()
        held, is_listed = self.snapshot.secret_index, self.snapshot.is_listed
        referred = sorted(set(self._referred_secrets()))
        return [key for key in referred if key not in held and not is_listed("Secret", key[0])]

    def _referred_secrets(self) -> Iterator[Key]:
        for runner in self.runners:
            for name, _ in runner.kubelet_secrets():
                yield runner.node[1], name
        for references in self.volume_secrets.values():
            for _, _, reference in references:
                yield reference.namespace, reference.name
        for named in object_references(self.snapshot):
            yield named.namespace, named.name
        yield from self.releases.made()
        for sealed in self.snapshot.sealed_secrets:
            yield sealed.metadata.namespace, sealed.metadata.name
        yield from self._granted_by_name()

    def _granted_by_name(self) -> Iterator[Key]:
        """Yield the Secrets that the rules of a namespace name."""
        for roles, scope in self.grants.values():
            if scope:
                for rule in (rule for role in roles for rule in role.rules or ()):
                    if api_group_matches(rule, "") and resource_matches(rule, "secrets"):
                        yield from ((scope, name) for name in rule.resource_names or () if name)

    @cached_property
    def releases(self) -> Releases:
        """Helm releases, and what holds them."""
        return Releases(self.snapshot, self.index)

    @cached_property
    def clouds(self) -> Clouds:
        """Who in the cluster is whom in a cloud, and the other way round."""
        return Clouds(self.snapshot)

    def roles_in(self, namespace: str) -> Sequence[str]:
        """Names of the Roles of a namespace, sorted."""
        return self._roles_by_namespace.get(namespace, ())

    def role_bindings_in(self, scope: str) -> Sequence[RoleBinding]:
        """RoleBindings of a namespace, or of all where the scope is none."""
        if scope in {"", EACH_NAMESPACE}:
            return self.snapshot.role_bindings
        return self._role_bindings_by_namespace.get(scope, ())

    @cached_property
    def _role_bindings_by_namespace(self) -> Mapping[str, list[RoleBinding]]:
        found: dict[str, list[RoleBinding]] = {}
        for binding in self.snapshot.role_bindings:
            found.setdefault(binding.metadata.namespace, []).append(binding)
        return found

    @cached_property
    def _roles_by_namespace(self) -> Mapping[str, list[str]]:
        found: dict[str, set[str]] = {}
        for role in self.snapshot.roles:
            found.setdefault(role.metadata.namespace, set()).add(role.metadata.name)
        return {namespace: sorted(names) for namespace, names in found.items()}

    @cached_property
    def bindings(self) -> tuple[tuple[AnyBinding, str], ...]:
        """Every binding with the namespace it grants in, ``""`` for everywhere."""
        return tuple((binding, binding.metadata.namespace) for binding in self.authorizer.bindings)

    @cached_property
    def binding_numbers(self) -> Sequence[int]:
        """Number of every binding's node, in the order of :attr:`bindings`."""
        return [self.index.number(binding_node(binding)) for binding, _ in self.bindings]

    @cached_property
    def granted(self) -> Sequence[Node]:
        """What each of :attr:`bindings` would grant; one of :attr:`grants`, or nothing."""
        return [grant_node(binding, scope) for binding, scope in self.bindings]

    @cached_property
    def grants(self) -> Mapping[Node, tuple[tuple[AnyRole, ...], str]]:
        """What every bound roleRef grants, at every scope it is bound at.

        One role, but for an input that holds two of the same name.
        """
        found: dict[Node, tuple[tuple[AnyRole, ...], str]] = {}
        for (binding, scope), grant in zip(self.bindings, self.granted, strict=True):
            if grant not in found and (roles := self.authorizer.roles_of(binding)):
                found[grant] = roles, scope
        return found

    @cached_property
    def bindings_by_subject(self) -> Mapping[Node, Sequence[int]]:
        """For a subject, the positions of those :attr:`bindings` that name it, each once."""
        found: dict[Node, list[int]] = {}
        for place, (binding, scope) in enumerate(self.bindings):
            subjects = [subject_node(subject, scope) for subject in binding.subjects or ()]
            for node in dict.fromkeys(subjects) if len(subjects) > 1 else subjects:
                if node is not None:
                    found.setdefault(node, []).append(place)
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
    def known_users(self) -> Mapping[Node, None]:
        """Users that a binding or the mapping of groups names, sorted."""
        named = {node for node in self.bindings_by_subject if node[0] == USER}
        given = {user_node(user) for user in self.snapshot.groups}
        return dict.fromkeys(sorted(named | {node for node in given if node[0] == USER}))

    @cached_property
    def known_groups(self) -> frozenset[Node]:
        """Groups that a binding or the mapping of groups names."""
        named = {node for node in self.bindings_by_subject if node[0] == GROUP}
        given = {group for groups in self.snapshot.groups.values() for group in groups}
        return frozenset(named | {(GROUP, "", group) for group in given})

    @cached_property
    def people(self) -> frozenset[Node]:
        """Users and ServiceAccounts that exist or that the input itself names.

        Not those that only assumed bindings name: they may well not exist.
        """
        named = {
            node
            for node, places in self.bindings_by_subject.items()
            if node[0] != GROUP and not all(self.bindings[place][0].assumed for place in places)
        }
        existing = {
            (SERVICE_ACCOUNT, *key) for key, text in self.service_accounts.items() if not text
        }
        told = {user_node(user) for user in self.snapshot.groups}
        told.update(node for node in self.clouds.aws_users if node[0] != GROUP)
        return frozenset(named | existing | told)

    @cached_property
    def namespaces_with_service_accounts(self) -> frozenset[str]:
        """Namespaces of the known ServiceAccounts."""
        return frozenset(namespace for namespace, _ in self.known_service_accounts)

    @cached_property
    def mentioned_namespaces(self) -> Sequence[str]:
        """Every namespace, and those that only a binding's group names; sorted."""
        prefix = service_accounts_group("")[2]
        groups = (node[2] for node in self.bindings_by_subject if node[0] == GROUP)
        named = (name.removeprefix(prefix) for name in groups if name.startswith(prefix))
        return sorted({*self.namespaces, *named} - {""})

    @cached_property
    def namespaces_without_service_accounts(self) -> Sequence[str]:
        """Mentioned namespaces in which no ServiceAccount is known."""
        known = self.namespaces_with_service_accounts
        return [namespace for namespace in self.mentioned_namespaces if namespace not in known]

    @cached_property
    def principals(self) -> tuple[Node, ...]:
        """Users, groups and ServiceAccounts that exist or are named, sorted."""
        found = set(self.bindings_by_subject)
        found.update((SERVICE_ACCOUNT, *key) for key in self.service_accounts)
        for user, groups in self.snapshot.groups.items():
            found.add(user_node(user))
            found.update((GROUP, "", group) for group in groups)
        found.update(self.clouds.aws_users)
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
        return runners(self.snapshot, self.index)

    @cached_property
    def waiting_pods(self) -> Sequence[Runner]:
        """The Pods that are bound to no node."""
        pods = self.runners[: len(self.snapshot.pods)]
        return [runner for runner in pods if not runner.spec.node_name and not is_static(runner)]

    @cached_property
    def stateful_sets(self) -> Mapping[str, list[tuple[Runner, int]]]:
        """StatefulSets told from their template, by name, with how many Pods they have.

        These are named by ordinals from 0; one that is scaled to none may have one again.
        """
        found: dict[str, list[tuple[Runner, int]]] = {}
        for runner in self.runners[len(self.snapshot.pods) :]:
            if runner.node[0] == STATEFUL_SET and runner.running is not None:
                assert isinstance(runner.obj, Workload)
                replicas = runner.obj.replicas
                count = 1 if replicas is None else max(replicas, 1)
                found.setdefault(runner.node[2], []).append((runner, count))
        return found

    @cached_property
    def footholds(self) -> Footholds:
        """Objects that give more of their namespace than themselves."""
        return Footholds(self)

    @cached_property
    def hosts(self) -> Hosts:
        """What nodes are for."""
        return Hosts(self)

    @cached_property
    def pod_security(self) -> PodSecurity:
        """Where privileged Pods are let in."""
        return PodSecurity(self.snapshot)

    @cached_property
    def nodes(self) -> tuple[str, ...]:
        """Names of the cluster's nodes: Node objects, and what pods run on."""
        found = {node.metadata.name for node in self.snapshot.nodes}
        found.update(runner.spec.node_name for runner in self.runners)
        found.discard("")
        return tuple(sorted(found))

    @cached_property
    def uses(self) -> Sequence[tuple[Runner, SecretUse, int]]:
        """What containers read of the Secrets that there are: the last is the Secret's number."""
        secrets, none = self.secret_numbers, dict[str, int]()
        return [
            (runner, use, number)
            for runner in self.runners
            if runner.spec.secrets
            for numbers in (secrets.get(runner.node[1], none),)
            for use in runner.spec.secrets
            if (number := numbers.get(use.secret)) is not None
        ]

    def runner(self, namespace: str, name: str) -> Runner | None:
        """Return the Pod of a name, if the input holds it."""
        runners = self.runners
        number = self.index.names(POD).get(namespace, {}).get(name)
        return None if number is None else runners[number - runners[0].number]

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
    def volumes_with_secrets(self) -> Sequence[PersistentVolume]:
        """The PersistentVolumes that name a Secret for the node."""
        volumes = self.snapshot.persistent_volumes
        return [one for one in volumes if one.spec is not None and any(node_secrets(one.spec))]

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


def binding_node(binding: AnyBinding) -> Node:
    """Node of a binding."""
    metadata = binding.metadata
    kind = ROLE_BINDING if isinstance(binding, RoleBinding) else CLUSTER_ROLE_BINDING
    return kind, metadata.namespace, metadata.name


def grant_node(binding: AnyBinding, scope: str) -> Node:
    """Node of the role that a binding grants, at the binding's scope."""
    return role_grant(binding.role_ref.kind, binding.role_ref.name, scope)


def role_grant(kind: str, name: str, scope: str) -> Node:
    """Node of a role at a scope, bound or not.

    Examples
    --------
    >>> role_grant("ClusterRole", "view", "shop")
    ('grant', 'shop', 'ClusterRole/view')
    """
    return GRANT, scope, f"{kind}/{name}"
