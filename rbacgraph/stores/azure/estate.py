"""Who is which identity by the dumps of subscriptions, and what these read and may change.

Source: as in :mod:`rbacgraph.stores.azure.decision`; for tokens azure-docs
``active-directory/workload-identities/workload-identity-federation.md``, for the cluster
``aks/workload-identity-overview.md`` and ``aks/enable-authentication-microsoft-entra-id.md``.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property, partial

from rbacgraph.model.node import (
    AZURE,
    AZURE_IDENTITY,
    EVERY,
    GROUP,
    SECRETS,
    SERVICE_ACCOUNT,
    GraphNode,
)
from rbacgraph.model.stores.azure_dump import (
    AzureCluster,
    AzureCredential,
    AzureDump,
    AzureIdentity,
    AzureSubscription,
    AzureVault,
)
from rbacgraph.stores.azure.decision import (
    READ,
    READ_SECRETS,
    WRITE_CREDENTIAL,
    WRITES,
    Authorization,
    admits,
)
from rbacgraph.stores.azure.roles import MANAGEMENT_GROUPS, normal
from rbacgraph.stores.steps import EstateStep, StepDeed, StepFact, doubts_of
from rbacgraph.stores.truth import DoubtKind, Truth, all_of, any_of, doubt

_IN_VAULT = 9
"""How many segments the id of a vault has, with the empty one before its first slash."""

_MASTERS: GraphNode = (GROUP, "", "system:masters")


class AzureEstate:
    """The subscriptions of a dump, and the cluster of AKS that the input is of.

    ``issuers``: the issuers of the cluster's tokens; none if they are not known.
    ``named``: secrets that the dump may lack, as ``VAULT/NAME``.
    ``cluster``: the cluster's name; ``""`` if it is not known.
    """

    def __init__(
        self,
        dump: AzureDump,
        issuers: Iterable[str] = (),
        named: Iterable[str] = (),
        cluster: str = "",
    ) -> None:
        self._cluster = cluster
        self.subscriptions = {one.id: one for one in dump.subscriptions}
        self._said = frozenset(issuers)
        roles = [role for one in dump.subscriptions for role in one.roles or ()]
        self.groups = {
            group: members for one in dump.subscriptions for group, members in one.groups.items()
        }
        self._authorizations = {
            one.id: Authorization(
                roles, one.assignments or (), one.denials or (), self.groups, _above(one)
            )
            for one in dump.subscriptions
        }
        self.identities: Mapping[str, AzureIdentity] = {
            identity.principal_id.lower(): identity
            for one in dump.subscriptions
            for identity in one.identities or ()
        }
        self.vaults: Mapping[str, AzureVault] = {
            vault.name: vault for one in dump.subscriptions for vault in one.vaults
        }
        listed = {name: dict.fromkeys(one.secrets or ()) for name, one in self.vaults.items()}
        for vault, _, name in (path.partition("/") for path in named):
            if vault in listed:
                listed[vault][name] = None
        self.secrets: Mapping[str, Iterable[str]] = listed

    @cached_property
    def clusters(self) -> tuple[AzureCluster, ...]:
        """The clusters that may be the input's: of its name, of its issuer, or all."""
        every = [cluster for one in self.subscriptions.values() for cluster in one.clusters]
        if named := [one for one in every if one.id.rpartition("/")[2] == self._cluster]:
            return tuple(named)
        said = {issuer.rstrip("/") for issuer in self._said}
        fitting = (one for one in every if one.oidc_issuer_profile.issuer_url.rstrip("/") in said)
        return tuple(fitting if said else every)

    def node_of(self, principal: str) -> GraphNode:
        """Return the node of an object of Entra ID: by its client id, if it is an identity."""
        one = self.identities.get(principal)
        return AZURE_IDENTITY, "", one.client_id.lower() if one else principal

    def identity_of(self, node: GraphNode) -> str:
        """Return the object of Entra ID that a node stands for."""
        return self._by_client.get(str(node[2]), str(node[2]))

    @cached_property
    def _by_client(self) -> Mapping[str, str]:
        return {one.client_id.lower(): principal for principal, one in self.identities.items()}

    @cached_property
    def decided(self) -> Collection[GraphNode]:
        """The identities of which the dump says who acts as them."""
        every = self.subscriptions.values()
        return {
            self.node_of(identity.principal_id.lower())
            for one in every
            for identity in one.identities or ()
            if identity.name.lower() in one.credentials
        }

    def next_accounts(self, principal: str) -> Iterator[tuple[str, EstateStep]]:  # noqa: ARG002
        """Yield nothing: an identity of Azure becomes no other by its rights alone."""
        return iter(())

    def logins(self, namespace: str, name: str, uid: str = "") -> Iterator[tuple[str, EstateStep]]:  # noqa: ARG002
        """Yield the identities that a ServiceAccount's tokens become."""
        subject = f"system:serviceaccount:{namespace}:{name}"
        source: GraphNode = (SERVICE_ACCOUNT, namespace, name)
        for one in (*self._credentials.get(subject, ()), *self._credentials.get("", ())):
            principal, credential = one
            answer = self._lets_in(credential, subject)
            if answer is not False:
                fact = StepFact(
                    "AzureFederatedCredential",
                    credential.id.rpartition("/")[2] or credential.subject,
                    credential.file,
                    credential.line,
                )
                node, doubts = self.node_of(principal), doubts_of(answer)
                yield principal, EstateStep(source, node, doubts, StepDeed.LOGS_IN, (fact,))

    def _lets_in(self, credential: AzureCredential, subject: str) -> Truth:
        if self._issuers:
            return any_of(admits(credential, issuer, subject) for issuer in self._issuers)
        may = not self.clusters or credential.issuer in (
            one.oidc_issuer_profile.issuer_url for one in self.clusters
        )
        known = doubt(DoubtKind.ISSUER, credential.issuer)
        return all_of([admits(credential, credential.issuer, subject), known]) if may else False

    @cached_property
    def _issuers(self) -> frozenset[str]:
        """The issuers of the cluster's tokens, if they are known."""
        own = [one.oidc_issuer_profile.issuer_url for one in self.clusters]
        # That of AKS ends with a slash, which an option may lack.
        return frozenset(own) if len(own) == 1 else self._said | {f"{x}/" for x in self._said}

    @cached_property
    def _credentials(self) -> Mapping[str, list[tuple[str, AzureCredential]]]:
        """The credentials of the identities by subject, flexible ones by ``""``."""
        found: dict[str, list[tuple[str, AzureCredential]]] = {}
        for one in self.subscriptions.values():
            for identity in one.identities or ():
                for credential in one.credentials.get(identity.name.lower(), ()):
                    # Identities of two resource groups may have one name.
                    if normal(credential.id or identity.id).startswith(normal(identity.id)):
                        pair = identity.principal_id.lower(), credential
                        found.setdefault(_key(credential), []).append(pair)
            names = {identity.name.lower() for identity in one.identities or ()}
            for name in one.credentials.keys() - names:  # of an application, or not listed
                self._unlisted[name] = f"azure/{one.id}/identity.json"
                for credential in one.credentials[name]:
                    found.setdefault(_key(credential), []).append((name, credential))
        return found

    @cached_property
    def _unlisted(self) -> dict[str, str]:
        """What has credentials, but no object id by which roles name it, and the file for that."""
        return {}

    def _of(self, resource: str) -> AzureSubscription | None:
        return self.subscriptions.get((normal(resource).split("/") + [""] * 3)[2])

    def allows(self, principal: str, action: str, resource: str, *, data: bool = False) -> Truth:
        """Whether roles let a principal do something at a resource of the dump."""
        one = self._of(resource)
        if one is None:
            return doubt(DoubtKind.MISSING, resource)
        answer = self._authorizations[one.id].allows(principal, action, resource, data=data)
        return _unless_partial(answer, one, "assignments")

    def knows(self, secret: GraphNode) -> bool:
        """Whether a secret is in a vault of the dump."""
        return str(secret[2]).partition("/")[0] in self.vaults

    def read(self, principal: str, secret: GraphNode) -> Truth:
        """Whether a principal reads a secret of a vault of the dump."""
        vault_name, _, name = str(secret[2]).partition("/")
        vault = self.vaults[vault_name]
        if principal in self._unlisted:
            return doubt(DoubtKind.MISSING, self._unlisted[principal])
        if vault.enable_rbac_authorization:
            return self.allows(principal, READ, f"{vault.id}/secrets/{name}", data=True)
        one = self._of(vault.id)
        assert one is not None
        answer = self._authorizations[one.id].reads(principal, vault, "")
        return (
            _unless_partial(answer, one, "vaults") if vault.file in one.partial.values() else answer
        )

    def facts(self, principal: str, secret: GraphNode) -> tuple[StepFact, ...]:
        """Return what lets a principal read a secret of a vault."""
        vault_name, _, name = str(secret[2]).partition("/")
        vault = self.vaults[vault_name]
        if vault.enable_rbac_authorization:
            return self._granted(principal, READ, f"{vault.id}/secrets/{name}", data=True)
        authorization = self._authorizations[normal(vault.id).split("/", 3)[2]]
        return tuple(
            StepFact("AzureAccessPolicy", f"{vault.name} {policy.object_id}", vault.file)
            for policy, _ in authorization.policies(principal, vault)
        )

    def _granted(
        self, principal: str, action: str, resource: str, *, data: bool = False
    ) -> tuple[StepFact, ...]:
        authorization = self._authorizations[normal(resource).split("/", 3)[2]]
        return tuple(
            StepFact(
                "AzureRoleAssignment",
                f"{one.role_definition_name or one.role} {one.principal_id}",
                one.file,
                one.line,
                action,
            )
            for one, _ in authorization.granting(principal, action, resource, data)
        )

    def reads(self, principal: str) -> Iterator[EstateStep]:
        """Yield what a principal reads."""
        node = self.node_of(principal)
        for vault in self._candidates(principal):
            for name in self.secrets[vault.name]:
                target: GraphNode = (AZURE, "", f"{vault.name}/{name}")
                answer = self.read(principal, target)
                if answer is not False:
                    more = partial(self.facts, principal, target)
                    yield EstateStep(node, target, doubts_of(answer), StepDeed.READS, more=more)

    def _candidates(self, principal: str) -> Iterator[AzureVault]:
        """Yield the vaults of which a principal may read something."""
        for one in self.subscriptions.values():
            authorization = self._authorizations[one.id]
            given = authorization.granting(principal, READ, data=True)
            for vault in self._below(one, (assignment.scope for assignment, _ in given)):
                if vault.enable_rbac_authorization:
                    yield vault
            for name in authorization.names_of(principal):
                yield from self._by_policy.get((one.id, name), {}).values()

    def _below(self, one: AzureSubscription, scopes: Iterable[str]) -> Iterator[AzureVault]:
        """Yield the vaults of a subscription that scopes hold, or of which they are a part."""
        places, found = self._places[one.id], dict[str, AzureVault]()
        for scope in set(map(normal, scopes)):
            parts = scope.split("/")
            if len(parts) >= _IN_VAULT:
                at = "/".join(parts[:_IN_VAULT])
                found |= {at: places[at]} if at in places else {}
            elif not scope or scope.startswith(MANAGEMENT_GROUPS):
                found |= places
            else:
                found |= {at: one for at, one in places.items() if at.startswith(f"{scope}/")}
        yield from found.values()

    @cached_property
    def _places(self) -> Mapping[str, dict[str, AzureVault]]:
        """The vaults of each subscription by their ids."""
        return {
            one.id: {normal(vault.id): vault for vault in one.vaults}
            for one in self.subscriptions.values()
        }

    @cached_property
    def _by_policy(self) -> Mapping[tuple[str, str], dict[str, AzureVault]]:
        """The vaults that have access policies about an object, where these decide."""
        found: dict[tuple[str, str], dict[str, AzureVault]] = {}
        for one in self.subscriptions.values():
            for vault in one.vaults:
                for policy in () if vault.enable_rbac_authorization else vault.access_policies:
                    key = one.id, policy.object_id.lower()
                    found.setdefault(key, {})[vault.name] = vault
        return found

    def gains(self, principal: str) -> Iterator[EstateStep]:
        """Yield what a principal gets by changing something of Azure: secrets and identities."""
        node, deed = self.node_of(principal), StepDeed.GIVES_ITSELF
        for one in self.subscriptions.values():
            authorization = self._authorizations[one.id]
            given = [
                found for action in WRITES for found in authorization.granting(principal, action)
            ]
            for vault in self._below(one, (assignment.scope for assignment, _ in given)):
                for action, answer in authorization.gaining(principal, vault):
                    facts = self._granted(principal, action, vault.id)
                    for name in self.secrets[vault.name]:
                        target: GraphNode = (AZURE, "", f"{vault.name}/{name}")
                        yield EstateStep(node, target, doubts_of(answer), deed, facts)
            for identity in (one.identities or ()) if given else ():
                answer = authorization.allows(principal, WRITE_CREDENTIAL, identity.id)
                if answer is not False and identity.principal_id.lower() != principal:
                    other = self.node_of(identity.principal_id.lower())
                    facts = self._granted(principal, WRITE_CREDENTIAL, identity.id)
                    yield EstateStep(node, other, doubts_of(answer), deed, facts)

    def entries(self, principals: Iterable[str] = ()) -> Iterator[EstateStep]:
        """Yield who of Azure administers the cluster, or reads its Secrets, without its RBAC.

        ``principals``: identities that are to be asked about besides those that roles name.
        """
        for cluster in self.clusters:
            issuer = cluster.oidc_issuer_profile.issuer_url or cluster.id
            unsure = doubt(DoubtKind.ISSUER, issuer) if len(self.clusters) > 1 else frozenset()
            for step in self._enters(cluster, principals) if self._of(cluster.id) else ():
                yield step._replace(doubts=step.doubts | unsure)

    def _enters(self, cluster: AzureCluster, principals: Iterable[str]) -> Iterator[EstateStep]:
        authorization = self._authorizations[normal(cluster.id).split("/", 3)[2]]
        groups = cluster.aad_profile.admin_group_object_ids if cluster.aad_profile else ()
        inner = [member for inside in self.groups.values() for member in inside]
        named = *authorization.principals, *map(str.lower, groups), *inner, *principals
        for principal in dict.fromkeys(named):
            node = self.node_of(principal)
            for action, answer in authorization.administering(principal, cluster):
                facts = self._granted(principal, action, cluster.id, data=action.endswith("*"))
                facts = facts or (StepFact("AzureCluster", cluster.id, cluster.file),)
                yield EstateStep(node, _MASTERS, doubts_of(answer), StepDeed.ADMINISTERS, facts)
            yield from self._cluster_reads(principal, cluster, authorization)
        for group, members in self.groups.items() if cluster.aad_profile else ():
            target: GraphNode = (GROUP, "", group)
            facts = (StepFact("EntraGroup", group),)
            for member in members:
                source = self.node_of(member)
                yield EstateStep(source, target, frozenset(), StepDeed.JOINS, facts)

    def _cluster_reads(
        self, principal: str, cluster: AzureCluster, authorization: Authorization
    ) -> Iterator[EstateStep]:
        """Yield the Secrets that a data action of Azure's roles opens."""
        if not (cluster.aad_profile and cluster.aad_profile.enable_azure_rbac):
            return
        inside, seen = f"{normal(cluster.id)}/namespaces/", set[str]()
        for assignment, _ in authorization.granting(principal, READ_SECRETS, data=True):
            scope = normal(assignment.scope)
            namespace = scope.removeprefix(inside) if scope.startswith(inside) else ""
            where = f"{inside}{namespace}" if namespace else cluster.id
            answer = authorization.allows(principal, READ_SECRETS, where, data=True)
            if answer is not False and namespace not in seen:
                seen.add(namespace)
                facts = self._granted(principal, READ_SECRETS, where, data=True)
                target: GraphNode = (SECRETS, namespace, EVERY)
                node = self.node_of(principal)
                yield EstateStep(node, target, doubts_of(answer), StepDeed.READS_CLUSTER, facts)

    def strangers(self) -> Iterator[tuple[str, str]]:
        """Yield the identities that may let in whom the dump does not show, and the file for it."""
        for one in self.subscriptions.values():
            names = Counter(identity.name.lower() for identity in one.identities or ())
            for identity in one.identities or ():
                name = identity.name.lower()
                # Of two with one name the file may be the other's.
                several = names[name] > 1 and not any(
                    normal(credential.id).startswith(f"{normal(identity.id)}/")
                    for credential in one.credentials.get(name, ())
                )
                if several or name not in one.credentials:
                    file = f"azure/{one.id}/identity/{identity.name}/federated-credentials.json"
                    yield identity.principal_id.lower(), file

    def asked(self, action: str, place: str) -> Callable[[str], Truth] | None:
        """Return the decision of an action for each identity; ``None`` if no dump has the place.

        ``place``: the id of a resource, or ``VAULT/NAME``. An action of a secret is one on data.
        """
        vault, _, name = place.partition("/")
        if vault in self.vaults:
            if action.lower() == READ.lower():
                return lambda one: self.read(one, (AZURE, "", place))
            place = f"{self.vaults[vault].id}/secrets/{name}"
        if not place.startswith("/") or self._of(place) is None:
            return None
        data = "/secrets/" in place.lower()
        return lambda one: self.allows(one, action, place, data=data)

    def takers(self) -> Iterator[str]:
        """Yield the files that the dump lacks, and that may take away."""
        for one in self.subscriptions.values():
            if one.denials is None:
                yield f"azure/{one.id}/deny-assignments.json"

    def givers(self) -> Iterator[str]:
        """Yield the files that the dump lacks, and that may give more."""
        for one in self.subscriptions.values():
            if one.assignments is None:
                yield f"azure/{one.id}/role-assignments.json"
            if one.identities is None:
                yield f"azure/{one.id}/identity.json"
            for vault in one.vaults:
                if vault.secrets is None:
                    yield f"azure/{one.id}/keyvault/{vault.name}/secrets.json"
        yield from (file for _, file in self.strangers())

    def partial(self) -> Iterator[str]:
        """Yield the files of which something is missing."""
        for one in self.subscriptions.values():
            yield from one.partial.values()

    def unknown_groups(self) -> Iterator[str]:
        """Yield nothing: a group whose members are not known is a doubt of each step."""
        return iter(())


def _above(subscription: AzureSubscription) -> frozenset[str]:
    """Return the management groups above a subscription: those whose roles it inherits."""
    scopes = [one.scope for one in subscription.assignments or ()]
    scopes += [one.scope for one in subscription.denials or ()]
    return frozenset(one for one in map(normal, scopes) if one.startswith(MANAGEMENT_GROUPS))


def _key(credential: AzureCredential) -> str:
    return "" if credential.claims_matching_expression else credential.subject


def _unless_partial(answer: Truth, subscription: AzureSubscription, field: str) -> Truth:
    """Return no only where the dump has all that could say yes."""
    file = subscription.partial.get(field, "")
    if answer is False and (file or getattr(subscription, field) is None):
        lacks = f"azure/{subscription.id}/role-{field}.json"
        return doubt(DoubtKind.MISSING, file or lacks)
    return answer
