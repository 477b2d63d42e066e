"""Have an operator copy a Secret to where the attacker reads it.

Precondition
    - create, update or patch on a resource of an operator listed below; for update and patch,
      such an object exists. For some, a second resource must be written too.
    - The operator reads the Secret: with its own rights, or as a ServiceAccount of the namespace
      that the object names.
    - The attacker reads the copy: some Secret of that namespace by RBAC, in a Pod that has it or
      in a Pod of its own; or the object itself, where its status shows the Secret.
    - The input defines the resource, or names it in some rule. Operators that heed annotations of
      Secrets are recognised by labels and images.
    The author's own rights do not decide what is read.
Variants
    - secretstores with externalsecrets (external-secrets.io): a store with the provider kubernetes
      reads this cluster as any ServiceAccount of the namespace; clustersecretstores name one of any
      namespace.
    - secrettemplates (secretgen.carvel.dev): a Secret of the namespace becomes another one.
    - secrets with the annotation reflects (Reflector) or replicate-from (kubernetes-replicator): a
      Secret is filled with another one, if annotations of that other one allow it for the
      namespace.
    - policies (kyverno.io): a rule's apiCall reads Secrets of the policy's namespace, as far as
      Kyverno may, and shows them in messages or in objects that it changes.
    - downloadrequests (velero.io): the status has an address from which a backup, with the Secrets
      in it, can be downloaded.
Use
    A SecretStore with provider kubernetes and auth.serviceAccount, and an ExternalSecret of it; or
    kubectl annotate secret mine reflector.v1.k8s.emberstack.com/reflects=shop/db
Close
    Take the right to write these resources away from edit and admin; bind no ServiceAccount of
    tenants' namespaces to roles that read Secrets; allow reflection only for named namespaces.
References
    https://external-secrets.io/latest/provider/kubernetes/
    https://external-secrets.io/latest/guides/security-best-practices/
    https://github.com/emberstack/kubernetes-reflector#usage
    https://github.com/mittwald/kubernetes-replicator#usage
    https://github.com/carvel-dev/secretgen-controller/blob/develop/docs/secret-template.md
    https://kyverno.io/docs/policy-types/cluster-policy/external-data-sources/
    https://velero.io/docs/main/api-types/
    MITRE ATT&CK T1552.007 (container API)
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rbacgraph.facts.custom_resources.row import CustomResourceRow
from rbacgraph.facts.custom_resources.rows import rows_that
from rbacgraph.facts.operators.copy_permissions import (
    REPLICATOR,
    CopyPermission,
    CopyPermissions,
)
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import Node
from rbacgraph.techniques.new_pods.pod_makers import MAKE_PODS
from rbacgraph.techniques.new_pods.server_side_apply import APPLY_PODS
from rbacgraph.techniques.operators.account_reads import (
    AccountRead,
    AccountReads,
    containing,
    inside,
)
from rbacgraph.techniques.operators.custom_writes import (
    WIDE,
    accounts_of,
    read_right,
    reads_of_operator,
    rights_of,
    scopes_of,
    seen,
    tail_of,
    words_of,
    written,
)
from rbacgraph.techniques.spec.collections import SECRETS_OF
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldCompoundRights,
    HeldRight,
    HeldRights,
    common_names,
    meet,
    names_of,
)
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.custom_resources import is_there
from rbacgraph.techniques.spec.technique import Right, where
from rbacgraph.techniques.stores.resource_writers import READ_SOME_SECRET
from rbacgraph.techniques.tokens.create_token_secret import (
    APPLY_SECRET,
    CREATE_SECRET,
    READ_NEW_SECRET,
)

_SECRETS = ("", "secrets")
_ANNOTATING = rows_that("copies").get(_SECRETS, ())
_CUSTOM = {key: rows for key, rows in rows_that("copies").items() if key != _SECRETS}
_PATCH = Right(("patch",), "", "secrets")
_UPDATE = Right(("update",), "", "secrets")
_GET = Right(("get", "list", "watch"), "", "secrets")


def _refills(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    """Yield where a Secret is annotated and seen: a patch answers with it."""
    for patch in held.get(_PATCH, ()):
        yield from _existing(world, (patch,), patch.scope, names_of(patch.match))
    for update in held.get(_UPDATE, ()):
        for get in held.get(_GET, ()):
            scope = meet(update.scope, get.scope)
            if scope is not None:
                names = common_names(names_of(update.match), names_of(get.match))
                yield from _existing(world, (update, get), scope, names)


def _existing(
    world: Facts, uses: tuple[HeldRight, ...], scope: str, names: Sequence[str]
) -> Iterator[FoundRight]:
    if not names:
        return
    if scope in WIDE and "" in names:
        yield FoundRight(scope, "", uses)
        return
    for namespace in world.identities.namespaces if scope in WIDE else (scope,):
        there = world.secret_numbers.get(namespace, {})
        if any(name in there for name in names) or ("" in names and there):
            yield FoundRight(namespace, "", uses)
        elif not world.snapshot.is_listed("Secret", namespace):
            called = tuple(name for name in names if name)
            yield FoundRight(namespace, "", uses, If.OBJECT_IS_IN_NAMESPACE(*called))


def _fills(world: Facts) -> bool:
    return any(is_there(world, row) for row in _ANNOTATING)


REFILL_SECRET = CompoundRight(
    id="refill-secret",
    rights=(_PATCH, _UPDATE, _GET),
    needs=(_PATCH, _UPDATE),
    found=_refills,
    joint=True,
    together=((_UPDATE, _GET),),
    wanted=_fills,
)
"""Annotate an existing Secret, and see what it holds then."""

_READERS = ((READ_SOME_SECRET, "read"), (MAKE_PODS, "made"), (APPLY_PODS, "applied"))
_FILLED: tuple[tuple[tuple[CompoundRight, ...], str], ...] = (
    ((CREATE_SECRET, READ_NEW_SECRET), "read"),
    ((CREATE_SECRET, MAKE_PODS), "made"),
    ((CREATE_SECRET, APPLY_PODS), "mounted"),
    ((APPLY_SECRET,), "applied"),
    ((REFILL_SECRET,), "refilled"),
)
"""The rights by which a Secret is annotated and read."""


class _Copied(NamedTuple):
    """What an operator copies on one condition, and as whom."""

    secrets: tuple[Node, ...]
    condition: Condition = CERTAIN
    account: str = ""
    evidence: tuple[Evidence, ...] = ()


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    for rows in _CUSTOM.values():
        for row in rows:
            yield from _by_objects(world, present, row)
    for row in _ANNOTATING:
        if is_there(world, row):
            yield from _by_annotations(world, present, row)


def _by_objects(
    world: Facts, present: HeldCompoundRights, row: CustomResourceRow
) -> Iterator[Hyperarc]:
    """Yield what a custom resource has copied, for each way to read the copy."""
    for readers, called in _readers(row):
        for scope, tail in written(world, present, row, *readers):
            for number, one in enumerate(_copied(world, row, scope)):
                by = f" as ServiceAccount {one.account}" if one.account else ""
                yield Hyperarc(
                    tail,
                    one.secrets,
                    words_of(row, scope, f"copies Secrets{by}"),
                    scope,
                    (row.plural, row.group, row.lands, called, f"{number}"),
                    both(row.condition, one.condition),
                    one.evidence,
                )


def _readers(row: CustomResourceRow) -> Iterator[tuple[tuple[CompoundRight, ...], str]]:
    """Yield the ways to read what a row's operator copies, each with its name."""
    if row.lands == "secret":
        yield from (((reader,), called) for reader, called in _READERS)
    elif row.lands == "object":
        yield (read_right(seen(row)),), "seen"
    else:
        yield (), "shown"


def _copied(world: Facts, row: CustomResourceRow, scope: str) -> Iterator[_Copied]:
    """Yield what an operator copies for an object in a scope."""
    here = "" if scope in WIDE else scope
    place = here if row.reach == "namespace" else ""
    if row.rights == "everything":
        yield _Copied((SECRETS_OF.everything(place),))
    elif row.rights == "named-account":
        for account in world.part(AccountReads).within("" if row.cluster_scoped else here):
            for read in world.part(AccountReads).of(account):
                yield from _within(world, read, place, f"{account[0]}/{account[1]}")
    else:
        for read in reads_of_operator(world, row):
            yield from _within(world, read, place, "")


def _within(world: Facts, read: AccountRead, place: str, account: str) -> Iterator[_Copied]:
    secrets = inside(read.secrets, place, world)
    if secrets:
        yield _Copied(secrets, read.condition, account, read.evidence)


def _by_annotations(
    world: Facts, present: HeldCompoundRights, row: CustomResourceRow
) -> Iterator[Hyperarc]:
    """Yield what fills a Secret that the attacker annotates, and reads."""
    filling = _Filling(world, row)
    for rights, called in _FILLED:
        for scope in scopes_of(present, rights):
            tail = tail_of(present, rights, scope)
            for number, (condition, secrets) in enumerate(sorted(filling.into(scope).items())):
                yield Hyperarc(
                    tail,
                    tuple(secrets),
                    f"can write Secrets {where(scope)} that {row.operator} fills with others",
                    scope,
                    (row.operator, called, f"{number}"),
                    both(row.condition, condition),
                )


class _Filling:
    """What an operator copies into Secrets that ask for it by annotation.

    Parameters
    ----------
    world:
        The cluster.
    row:
        The row of the operator.
    """

    def __init__(self, world: Facts, row: CustomResourceRow) -> None:
        self._operator = row.operator
        self._namespaces = world.identities.namespaces
        reads = {node: None for read in reads_of_operator(world, row) for node in read.secrets}
        known = any(accounts_of(world, row))
        self._all = tuple(reads) if known else (SECRETS_OF.everything(""),)
        self._offered = [
            one
            for one in world.part(CopyPermissions).of(row.operator)
            if not known or any(part in reads for part in containing(one.secret))
        ]
        self._found: dict[str, dict[Condition, list[Node]]] = {}

    def into(self, scope: str) -> dict[Condition, list[Node]]:
        """Return the Secrets that are copied into a scope, by condition."""
        place = "" if scope in WIDE else scope
        if place not in self._found:
            found = self._found[place] = {}
            for one in self._offered:
                condition = self._least(one, place)
                if condition is not None:
                    found.setdefault(condition, []).append(one.secret)
            if self._operator == REPLICATOR and self._all:
                found.setdefault(If.OPERATOR_COPIES_ALL(self._operator), []).extend(self._all)
        return self._found[place]

    def _least(self, one: CopyPermission, place: str) -> Condition | None:
        if place:
            return one.into(place)
        least: Condition | None = None
        for namespace in self._namespaces:
            condition = one.into(namespace)
            if condition == CERTAIN:
                return condition
            least = condition if least is None else least
        return least


EDGE = Conjunction(
    id="operator-copies-secret",
    summary="an operator copies a Secret to where the author of an object reads it",
    page=__doc__,
    effort=5,  # an object and a copy that remain visible
    certainty="always conditional: on the operator",
    abilities=(
        *rights_of(row for rows in _CUSTOM.values() for row in rows),
        *(READ_SOME_SECRET, MAKE_PODS, APPLY_PODS),
        *(CREATE_SECRET, READ_NEW_SECRET, APPLY_SECRET, REFILL_SECRET),
    ),
    joins=_joins,
)
