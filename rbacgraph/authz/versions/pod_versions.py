"""Pods and workloads that the input holds in several versions: a server holds one of them.

What all versions give is there for certain. What one adds is a part of its own, which is
there on the condition that the server holds that version. A version whose containers have no
image is a patch, which no server takes by itself: it adds to the others.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from rbacgraph.authz.versions.role_versions import ObjectKey, as_one_of
from rbacgraph.model.condition import CERTAIN, Condition
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.model.kubernetes.pods import HostAccess, Pod, PodSpec, TokenUse, Workload

PodMaker = Pod | Workload
"""What is a Pod, or makes some."""

_LEVELS = ("", "restricted", "baseline")
"""What a Pod violates, the worst last."""


class Added(NamedTuple):
    """What a version adds to what all have, and the condition under which it is there."""

    obj: PodMaker
    condition: Condition
    version: PodMaker


class Apart(NamedTuple):
    """Versions of an object taken apart.

    ``whole``: those that a server may hold as they are.
    ``common``: what all of these give; without a ServiceAccount where they have different ones.
    ``condition``: that under which the node is that of ``common``, if any.
    ``added``: what each adds.
    """

    whole: Sequence[PodMaker]
    common: PodMaker
    condition: Condition
    added: Sequence[Added]


def taken_apart(snapshot: Snapshot, key: ObjectKey, versions: Sequence[PodMaker]) -> Apart:
    """Take the versions of an object apart.

    ``key``: kind, namespace and name of the object.
    """
    whole = [one for one in versions if not one.spec.partial] or list(versions)
    patches = [one for one in versions if one.spec.partial and one not in whole]
    common = _common(whole)

    def as_in(objects: Iterable[Object]) -> Condition:
        wanted = [n for n, one in enumerate(versions) if any(one is other for other in objects)]
        return as_one_of(key, snapshot, versions, wanted)

    every = [] if len(whole) == 1 else [(one, one) for one in whole]
    every += [(_patched(common, patch), patch) for patch in patches]
    beyond = ((one, _beyond(one, common), version) for one, version in every)
    added = [
        Added(replace(one, spec=spec), as_in([version]), version)
        for one, spec, version in beyond
        if spec
    ]
    alike = [one for one in whole if one.spec.node_name == common.spec.node_name]
    condition = CERTAIN if len(alike) == len(whole) else as_in(alike or whole[:1])
    return Apart(whole, common, condition, added)


def added_to(snapshot: Snapshot, key: ObjectKey, had: Workload, other: Workload) -> list[Added]:
    """Return what another version adds to a workload that a server had."""
    whole = _patched(had, other) if other.spec.partial else other
    spec = _beyond(whole, had)
    condition = as_one_of(key, snapshot, [had, other], [1])
    return [Added(replace(whole, spec=spec), condition, other)] if spec else []


def _common(versions: Sequence[PodMaker]) -> PodMaker:
    """Return what all versions give, at the place of the first."""
    first, *others = versions
    specs = [one.spec for one in versions]
    if not others or all(spec == first.spec for spec in specs):
        spec = first.spec
    else:
        spec = _common_spec(first.spec, specs[1:])
    labels = [set(one.labels.strip(",").split(",")) for one in versions]
    shared = sorted(set.intersection(*labels) - {""})
    return replace(first, spec=spec, labels=f",{','.join(shared)}," if shared else "")


def _common_spec(first: PodSpec, others: Sequence[PodSpec]) -> PodSpec:
    uses = [{(use.secret, use.keys, use.starting) for use in spec.secrets} for spec in others]
    readable = list(map(_readable, others))
    same_account = all(spec.service_account == first.service_account for spec in others)

    def tokens(name: str) -> tuple[TokenUse, ...]:
        held = [{(one.audience, one.starting) for one in getattr(spec, name)} for spec in others]
        own: tuple[TokenUse, ...] = getattr(first, name) if same_account else ()
        return tuple(t for t in own if all((t.audience, t.starting) in one for one in held))

    every = (first, *others)
    return replace(
        first,
        service_account=first.service_account if same_account else "",
        node_name=first.node_name if _alike(spec.node_name for spec in every) else "",
        gated=any(spec.gated for spec in every),
        secrets=tuple(
            use
            for use in first.secrets
            if all((use.secret, use.keys, use.starting) in one for one in uses)
        ),
        kubelet=tuple(one for one in first.kubelet if all(one.secret in held for held in readable)),
        claims=tuple(one for one in first.claims if all(one in spec.claims for spec in others)),
        drivers=_shared_drivers(every),
        remotes=tuple(one for one in first.remotes if all(one in spec.remotes for spec in others)),
        read_only=tuple({name: None for spec in every for name in spec.read_only}),
        tokens=tokens("tokens"),
        idle_tokens=tuple(
            one
            for one in first.idle_tokens
            if same_account and all(one in spec.idle_tokens for spec in others)
        ),
        automounts=tokens("automounts") if _alike(spec.automount for spec in every) else (),
        host=first.host if _alike(spec.host for spec in every) else None,
        violates=_worst(spec.violates for spec in every),
        may_violate=_worst(spec.may_violate for spec in every) or "",
        sandbox=next((spec.sandbox for spec in every if spec.sandbox), ""),
    )


def _shared_drivers(every: Sequence[PodSpec]) -> tuple[str, ...] | None:
    """Return the CSI drivers that all versions have; None where one of them lacks the fact."""
    held = [one.drivers for one in every if one.drivers is not None]
    if len(held) < len(every):
        return None
    return tuple(driver for driver in held[0] if all(driver in few for few in held))


def _patched(obj: PodMaker, patch: PodMaker) -> PodMaker:
    """Return a version with what a patch adds, at the place of the patch."""
    spec, more = obj.spec, patch.spec
    own = more.service_account != PodSpec().service_account
    changed = replace(
        spec,
        service_account=more.service_account if own else spec.service_account,
        node_name=more.node_name or spec.node_name,
        gated=spec.gated or more.gated,
        secrets=(*spec.secrets, *more.secrets),
        kubelet=(*spec.kubelet, *more.kubelet),
        claims=(*spec.claims, *more.claims),
        drivers=_added_drivers(spec, more),
        remotes=(*spec.remotes, *more.remotes),
        tokens=(*spec.tokens, *more.tokens),
        idle_tokens=(*spec.idle_tokens, *more.idle_tokens),
        automount=spec.automount if more.automount is None else more.automount,
        automounts=spec.automounts or more.automounts,
        host=_together(spec.host, more.host),
        # The patch may mend what the other violates; what it lacks, the other may have.
        violates="baseline" if more.violates == "baseline" else "",
        may_violate=_worst((spec.violates, spec.may_violate)) or "",
        sandbox=more.sandbox or spec.sandbox,
    )
    found = replace(patch, spec=changed, labels=obj.labels, owned=obj.owned)
    if isinstance(obj, Workload) and isinstance(found, Workload) and found.replicas is None:
        return replace(found, replicas=obj.replicas)
    return found


def _added_drivers(spec: PodSpec, more: PodSpec) -> tuple[str, ...] | None:
    """Return the CSI drivers of a version with those of a patch; None where one is not known."""
    if spec.drivers is None or more.drivers is None:
        return None
    return (*spec.drivers, *more.drivers)


def _together(first: HostAccess | None, second: HostAccess | None) -> HostAccess | None:
    if first is None or second is None:
        return first or second
    return replace(
        first,
        pid=first.pid or second.pid,
        network=first.network or second.network,
        ipc=first.ipc or second.ipc,
        sandbox=first.sandbox or second.sandbox,
        containers=(*first.containers, *second.containers),
    )


def _beyond(obj: PodMaker, common: PodMaker) -> PodSpec | None:
    """Return what a version gives beyond what all do; None for nothing."""
    spec, known = obj.spec, common.spec
    if _place(obj) != _place(common):
        return spec
    uses = {(use.secret, use.keys, use.starting) for use in known.secrets}
    readable = _readable(known)
    found = replace(
        spec,
        secrets=tuple(u for u in spec.secrets if (u.secret, u.keys, u.starting) not in uses),
        kubelet=tuple(one for one in spec.kubelet if one.secret not in readable),
        claims=tuple(one for one in spec.claims if one not in known.claims),
        drivers=tuple(one for one in spec.drivers or () if one not in (known.drivers or ())),
        remotes=tuple(one for one in spec.remotes if one not in known.remotes),
        host=None if spec.host == known.host else spec.host,
    )
    if _tokens(spec) == _tokens(known):
        found = replace(found, tokens=(), idle_tokens=(), automounts=())
    named = found.secrets, found.kubelet, found.claims, found.drivers, found.remotes
    new = *named, *_tokens(found)[:3]
    return found if any(new) or found.host or _refusable(spec) != _refusable(known) else None


def _readable(spec: PodSpec) -> set[str]:
    """Return the Secrets that a Pod names."""
    return {*(use.secret for use in spec.secrets), *(use.secret for use in spec.kubelet)}


def _refusable(spec: PodSpec) -> tuple[object, ...]:
    """Return what decides whether a Pod, or a change of it, is let in."""
    return spec.violates, spec.may_violate, spec.sandbox, spec.gated


def _place(obj: PodMaker) -> tuple[str, str]:
    return obj.spec.service_account, obj.spec.node_name


def _tokens(spec: PodSpec) -> tuple[object, ...]:
    return spec.tokens, spec.automounts, spec.idle_tokens, spec.automount


def _alike(values: Iterable[object]) -> bool:
    first, *others = values
    return all(other == first for other in others)


def _worst(levels: Iterable[str | None]) -> str | None:
    """Return the lowest level that some violate; None where that is not known."""
    known = list(levels)
    if None in known:
        return None
    return max((level or "" for level in known), key=_order)


def _order(level: str) -> int:
    return _LEVELS.index(level) if level in _LEVELS else len(_LEVELS)
