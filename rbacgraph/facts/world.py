"""The cluster as techniques see it: what exists, what is only named, what runs.

A namespace exists if anything mentions it, or is in it if namespaces were listed completely. An
object exists if the input holds it, or, if its kind was not listed, if something refers to it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeVar, cast
from weakref import ref

from rbacgraph.authz.match import api_group_matches, resource_matches
from rbacgraph.facts.admission.pod_security import PodSecurity
from rbacgraph.facts.admission.policy_parameters import SecretParameter, secret_parameters
from rbacgraph.facts.admission.security_context_constraints import Constraints
from rbacgraph.facts.bindings.bindings import BoundRoles, Key
from rbacgraph.facts.bindings.index import Names, OfBlock
from rbacgraph.facts.identities.identities import Identities
from rbacgraph.facts.nodes.node_roles import Hosts
from rbacgraph.facts.pods.pod_security_levels import Levels
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.pods.running_pods import RunningPods
from rbacgraph.facts.secrets.helm_releases import Releases
from rbacgraph.facts.secrets.made_secrets import Maker, made_secrets
from rbacgraph.facts.secrets.secret_references import object_references
from rbacgraph.facts.secrets.volume_claims import Claimed
from rbacgraph.facts.secrets.volume_secrets import Volumes
from rbacgraph.facts.states.object_states import mounted
from rbacgraph.model.condition import CERTAIN, Condition
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import TOKEN_TYPE, Secret
from rbacgraph.model.kubernetes.networking import Service
from rbacgraph.model.kubernetes.pods import Pod, SecretUse
from rbacgraph.model.node import SECRET, SERVICE_ACCOUNT, STANDING_SERVICE_ACCOUNT, Node

_T = TypeVar("_T")


def _idle(runner: PodSource) -> Iterator[tuple[str, str]]:
    """Yield the audiences of tokens, each with the kind of node of an account that gives it.

    A kubelet asks for the token of a volume once a container mounts it, and keeps that in files.
    """
    yield from ((SERVICE_ACCOUNT, one) for one in runner.spec.idle_tokens)
    runs = runner.running == CERTAIN
    kept = mounted(runner.obj) if runs and isinstance(runner.obj, Pod) else ()
    for use in runner.spec.tokens:
        if use.starting or use.container in runner.stalled:
            there = runs and (use.starting or use.container in kept)
            yield STANDING_SERVICE_ACCOUNT if there else SERVICE_ACCOUNT, use.audience


class Facts:
    """The facts of a snapshot, in parts that techniques share.

    ``rbac`` holds roles and bindings, ``running`` Pods, workloads and nodes, ``identities``
    ServiceAccounts, users, groups and namespaces; Secrets are the world's own.

    ``secrets``: Secrets that are known from elsewhere, by namespace and name.
    ``outside``: paths of secrets of stores outside that the question names.
    """

    def __init__(
        self, snapshot: Snapshot, secrets: Iterable[Key] = (), outside: Iterable[str] = ()
    ) -> None:
        self.snapshot = snapshot
        self.rbac = BoundRoles(snapshot)
        self.authorizer = self.rbac.authorizer
        self.index = self.rbac.index
        self.running = RunningPods(self.rbac)
        self.identities = Identities(self.rbac, self.running)
        self._known_secrets = secrets
        self.asked_outside = tuple(outside)
        self._parts: dict[object, object] = {}

    def part(self, make: Callable[["Facts"], _T]) -> _T:
        """Return what ``make`` computes from the cluster; it runs once.

        So a module can depend on the world, and the world need not know the module.
        """
        if make not in self._parts:
            self._parts[make] = make(self)
        return cast("_T", self._parts[make])

    @cached_property
    def secret_numbers(self) -> Names:
        """The number of every Secret, by namespace and name."""
        _ = self.secret_block
        return self.index.names(SECRET)

    @cached_property
    def secret_block(self) -> range:
        """The numbers of all Secrets, in the order of :attr:`secrets`."""
        inferred = self._inferred_secrets
        held = [secret.metadata for secret in self.snapshot.secrets]
        nodes = [(SECRET, meta.namespace, meta.name) for meta in held]
        nodes += [(SECRET, *key) for key in inferred]
        return self.index.block(SECRET, nodes)

    @cached_property
    def bootstrap_tokens(self) -> Mapping[str, Secret]:
        """The Secrets that are bootstrap tokens as far as the input shows, by name."""
        held = self.snapshot.secrets
        return {secret.metadata.name: secret for secret in held if secret.is_bootstrap_token}

    @cached_property
    def naming_more(self) -> Sequence[PodSource]:
        """The :attr:`runners` whose kubelet may read more Secrets than their containers."""
        claims = bool(self.volumes.secrets)
        return [
            runner
            for runner in self.running.runners
            if runner.spec.kubelet or not runner.live or (claims and runner.spec.claims)
        ]

    @cached_property
    def token_secrets(self) -> Mapping[Key, Secret]:
        """The Secrets that hold ServiceAccounts' tokens, by namespace and name."""
        held = [secret for secret in self.snapshot.secrets if secret.type == TOKEN_TYPE]
        return {(secret.metadata.namespace, secret.metadata.name): secret for secret in held}

    @cached_property
    def numbered_secrets(self) -> Sequence[Secret | None]:
        """The Secrets of :attr:`secret_block`; None for one that is only referred to."""
        return *self.snapshot.secrets, *(None for _ in self._inferred_secrets)

    @cached_property
    def secrets(self) -> Mapping[Key, Secret | None]:
        """Every Secret; None for one that is only referred to, if Secrets were not listed."""
        return OfBlock(self.index, SECRET, self.secret_block, self.numbered_secrets)

    def may_hold_credential(self, key: Key) -> bool:
        """Whether a Secret may exist that lets its reader in somewhere, by what it holds."""
        secret = self.secrets.get(key)
        return key in self.secrets and not (secret is not None and secret.only_verifies)

    @cached_property
    def services(self) -> Mapping[Key, Service]:
        """Services by namespace and name."""
        return {(s.metadata.namespace, s.metadata.name): s for s in self.snapshot.services}

    @cached_property
    def secret_parameters(self) -> Mapping[str, Sequence[SecretParameter]]:
        """The Secrets that admission policies take as parameters, by the policy's kind."""
        return secret_parameters(self.snapshot)

    @cached_property
    def made_secrets(self) -> Mapping[Key, Maker]:
        """Secrets that operators make, each with its custom resource."""
        return made_secrets(self.snapshot)

    @cached_property
    def _inferred_secrets(self) -> Sequence[Key]:
        if ("Secret", "") in self.snapshot.listed:
            return ()
        held = {
            (secret.metadata.namespace, secret.metadata.name) for secret in self.snapshot.secrets
        }
        is_listed = self.snapshot.is_listed
        referred = sorted({*self._referred_secrets(), *self._known_secrets})
        return [
            key
            for key in referred
            if key not in held
            and not is_listed("Secret", key[0])
            and self.identities.may_hold(key[0])
        ]

    def _referred_secrets(self) -> Iterator[Key]:
        for runner in self.running.runners:
            for name in runner.kubelet_secrets():
                yield runner.node[1], name
        for references in self.volumes.secrets.values():
            for _, _, reference in references:
                yield reference.namespace, reference.name
        for named in object_references(self.snapshot):
            yield named.namespace, named.name
        yield from self.releases.made()
        yield from self._decrypting_secrets()
        yield from self.made_secrets
        yield from self._granted_by_name()

    def _decrypting_secrets(self) -> Iterator[Key]:
        """Yield the Secrets with which Flux and helm-secrets decrypt files in Git."""
        git = self.snapshot.git
        for one in git.decryptions if git else ():
            if one.secret:
                yield one.namespace, one.secret
        for reference in git.references if git else ():
            if reference.key_secret:
                yield reference.key_secret

    def _granted_by_name(self) -> Iterator[Key]:
        """Yield the Secrets that the rules of a namespace name."""
        for roles, scope in self.rbac.grants.values():
            if scope:
                for rule in (rule for role in roles for rule in role.rules or ()):
                    if api_group_matches(rule, "") and resource_matches(rule, "secrets"):
                        yield from ((scope, name) for name in rule.resource_names or () if name)

    @cached_property
    def idle_tokens(self) -> Sequence[tuple[PodSource, Node, str, Condition]]:
        """Tokens of Pods that no running container mounts: the ServiceAccount, the audience.

        The last item is the condition on which the ServiceAccount exists.
        """
        doubts = self.identities.account_doubts
        return [
            (
                runner,
                (kind, runner.node[1], runner.spec.service_account),
                audience,
                doubts.get(account, CERTAIN),
            )
            for runner, account in zip(
                self.running.runners, self.identities.accounts_of_runners, strict=True
            )
            if account is not None
            for kind, audience in _idle(runner)
        ]

    @cached_property
    def releases(self) -> Releases:
        """Helm releases, and the objects that hold them."""
        return Releases(self.snapshot, self.index)

    @cached_property
    def volumes(self) -> Volumes:
        """The Secrets that PersistentVolumes name."""
        return Volumes(self.snapshot.persistent_volumes)

    @cached_property
    def claimed(self) -> Claimed:
        """The claims of PersistentVolumes."""
        return Claimed(self.snapshot)

    @cached_property
    def hosts(self) -> Hosts:
        """The purposes of nodes."""
        return Hosts(self.identities, self.claimed)

    @cached_property
    def levels(self) -> Levels:
        """Pod Security levels of namespaces."""
        return Levels(self.snapshot)

    @cached_property
    def constraints(self) -> Constraints:
        """What OpenShift requires of privileged Pods."""
        return Constraints(self.identities, self.levels)

    @cached_property
    def pod_security(self) -> PodSecurity:
        """Where privileged Pods are admitted."""
        return PodSecurity(
            self.snapshot,
            self.levels,
            self.constraints,
            self.running.nodes,
            creating=self.identities.creating,
            making=self.identities.making_pods,
            binding=self.identities.binding,
        )

    @property
    def uses(self) -> Sequence[tuple[PodSource, SecretUse, int]]:
        """What containers read of existing Secrets: the last item is the Secret's number."""
        return self._uses[0]

    @property
    def missed(self) -> Sequence[tuple[PodSource, SecretUse]]:
        """What containers would read of missing Secrets."""
        return self._uses[1]

    @cached_property
    def _uses(
        self,
    ) -> tuple[Sequence[tuple[PodSource, SecretUse, int]], Sequence[tuple[PodSource, SecretUse]]]:
        there: list[tuple[PodSource, SecretUse, int]] = []
        missed: list[tuple[PodSource, SecretUse]] = []
        secrets, none = self.secret_numbers, dict[str, int]()
        for runner in self.running.runners:
            if runner.spec.secrets:
                numbers = secrets.get(runner.node[1], none)
                for use in runner.spec.secrets:
                    number = numbers.get(use.secret)
                    if number is None:
                        missed.append((runner, use))
                    else:
                        there.append((runner, use, number))
        return there, missed


class WorldPart:
    """A part of a cluster that asks the cluster more while it answers.

    The cluster keeps its parts: a reference back would be a cycle.

    ``world``: the cluster; the caller keeps it while the part is in use.
    """

    def __init__(self, world: Facts) -> None:
        self._world_ref = ref(world)

    @property
    def _world(self) -> Facts:
        found = self._world_ref()
        assert found is not None, "keep the facts while their parts are in use"
        return found
