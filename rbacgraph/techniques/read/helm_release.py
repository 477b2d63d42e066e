"""Read the Secrets of a Helm release from the release itself."""

from collections.abc import Iterator, Sequence

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, If
from rbacgraph.model.kubernetes.core import ConfigMap, Secret
from rbacgraph.model.kubernetes.helm import DEPLOYED, Release, ReleasedSecret, release_of
from rbacgraph.model.node import CONFIG_MAP, SECRET, Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge

_Holder = Secret | ConfigMap


def _edges(world: Facts) -> Iterator[Edge]:
    hidden: list[_Holder] = []
    for holder in world.releases.holders:
        if holder.release:
            yield from _told(world, holder, holder.release)
        else:
            hidden.append(holder)
    if hidden:
        yield from _hidden(world, hidden)


def _node(holder: _Holder) -> Node:
    kind = SECRET if isinstance(holder, Secret) else CONFIG_MAP
    return kind, holder.metadata.namespace, holder.metadata.name


def _told(world: Facts, holder: _Holder, release: Release) -> Iterator[Edge]:
    source = _node(holder)
    key = holder.metadata.namespace, release.name
    last = world.releases.latest.get(key, release.revision)
    current = release.status == DEPLOYED and release.revision >= last
    for one in release.secrets:
        key = one.namespace, one.name
        if key in world.secrets and _has_values(world.secrets[key], one):
            still = If.RELEASE_VALUES_ARE_CURRENT(*key, release.revision, release.name)
            condition = CERTAIN if current and not one.hook else still
            yield source, (SECRET, *key), holder, condition


def _has_values(secret: Secret | None, released: ReleasedSecret) -> bool:
    """Whether the release sets some key of a Secret."""
    if secret is None or secret.keys is None:
        return bool(released.keys)
    return not set(released.keys).isdisjoint(secret.keys)


def _hidden(world: Facts, hidden: Sequence[_Holder]) -> Iterator[Edge]:
    """Yield what releases without visible content may hold."""
    owned: dict[tuple[str, str], list[Secret]] = {}
    for secret in world.snapshot.secrets:
        notes = secret.metadata.annotations
        if notes and notes.release_name:
            namespace = notes.release_namespace or secret.metadata.namespace
            owned.setdefault((namespace, notes.release_name), []).append(secret)
    for holder in hidden:
        named = release_of(holder.metadata.name)
        if named:
            release = Release(*named, "", ())
            for secret in owned.get((holder.metadata.namespace, named[0]), ()):
                key = secret.metadata.namespace, secret.metadata.name
                holds = If.RELEASE_HOLDS_VALUES(*key, release.revision, release.name)
                yield _node(holder), (SECRET, *key), holder, holds


def _title(release: Release) -> str:
    return f"revision {release.revision} of Helm release {release.name}"


def _explain(world: Facts, _source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, Secret | ConfigMap)
    kind = "Secret" if isinstance(basis, Secret) else "ConfigMap"
    name, revision = release_of(basis.metadata.name) or (basis.metadata.name, 0)
    release = basis.release or Release(name, revision, "", ())
    status = f", {release.status}" if release.status else ""
    detail = f"{_title(release)}{status}"
    if not basis.release:
        detail += ", whose content the input does not show"
    return (
        f"holds what Helm release {release.name} applied, with Secret {target[1]}/{target[2]}",
        (world.rbac.evidence(basis, kind, detail),),
    )


EDGE = ObjectEdge(
    id="helm-release",
    summary="a Helm release holds the Secrets that it made",
    effort=1,  # the Secret is in the release, only packed
    certainty="conditional for revisions that are not the deployed one, for hooks, and where "
    "the input does not show the release's content",
    edges=_edges,
    explain=_explain,
)
