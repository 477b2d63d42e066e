"""Who is which identity by the dumps of projects, and what these read and may change.

Source: as in :mod:`rbacgraph.stores.gcp.decision`; GKE documentation, "About Workload Identity
Federation for GKE"; Resource Manager, "Resource hierarchy".
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property, partial
from typing import NamedTuple

from rbacgraph.model.node import (
    EVERY,
    GCP,
    GOOGLE_ACCOUNT,
    GOOGLE_FEDERATED,
    GROUP,
    SECRETS,
    SERVICE_ACCOUNT,
    USER,
    GraphNode,
)
from rbacgraph.model.stores.gcp_dump import GcpAsset, GcpCluster, GcpDump, GcpProject
from rbacgraph.stores.gcp.conditions import GcpRequest
from rbacgraph.stores.gcp.decision import (
    ACCESS,
    ACT_AS,
    BECOME,
    DELEGATE,
    READ_CLUSTER,
    SET_ABOVE,
    SET_OWN,
    UPDATE_ROLE,
    Gate,
    PolicyLevel,
    cluster_request,
    service_account,
    version_of,
)
from rbacgraph.stores.gcp.members import (
    GcpCaller,
    GcpWorkload,
    account_caller,
    is_of_pool,
    normal,
    workload_caller,
)
from rbacgraph.stores.steps import EstateStep, StepDeed, StepFact, doubts_of
from rbacgraph.stores.truth import DoubtKind, StoreDoubts, Truth, any_of, doubt

_LINK = re.compile(r"https://container\.googleapis\.com/v1/projects/([^/]+)/.+/clusters/[^/]+")
_ATTACHED = re.compile(
    r"policies/cloudresourcemanager\.googleapis\.com(?:%2F|/)(\w+)(?:%2F|/)([^/%]+)"
)
_SET = (*SET_OWN.values(), *(permission for permission, _, _ in SET_ABOVE), UPDATE_ROLE, ACT_AS)
NONE: StoreDoubts = frozenset()
_PLACES = {
    "secret": ("//secretmanager.googleapis.com/projects/{}/secrets/{}", "secrets"),
    "service-account": ("//iam.googleapis.com/projects/{}/serviceAccounts/{}", "service-accounts"),
}
"""What the asset of each kind is called, and the folder of its policy."""
_EXACT = ("user:", "serviceAccount:", "group:", "domain:", "deleted:")


class _Resource(NamedTuple):
    """A secret or a service account, the policies about it, and what of them the dump lacks."""

    project: GcpProject
    kind: str
    name: str
    levels: tuple[PolicyLevel, ...]
    lacks: str

    @property
    def node(self) -> GraphNode:
        if self.kind == "secret":
            return GCP, "", f"{self.project.id}/{self.name}"
        return GOOGLE_ACCOUNT, "", self.name


class GcpEstate:
    """The projects of a dump, and the cluster of GKE that the input is of.

    ``issuers``: the issuers of the cluster's tokens; none if they are not known.
    ``named``: secrets that the dump may lack, as ``PROJECT/NAME``.
    ``cluster``: the cluster's name; ``""`` if it is not known.
    """

    def __init__(
        self,
        dump: GcpDump,
        issuers: Iterable[str] = (),
        named: Iterable[str] = (),
        cluster: str = "",
    ) -> None:
        self._cluster = cluster
        self._said = frozenset(issuer.rstrip("/") for issuer in issuers)
        self._list = dump.projects
        self.projects: Mapping[str, GcpProject] = {
            name: one for one in dump.projects for name in (one.id, one.number) if name
        }
        roles = {
            role.name: role.included_permissions for one in dump.projects for role in one.roles
        }
        self._gates = {
            one.id: Gate(
                roles,
                [
                    rule.deny_rule
                    for policy in one.denials or ()
                    if _is_above(policy.name, one)
                    for rule in policy.rules
                ],
                closed=True,
            )
            for one in dump.projects
        }
        self._assets: Mapping[str, Mapping[str, GcpAsset]] = {
            one.id: {asset.resource: asset for asset in one.assets or ()} for one in dump.projects
        }
        self._above = {one.id: _levels_above(one, self._assets[one.id]) for one in dump.projects}
        secrets = [(one.id, name) for one in dump.projects for name in one.secret_names]
        secrets += [
            (self.projects[project].id, secret)
            for project, _, secret in (path.partition("/") for path in named)
            if project in self.projects
        ]
        found = [
            self._resource(self.projects[project], "secret", name)
            for project, name in dict.fromkeys(secrets)
        ]
        found += [
            self._resource(one, "service-account", account.email.lower(), account.unique_id)
            for one in dump.projects
            for account in one.accounts or ()
        ]
        self.resources: Mapping[GraphNode, _Resource] = {one.node: one for one in found}
        self._indexes: dict[tuple[str, tuple[str, ...]], _Index] = {}

    def _resource(self, project: GcpProject, kind: str, name: str, uid: str = "") -> _Resource:
        start, folder = _PLACES[kind]
        above, lacks = self._above[project.id]
        found = project.policies.get(f"{kind}/{name}")
        own = found and PolicyLevel(kind, found.bindings, name, found.file, found.line)
        for one in (project.id, project.number):
            for called in filter(None, (name, uid)):  # assets name an account by its number
                asset = self._assets[project.id].get(start.format(one, called))
                if asset is not None and own is None:
                    own = PolicyLevel(kind, asset.policy.bindings, name, asset.file, asset.line)
        if own is None and project.assets is None:
            lacks = lacks or f"gcp/{project.id}/{folder}/{name}.json"
        return _Resource(project, kind, name, (*([own] if own else []), *above), lacks)

    @cached_property
    def clusters(self) -> tuple[tuple[GcpProject, GcpCluster], ...]:
        """The clusters that may be the input's: of its name, of its issuer, or all."""
        every = [(one, cluster) for one in self._list for cluster in one.clusters or ()]
        if named := [pair for pair in every if pair[1].name == self._cluster]:
            return tuple(named)
        if not self._said:
            return tuple(every)
        return tuple(pair for pair in every if pair[1].self_link.rstrip("/") in self._said)

    @cached_property
    def _pools(self) -> Mapping[str, str]:
        """The pools that the cluster's ServiceAccounts may be in, each with its project's name."""
        if self.clusters:
            pools = [one.workload_identity_config.workload_pool for _, one in self.clusters]
        else:
            named = [match[1] for issuer in self._said if (match := _LINK.fullmatch(issuer))]
            named = named or ([] if self._said else [one.id for one in self._list])
            pools = [f"{project}.svc.id.goog" for project in named]
        return {pool: pool.removesuffix(".svc.id.goog") for pool in pools if pool}

    def logins(
        self, namespace: str, name: str, uid: str = ""
    ) -> Iterator[tuple[GcpCaller, EstateStep]]:
        """Yield what a ServiceAccount is to IAM: in each pool that may be its own."""
        source: GraphNode = (SERVICE_ACCOUNT, namespace, name)
        links = tuple(one.self_link for _, one in self.clusters) or tuple(sorted(self._said))
        sure = len(self._pools) == 1 and bool(self.clusters or self._said)
        for pool, project in self._pools.items():
            number = self.projects[project].number if project in self.projects else ""
            caller = workload_caller(GcpWorkload(pool, number, namespace, name, links, uid))
            doubts = frozenset() if sure else doubt(DoubtKind.ISSUER, pool)
            facts = tuple(
                StepFact("GoogleCluster", one.name, one.file, one.line)
                for _, one in self.clusters
                if one.workload_identity_config.workload_pool == pool
            )
            yield caller, EstateStep(source, node_of(caller), doubts, StepDeed.LOGS_IN, facts)

    def next_accounts(self, caller: GcpCaller) -> Iterator[tuple[GcpCaller, EstateStep]]:
        """Yield the Google service accounts of which a caller gets tokens by its rights.

        Where it may delegate to an account, it also gets tokens of what that one may become.
        """
        asking: dict[GcpCaller, tuple[StoreDoubts, tuple[StepFact, ...]]] = {caller: (NONE, ())}
        todo, own = [caller], node_of(caller)
        while todo:
            one = todo.pop()
            doubts, known = asking[one]
            for account, step in self._accounts(one, BECOME):
                if step.target != own:
                    how = step.doubts | doubts, StepDeed.TAKES_TOKEN, known, step.more
                    yield account, EstateStep(own, step.target, *how)
            for account, step in self._accounts(one, (DELEGATE,)):
                if account not in asking:
                    asking[account] = step.doubts | doubts, (*known, *step.facts)
                    todo.append(account)

    def _accounts(
        self, caller: GcpCaller, permissions: tuple[str, ...]
    ) -> Iterator[tuple[GcpCaller, EstateStep]]:
        """Yield the service accounts on which a caller has one of these permissions."""
        for one in self._candidates(caller, "service-account", permissions):
            gate, request = self._gates[one.project.id], service_account()
            answer = any_of(gate.allows(caller, each, one.levels, request) for each in permissions)
            if step := self._step(caller, one, answer, permissions, StepDeed.TAKES_TOKEN):
                yield account_caller(f"serviceAccount:{one.name}"), step

    def knows(self, secret: GraphNode) -> bool:
        """Whether a secret is in a project of the dump."""
        return secret in self.resources

    @staticmethod
    def identity_of(node: GraphNode) -> GcpCaller:
        """Return the user, group or service account of Google that a node stands for."""
        kind = {USER: "user", GROUP: "group"}.get(node[0], "serviceAccount")
        return account_caller(f"{kind}:{node[2]}")

    @cached_property
    def decided(self) -> Collection[GraphNode]:
        """The Google service accounts of which the dump says who acts as them."""
        return {node for node, one in self.resources.items() if one.kind != "secret"}

    def facts(self, caller: GcpCaller, secret: GraphNode) -> tuple[StepFact, ...]:
        """Return what lets a caller read a secret."""
        one = self.resources[secret]
        gate = self._gates[one.project.id]
        return tuple(self._facts(caller, (ACCESS,), one.levels, gate, _version(one)))

    def read(self, caller: GcpCaller, secret: GraphNode) -> Truth:
        """Whether a caller reads a secret of a project of the dump."""
        one = self.resources[secret]
        return self._allows(caller, ACCESS, one, _version(one))

    def reads(self, caller: GcpCaller) -> Iterator[EstateStep]:
        """Yield what a caller reads."""
        for one in self._candidates(caller, "secret", (ACCESS,)):
            answer = self._gates[one.project.id].allows(caller, ACCESS, one.levels, _version(one))
            if step := self._step(caller, one, answer, (ACCESS,), StepDeed.READS):
                yield step

    def gains(self, caller: GcpCaller) -> Iterator[EstateStep]:
        """Yield what a caller gets by setting a policy, or by changing a role that it holds."""
        deed = StepDeed.GIVES_ITSELF
        for one in self._candidates(caller, "secret", _SET):
            secret = f"projects/{one.project.number or one.project.id}/secrets/{one.name}"
            answer = self._gates[one.project.id].gains(caller, one.levels, secret)
            if step := self._step(caller, one, answer, _SET, deed):
                yield step
        for one in self._candidates(caller, "service-account", _SET):
            answer = self._gates[one.project.id].gains_account(caller, one.levels)
            step = self._step(caller, one, answer, _SET, deed)
            if step is not None and step.target != step.source:
                yield step

    def entries(self, callers: Iterable[GcpCaller]) -> Iterator[EstateStep]:
        """Yield who reads the cluster's Secrets by IAM, beside RBAC in the cluster.

        ``callers``: identities that are to be asked about besides those that policies name.
        """
        projects = {project.id: project for project, _ in self.clusters}
        for project in projects.values():
            known = len(projects) == 1 and bool(self.clusters)
            lacks = frozenset() if known else doubt(DoubtKind.ISSUER, project.id)
            levels, _ = self._above[project.id]
            gate, request = self._gates[project.id], cluster_request()
            named = [
                account_caller(member)
                for level in levels
                for binding in level.bindings
                if any(gate.gives(binding.role, one) is not False for one in READ_CLUSTER)
                for member in map(normal, binding.members)
                if member.startswith(("user:", "serviceAccount:", "group:"))
            ]
            for caller in dict.fromkeys((*named, *callers)):
                answer = gate.reads_cluster(caller, levels)
                if answer is not False:
                    facts = self._facts(caller, READ_CLUSTER, levels, gate, request)
                    doubts, target = doubts_of(answer) | lacks, (SECRETS, "", EVERY)
                    yield EstateStep(
                        node_of(caller), target, doubts, StepDeed.READS_CLUSTER, tuple(facts)
                    )

    def strangers(self) -> Iterator[tuple[GcpCaller, str]]:
        """Yield the accounts that may let in whom the dump does not show, and the file for it."""
        for one in self.resources.values():
            if one.kind != "secret" and one.lacks:
                yield account_caller(f"serviceAccount:{one.name}"), one.lacks

    def asked(self, permission: str, place: str) -> Callable[[GcpCaller], Truth] | None:
        """Return the decision of a permission for each caller; ``None`` if no dump has the place.

        ``place``: ``PROJECT/NAME`` of a secret, the address of an account, or a project.
        """
        if place in self.projects:
            project = self.projects[place]
            levels, lacks = self._above[project.id]
            one = _Resource(project, "project", place, levels, lacks)
            request = GcpRequest("", "")
        else:
            node = (GOOGLE_ACCOUNT if "@" in place else GCP), "", place
            if node not in self.resources:
                return None
            one = self.resources[node]
            request = _version(one) if permission == ACCESS else GcpRequest("", "")
        return lambda caller: self._allows(caller, permission, one, request)

    def _allows(
        self, caller: GcpCaller, permission: str, one: _Resource, request: GcpRequest
    ) -> Truth:
        gate = self._gates[one.project.id]
        answer = gate.allows(caller, permission, one.levels, request)
        if answer is False and one.lacks and gate.denied(caller, permission) is not True:
            return doubt(DoubtKind.MISSING, one.lacks)
        return answer

    def takers(self) -> Iterator[str]:
        """Yield the files that the dump lacks, and that may take away."""
        for one in self._list:
            if one.denials is None:
                yield f"gcp/{one.id}/deny-policies"

    def givers(self) -> Iterator[str]:
        """Yield the files that the dump lacks, and that may give more."""
        for one in self._list:
            if one.secrets is None:
                yield f"gcp/{one.id}/secrets.json"
            if one.accounts is None:
                yield f"gcp/{one.id}/service-accounts.json"
        yield from (one.lacks for one in self.resources.values() if one.lacks)

    def partial(self) -> Iterator[str]:
        """Yield the files of which something is missing."""
        for one in self._list:
            yield from one.partial.values()

    def unknown_groups(self) -> Iterator[str]:
        """Yield the groups that policies name: the input holds no members of these."""
        every = {id(one): one for found in self.resources.values() for one in found.levels}
        found = {
            member
            for level in every.values()
            for binding in level.bindings
            for member in map(normal, binding.members)
            if member.startswith("group:")
        }
        yield from sorted(found)

    def _step(
        self,
        caller: GcpCaller,
        one: _Resource,
        answer: Truth,
        permissions: tuple[str, ...],
        deed: StepDeed,
    ) -> EstateStep | None:
        if answer is False:
            return None
        request = _version(one) if permissions == (ACCESS,) else service_account()
        gate = self._gates[one.project.id]
        more = partial(self._facts, caller, permissions, one.levels, gate, request)
        return EstateStep(node_of(caller), one.node, doubts_of(answer), deed, more=more)

    @staticmethod
    def _facts(
        caller: GcpCaller,
        permissions: Iterable[str],
        levels: tuple[PolicyLevel, ...],
        gate: Gate,
        request: GcpRequest,
    ) -> Iterator[StepFact]:
        found = (
            StepFact(
                "GoogleIAMPolicy",
                f"{level.name} {binding.role}",
                level.file,
                level.line,
                permission,
            )
            for permission in permissions
            for level, binding, _ in gate.granting(caller, permission, levels, request)
        )
        yield from dict.fromkeys(found)

    def _candidates(
        self, caller: GcpCaller, kind: str, permissions: tuple[str, ...]
    ) -> Iterator[_Resource]:
        """Yield the resources of a kind about which a binding may give one of these to a caller."""
        index = self._indexes.get((kind, permissions))
        if index is None:
            index = self._indexes[kind, permissions] = self._index(kind, permissions)
        found: dict[GraphNode, None] = {}
        for name in caller.names:
            found.update(index.exact.get(name, {}))
        for member, nodes in index.others.items():
            if any(gate.means(member, caller) is not False for gate in self._gates.values()):
                found.update(nodes)
        return (self.resources[node] for node in sorted(found))

    def _index(self, kind: str, permissions: tuple[str, ...]) -> "_Index":
        index = _Index({}, {})
        numbers = all(one.number for one in self._list)
        for node, one in self.resources.items():
            gate = self._gates[one.project.id]
            for level in one.levels if one.kind == kind else ():
                for binding in level.bindings:
                    if all(gate.gives(binding.role, each) is False for each in permissions):
                        continue
                    for member in map(normal, binding.members):
                        pool = is_of_pool(member) and "/kubernetes." not in member and numbers
                        exact = pool or member.startswith(_EXACT)
                        table = index.exact if exact else index.others
                        table.setdefault(member, {})[node] = None
        return index


class _Index(NamedTuple):
    """What members of bindings may reach: those that name a caller in one way, and others."""

    exact: dict[str, dict[GraphNode, None]]
    others: dict[str, dict[GraphNode, None]]


def node_of(caller: GcpCaller) -> GraphNode:
    """Return the node of a caller: a user or group of Google is one of the cluster, too."""
    if caller.workload is not None:
        one = caller.workload
        return GOOGLE_FEDERATED, "", f"{one.pool}[{one.namespace}/{one.name}]"
    kind, _, name = min(caller.names, key=lambda name: not name.startswith(_EXACT)).partition(":")
    return {"user": USER, "group": GROUP}.get(kind, GOOGLE_ACCOUNT), "", name


def _version(one: _Resource) -> GcpRequest:
    return version_of(f"projects/{one.project.number or one.project.id}/secrets/{one.name}")


def _is_above(policy: str, project: GcpProject) -> bool:
    """Whether a deny policy is attached to a project, or to what is above it."""
    match = _ATTACHED.match(policy)
    if match is None:
        return True
    if match[1] == "projects":
        return match[2] in (project.id, project.number)
    return project.ancestors is None or any(one.id == match[2] for one in project.ancestors)


def _levels_above(
    project: GcpProject, assets: Mapping[str, GcpAsset]
) -> tuple[tuple[PolicyLevel, ...], str]:
    """Return the policies of a project and above it, and what of them the dump lacks."""
    if project.ancestors is not None:
        levels = tuple(
            PolicyLevel(one.type, one.policy.bindings, f"{one.type} {one.id}", one.file, one.line)
            for one in project.ancestors
        )
        return levels, project.partial.get("ancestors", "")
    start, found = "//cloudresourcemanager.googleapis.com/", []
    for resource, asset in assets.items():
        if resource.startswith(start):
            kind, _, name = resource.removeprefix(start).partition("s/")
            if kind != "project" or name in (project.id, project.number):
                bindings = asset.policy.bindings
                found.append(PolicyLevel(kind, bindings, f"{kind} {name}", asset.file, asset.line))
    whole = any(level.kind == "organization" for level in found)
    return tuple(found), "" if whole else f"gcp/{project.id}/ancestors.json"
