"""Change Argo CD's settings so that the attacker deploys as its application controller."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from rbacgraph.facts.gitops.argo_cd import ARGO_CD, ARGO_SECRET, ArgoCD
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.node import SECRET, GraphNode, Node
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldCompoundRights,
    HeldRight,
    HeldRights,
    made_by_name,
    meet,
    names_of,
)
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.rights_to_write import secret_to_change
from rbacgraph.techniques.spec.technique import Right

_SETTINGS, _POLICY, _FLAGS = "argocd-cm", "argocd-rbac-cm", "argocd-cmd-params-cm"
_NOTIFICATIONS = "argocd-notifications-cm"
_NOTIFYING = "argocd-notifications-secret"


def _runs(world: Facts) -> bool:
    return bool(world.part(ArgoCD).controllers)


def _in_installs(
    world: Facts, holdings: Iterable[HeldRight], names: Callable[[HeldRight], Iterable[str]]
) -> Iterator[FoundRight]:
    """Yield where Argo CD runs and a rule reaches, for each name that it is useful for."""
    for one in holdings:
        for namespace in world.part(ArgoCD).controllers:
            if meet(one.scope, namespace) is not None:
                yield from (FoundRight(namespace, name, (one,)) for name in names(one))


def _by_name(one: HeldRight) -> Iterable[str]:
    return names_of(one.match)


def _nameless(one: HeldRight) -> Iterable[str]:
    return ("",) if one.match.nameless else ()


def _writing(resource: str) -> CompoundRight:
    edit = Right(("update", "patch"), "", resource)

    def found(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
        yield from _in_installs(world, held.get(edit, ()), _by_name)

    return CompoundRight(id=f"argo-cd-{resource}", rights=(edit,), found=found, wanted=_runs)


def _creating(resource: str) -> CompoundRight:
    create, patch = Right(("create",), "", resource), Right(("patch",), "", resource)

    def found(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
        for one in made_by_name(world, held.get(create, ()), held.get(patch, ())):
            for namespace in world.part(ArgoCD).controllers:
                if meet(one.scope, namespace) is not None:
                    yield one._replace(scope=namespace)

    return CompoundRight(
        id=f"argo-cd-new-{resource}",
        rights=(create, patch),
        needs=(create,),
        found=found,
        wanted=_runs,
        together=((create, patch),),
        alone=(create,),
    )


def _deleting() -> CompoundRight:
    one_map = Right(("delete",), "", "configmaps")
    all_maps = Right(("deletecollection",), "", "configmaps")

    def found(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
        yield from _in_installs(world, held.get(one_map, ()), _by_name)
        yield from _in_installs(world, held.get(all_maps, ()), _nameless)

    return CompoundRight(
        id="argo-cd-old-configmaps", rights=(one_map, all_maps), found=found, wanted=_runs
    )


EDIT_SECRET, NEW_SECRET = _writing("secrets"), _creating("secrets")
EDIT_MAP, NEW_MAP, OLD_MAP = _writing("configmaps"), _creating("configmaps"), _deleting()


class _Setting(NamedTuple):
    """A ConfigMap of Argo CD, what a writer makes of it, and what that depends on."""

    name: str
    words: str
    condition: Condition
    optional: bool = False


def _settings(namespace: str) -> Sequence[_Setting]:
    reached = If.ARGO_CD_IS_REACHED(namespace)
    return (
        _Setting(_SETTINGS, "can say in {} who logs in to Argo CD", reached),
        _Setting(
            _POLICY,
            "can make itself an admin of Argo CD in {}",
            both(reached, If.ARGO_CD_LETS_IN(namespace)),
        ),
        _Setting(
            _FLAGS,
            "can set in {} whom Argo CD asks for manifests",
            If.ARGO_CD_STARTS_AGAIN(namespace),
            optional=True,
        ),
    )


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    for namespace, controllers in world.part(ArgoCD).controllers.items():
        if _NOTIFYING in world.secret_numbers.get(namespace, ()):
            yield from _by_notifications(present, namespace)
        for found in (
            *_by_maps(present, namespace),
            *_by_password(world, present, namespace),
            *_by_clusters(world, present, namespace),
        ):
            for controller, there in controllers.items():
                yield found._replace(
                    targets=(controller,),
                    name=(*found.name, controller[2]),
                    condition=both(found.condition, there),
                )


def _arc(
    inputs: Sequence[GraphNode], words: str, namespace: str, name: str, condition: Condition
) -> Hyperarc:
    targets: tuple[Node, ...] = ()
    return Hyperarc(tuple(inputs), targets, words, namespace, (name,), condition)


def _by_notifications(present: HeldCompoundRights, namespace: str) -> Iterator[Hyperarc]:
    setting = _Setting(
        _NOTIFICATIONS,
        "can say in {} where Argo CD sends notifications, with keys of its Secret",
        If.OPERATOR_SHOWS_TO_SERVER(ARGO_CD),
    )
    for found in _by_map(present, namespace, setting):
        yield found._replace(targets=((SECRET, namespace, _NOTIFYING),))


def _by_maps(present: HeldCompoundRights, namespace: str) -> Iterator[Hyperarc]:
    for setting in _settings(namespace):
        yield from _by_map(present, namespace, setting)


def _by_map(present: HeldCompoundRights, namespace: str, setting: _Setting) -> Iterator[Hyperarc]:
    name, words = setting.name, setting.words.format(f"{namespace}/{setting.name}")
    edit = present.node(EDIT_MAP, namespace, name)
    old = present.node(OLD_MAP, namespace, name)
    new = present.node(NEW_MAP, namespace, name)
    if edit:
        yield _arc((edit,), words, namespace, name, setting.condition)
    if old and new:
        yield _arc((old, new), words, namespace, f"{name} again", setting.condition)
    if new and setting.optional:
        free = both(setting.condition, If.NAME_IS_FREE(name))
        yield _arc((new,), words, namespace, f"{name} first", free)


def _by_password(world: Facts, present: HeldCompoundRights, namespace: str) -> Iterator[Hyperarc]:
    edit = present.node(EDIT_SECRET, namespace, ARGO_SECRET)
    if edit and secret_to_change(world, namespace, ARGO_SECRET) is not None:  # Argo CD makes it
        words = f"can set the password of Argo CD's admin in {namespace}/{ARGO_SECRET}"
        admin = both(If.ARGO_CD_IS_REACHED(namespace), If.ARGO_CD_HAS_ADMIN(namespace))
        yield _arc((edit,), words, namespace, ARGO_SECRET, admin)


def _by_clusters(world: Facts, present: HeldCompoundRights, namespace: str) -> Iterator[Hyperarc]:
    deploys = If.ARGO_CD_DEPLOYS_TO_CLUSTER(namespace)
    words = f"can name in a Secret of {namespace} a command that Argo CD runs to reach a cluster"
    for at, name in present.of(NEW_SECRET):
        new = present.node(NEW_SECRET, namespace, name) if at == namespace else None
        if new:
            free = both(deploys, If.NAME_IS_FREE(name) if name else CERTAIN)
            yield _arc((new,), words, namespace, f"new {name}", free)
    for at, name in present.of(EDIT_SECRET):
        edit = present.node(EDIT_SECRET, namespace, name) if at == namespace else None
        there = secret_to_change(world, namespace, name) if edit and name != ARGO_SECRET else None
        if edit and there is not None:
            yield _arc((edit,), words, namespace, f"old {name}", both(deploys, there))


EDGE = Conjunction(
    id="argo-cd-settings",
    summary="a writer of Argo CD's settings deploys as its application controller",
    effort=6,  # a setting is changed, which shows, and Applications remain
    certainty="always conditional: on reaching Argo CD, or on what it deploys",
    abilities=(EDIT_SECRET, NEW_SECRET, EDIT_MAP, NEW_MAP, OLD_MAP),
    joins=_joins,
)
