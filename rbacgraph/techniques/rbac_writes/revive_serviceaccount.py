"""Create the missing ServiceAccount that a binding or a role of Vault names, and act as it."""

from collections.abc import Iterator, Sequence

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.tokens.mounted_tokens import best_token
from rbacgraph.facts.world import Facts
from rbacgraph.facts.writable_objects import NAMESPACES, NEW_MAKERS, NEW_SECRETS, WritableObjects
from rbacgraph.model.condition import CERTAIN, If, both
from rbacgraph.model.node import (
    CREATED,
    EACH_NAMESPACE,
    KUBELET,
    SERVICE_ACCOUNT,
    GraphNode,
    Node,
    service_accounts_group,
)
from rbacgraph.techniques.kubelet.node_requests_token import token_condition
from rbacgraph.techniques.new_pods.pod_makers import MAKE_PODS
from rbacgraph.techniques.new_pods.server_side_apply import MADE, pods_made
from rbacgraph.techniques.spec.collections import EXISTING_ACCOUNTS_OF, NAMESPACES_OF, SECRETS_OF
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldCompoundRights,
    HeldRights,
    made_by_name,
)
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.rights_by_name import creates_by_name
from rbacgraph.techniques.spec.technique import Right

_BY_ITSELF = "default"  # exists in every namespace
_TOKEN = Right(("create",), "", "serviceaccounts", "token")
_MAKES = tuple((Right(("create",), *made), Right(("patch",), *made)) for made in MADE)


def _tokens(_world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    for holding in held.get(_TOKEN, ()):
        for name in holding.match.exact_names:
            yield FoundRight(holding.scope, name, (holding,))


CREATE_ACCOUNT = creates_by_name("create-serviceaccount", "", "serviceaccounts")
FOUND_NAMESPACE = creates_by_name(
    "found-namespace",
    "",
    "namespaces",
    wanted=lambda world: bool(_missing_namespaces(world)),
    cluster_scoped=True,
)
"""Create a namespace whose name bindings already use."""


def _makes_in_new(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    """Yield the missing namespaces in which Pods are made as soon as one creates them.

    No name is taken there. Who creates Pods everywhere by POST makes them there anyway.
    """
    missing = _missing_namespaces(world)
    for create, patch in _MAKES:
        for found in made_by_name(world, held.get(create, ()), held.get(patch, ())):
            everywhere = found.scope in {"", EACH_NAMESPACE}
            if everywhere and len(found.uses) == 1:
                continue
            for namespace in missing:
                if everywhere or namespace == found.scope:
                    yield FoundRight(namespace, "", found.uses, pods_made(world, namespace))


MAKE_PODS_IN_NEW = CompoundRight(
    id="make-pods-in-new-namespace",
    rights=tuple(right for pair in _MAKES for right in pair),
    needs=tuple(create for create, _ in _MAKES),
    found=_makes_in_new,
    joint=True,
    together=_MAKES,
    alone=tuple(create for create, _ in _MAKES),
    wanted=lambda world: bool(_missing_namespaces(world)),
)

TOKEN_BY_NAME = CompoundRight(id="token-by-name", rights=(_TOKEN,), found=_tokens)
"""Token requests that names limit: requests without names cover all accounts anyway."""


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    yield from _in_new_namespaces(world, present)
    for namespace, name in _missing(world):
        create = present.node(CREATE_ACCOUNT, namespace, name)
        if create is None:
            continue
        target = (SERVICE_ACCOUNT, namespace, name)
        by = "a role of Vault" if (namespace, name) in world.rbac.named_by_vault else "a binding"
        words = f"can create ServiceAccount {namespace}/{name}, which {by} names, and be it"
        every = EXISTING_ACCOUNTS_OF.everything(namespace)
        doubt = world.identities.creating_one(namespace, "serviceaccounts")
        yield Hyperarc((create, every), (target,), words, namespace, (name,), doubt)
        token = present.node(TOKEN_BY_NAME, namespace, name)
        if token:
            by_name = name, "by", "its", "name"
            yield Hyperarc((create, token), (target,), words, namespace, by_name, doubt)
        for runner in world.running.runners_in(namespace):
            if runner.kind == "Pod" and runner.spec.service_account == name:
                yield from _left_pods(world, runner, create)


def _left_pods(world: Facts, runner: PodSource, create: GraphNode) -> Iterator[Hyperarc]:
    """Yield how a Pod that outlived its ServiceAccount gives a new account's token."""
    _, namespace, pod = runner.node
    account = runner.spec.service_account
    words = f"can create ServiceAccount {namespace}/{account} again, and Pod {pod} runs as it"
    evidence = (world.rbac.evidence(runner.obj, "Pod", f"runs as {account}"),)
    target = (SERVICE_ACCOUNT, namespace, account)
    asks = None if runner.on_node is None or runner.static else token_condition(world, runner)
    if asks is not None:
        kubelet = (KUBELET, "", runner.spec.node_name)
        condition = both(
            runner.on_node or CERTAIN,
            asks,
            world.identities.creating_one(namespace, "serviceaccounts"),
        )
        name = account, "by", "kubelet", "of", pod
        yield Hyperarc((create, kubelet), (target,), words, namespace, name, condition, evidence)
    holds = None if runner.running is None or runner.static else best_token(world, runner)
    if holds is not None:
        doubt = world.identities.creating_one(namespace, "serviceaccounts")
        condition = both(runner.running or CERTAIN, If.KUBELET_RENEWS_TOKEN(), holds[1], doubt)
        name_of_join = account, "by", "Pod", pod
        yield Hyperarc(
            (create, runner.node), (target,), words, namespace, name_of_join, condition, evidence
        )


def _in_new_namespaces(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    """Yield the ServiceAccounts and groups of an identity that creates their namespace."""
    for namespace in _missing_namespaces(world):
        found = present.node(FOUND_NAMESPACE, "", namespace)
        if found is None:
            continue
        words = f"can create namespace {namespace} and be a ServiceAccount in it"
        named = [key for key in sorted(world.rbac.named_service_accounts) if key[0] == namespace]
        group = service_accounts_group(namespace)
        ends: list[tuple[Node, str]] = [((SERVICE_ACCOUNT, *key), key[1]) for key in named]
        ends += [(group, _BY_ITSELF)] if group in world.identities.known_groups else []
        for end, name in ends:
            there = name == _BY_ITSELF or (namespace, name) in world.snapshot.service_account_index
            create = found if there else present.node(CREATE_ACCOUNT, namespace, name)
            tokens = _tokens_in(world, present, namespace, name) if create else ()
            for token, words_of_token in tokens:
                inputs = tuple(node for node in dict.fromkeys((found, create, token)) if node)
                yield Hyperarc(
                    inputs, (end,), words, namespace, (end[0], name, *words_of_token.split())
                )
        yield from _by_pods(world, present, namespace, found)


def _by_pods(
    world: Facts, present: HeldCompoundRights, namespace: str, found: GraphNode
) -> Iterator[Hyperarc]:
    """Yield what Pods have in a new namespace: its accounts, and Secrets that were left there."""
    left = [SECRETS_OF.everything(namespace)] if world.secret_numbers.get(namespace) else []
    there = ", in which there are Secrets," if left else ""
    words = f"can create namespace {namespace}{there} and Pods in it"
    accounts = EXISTING_ACCOUNTS_OF.everything(namespace)
    for ability, targets in ((MAKE_PODS, left), (MAKE_PODS_IN_NEW, [*left, accounts])):
        make = present.node(ability, namespace) if targets else None
        if make is not None:
            yield Hyperarc((found, make), tuple(targets), words, namespace, ("by", ability.id))


def _tokens_in(
    world: Facts, present: HeldCompoundRights, namespace: str, name: str
) -> Iterator[tuple[GraphNode, str]]:
    """Yield the ways to the token of a ServiceAccount in a new namespace."""
    yield EXISTING_ACCOUNTS_OF.everything(""), ""
    yield EXISTING_ACCOUNTS_OF.everything(namespace), " there"
    token = present.node(TOKEN_BY_NAME, namespace, name)
    if token is not None:
        yield token, " by its name"
    # What the API server refuses in some namespace, it allows in a new one.
    bound = bool(world.identities.binding)
    if bound:
        yield (EXISTING_ACCOUNTS_OF.kind, "", CREATED), " where bound"
    for sort in (NAMESPACES, *NEW_MAKERS.values(), NEW_SECRETS):
        if world.part(WritableObjects).somewhere(sort):
            yield NAMESPACES_OF.named("", sort.resource), f" of {sort.resource}"
            if bound:
                node = NAMESPACES_OF.kind, CREATED, sort.resource
                yield node, f" of {sort.resource} where bound"


def _missing_namespaces(world: Facts) -> Sequence[str]:
    """Return the missing namespaces that the input names."""
    if not world.snapshot.is_listed("Namespace"):
        return ()
    there = {namespace.metadata.name for namespace in world.snapshot.namespaces}
    return [
        namespace for namespace in world.identities.mentioned_namespaces if namespace not in there
    ]


def _missing(world: Facts) -> Iterator[Key]:
    """Yield the ServiceAccounts that bindings name, and that may be missing, sorted."""
    namespaces = {namespace.metadata.name for namespace in world.snapshot.namespaces}
    listed = world.snapshot.is_listed("Namespace")
    for key in sorted(world.rbac.named_service_accounts):
        may_exist = world.identities.service_accounts.get(key)
        if may_exist != CERTAIN and (key[0] in namespaces or not listed):
            yield key


EDGE = Conjunction(
    id="revive-serviceaccount",
    summary="create the missing ServiceAccount that a binding names, and get its token",
    effort=3,  # an account is created, which remains visible, besides the token
    certainty="conditional where a Pod that is there must be given another token, the namespace is"
    " being deleted, or a quota is used up",
    abilities=(CREATE_ACCOUNT, FOUND_NAMESPACE, TOKEN_BY_NAME, MAKE_PODS, MAKE_PODS_IN_NEW),
    joins=_joins,
)
