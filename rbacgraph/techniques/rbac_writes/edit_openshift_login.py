"""Change what OpenShift's login server checks logins by, and log in as another user."""

from collections.abc import Iterator
from itertools import chain

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.openshift import CONFIG_GROUP, OAuth
from rbacgraph.model.node import EVERYTHING, GROUP, GraphNode, Node
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.rights_by_name import creates_by_name, deletes_by_name, uses_by_name
from rbacgraph.techniques.spec.rights_to_write import secret_to_change
from rbacgraph.techniques.spec.technique import Right

_KIND, _OAUTH = "OAuth", "cluster"
_SYSTEM, _KUBEADMIN = "kube-system", "kubeadmin"
_CONFIG, _KEY = "openshift-config", "htpasswd"
_BY_LOGIN: Node = (GROUP, "", "system:authenticated:oauth")
_NOT_IN_NAMES = frozenset(":/%")
_TAKEN = If.OPENSHIFT_TAKES_LOGIN()


def _demanded(world: Facts) -> bool:
    return world.constraints.demanded


EDIT_SECRET = uses_by_name(
    "edit-login-secret", Right(("update", "patch"), "", "secrets"), wanted=_demanded
)
MAKE_SECRET = creates_by_name("make-login-secret", "", "secrets", wanted=_demanded)
DELETE_SECRET = deletes_by_name("delete-login-secret", "", "secrets", wanted=_demanded)
EDIT_OAUTH = uses_by_name(
    "edit-oauth",
    Right(("update", "patch"), CONFIG_GROUP, "oauths"),
    wanted=_demanded,
    cluster_scoped=True,
)


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    if not _demanded(world):
        return
    yield from _by_kubeadmin(world, present)
    targets = _targets(world)
    if targets:
        held = [one for one in world.snapshot.oauths if one.metadata.name == _OAUTH]
        for name, read, evidence in _password_secrets(world, held):
            for does, tail, words, condition in _writes(world, present, name):
                taken = both(_TAKEN, read, condition)
                yield Hyperarc(tail, targets, words, _CONFIG, (does, name), taken, evidence)
        edit = present.node(EDIT_OAUTH, "", _OAUTH)
        if edit:
            words = "can say in OAuth cluster who checks logins to OpenShift"
            yield Hyperarc((edit,), targets, words, "", (_OAUTH,), _TAKEN)


def _by_kubeadmin(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    edit = present.node(EDIT_SECRET, _SYSTEM, _KUBEADMIN)
    there = secret_to_change(world, _SYSTEM, _KUBEADMIN)
    if edit and there is not None:
        words = "can set kubeadmin's password in Secret kube-system/kubeadmin"
        condition = both(If.OPENSHIFT_TAKES_KUBEADMIN(), there)
        yield Hyperarc((edit,), (EVERYTHING,), words, _SYSTEM, (_KUBEADMIN,), condition)


def _password_secrets(
    world: Facts, held: list[OAuth]
) -> Iterator[tuple[str, Condition, tuple[Evidence, ...]]]:
    """Yield the Secrets of openshift-config that hold passwords, and what that depends on."""
    for one in held:
        for name, provider in one.password_secrets.items():
            detail = f"checks logins of {provider or 'an identity provider'} by Secret {name}"
            yield name, CERTAIN, (world.rbac.evidence(one, _KIND, detail),)
    if not held and not world.snapshot.is_listed(_KIND):
        for name in world.secret_numbers.get(_CONFIG, ()):
            secret = world.secrets[_CONFIG, name]
            if secret is None or secret.keys is None or _KEY in secret.keys:
                yield name, If.OPENSHIFT_READS_PASSWORDS(name), ()


def _writes(
    world: Facts, present: HeldCompoundRights, name: str
) -> Iterator[tuple[str, tuple[GraphNode, ...], str, Condition]]:
    """Yield the rights by which a Secret of openshift-config gets other contents."""
    # Full control, which every graph has, holds each of them: no node is None.
    edit, make, delete = (
        present.node(one, _CONFIG, name) for one in (EDIT_SECRET, MAKE_SECRET, DELETE_SECRET)
    )
    there = secret_to_change(world, _CONFIG, name)
    secret = f"Secret {_CONFIG}/{name}"
    if edit and there is not None:
        yield "edit", (edit,), f"can write users and passwords of OpenShift into {secret}", there
    if make and world.secrets.get((_CONFIG, name)) is None:
        listed = world.snapshot.is_listed("Secret", _CONFIG)
        free = CERTAIN if listed else If.NAME_IS_FREE(name)
        yield "make", (make,), f"can make {secret} with users and passwords of OpenShift", free
    if delete and make:
        words = f"can delete {secret} and create it again, with other users of OpenShift"
        yield "again", (delete, make), words, CERTAIN


def _targets(world: Facts) -> tuple[GraphNode, ...]:
    """Return whom a login server may log in: users, and the group of all who log in by it."""
    known = (world.identities.known_users, world.identities.known_groups)
    return tuple(
        node
        for node in sorted(chain(*known))
        if node == _BY_LOGIN or (node in known[0] and _NOT_IN_NAMES.isdisjoint(node[2]))
    )


EDGE = Conjunction(
    id="edit-openshift-login",
    summary="a writer of what OpenShift checks logins by logs in as its users",
    effort=3,  # a password or a setting is changed, which shows
    certainty="always conditional: on the login server, and whom it takes",
    abilities=(EDIT_SECRET, MAKE_SECRET, DELETE_SECRET, EDIT_OAUTH),
    joins=_joins,
)
