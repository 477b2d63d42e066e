"""``diff`` as SARIF: what was gained, at the line that opened it."""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

from rbacgraph.model.answers import diff
from rbacgraph.model.answers.paths import EdgePage, Path
from rbacgraph.report.formats.sarif import Rule, SarifFinding, SarifSpot, edge_rules, sarif_text
from rbacgraph.report.review.diff_admins import entry_verb
from rbacgraph.report.review.diff_words import change_words, like_words, what_words, whose_words
from rbacgraph.report.review.severity import CRITICAL, HIGH, Rated
from rbacgraph.report.text.admins import admin_sentence
from rbacgraph.report.text.paths.routes import name_words
from rbacgraph.report.text.words import chain, object_name

NEW_ADMIN = "new-cluster-admin"
_PAGE = """Somebody becomes effectively cluster-admin.

By the change, a principal gets full control of the cluster: by bindings of its own, or by a path of
techniques to an identity or a role that has every right, to group system:masters, or to a node of
the control plane. Whatever else is limited no longer limits it.

Close
Take back what the finding names, or give a role with the rights that are needed:
rbacgraph rights PRINCIPAL shows what it may do, rbacgraph admins who else is cluster-admin.

References
https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege"""
_ROOM = 200
_FIELDS = {"rules": "rule", "subjects": "subject", "metadata.labels": "label"}


def diff_sarif(result: diff.DiffResult, pages: Sequence[EdgePage]) -> str:
    """Return one result for each change, last technique, and certainty.

    A new cluster-admin has a rule of its own. Lost access is no finding, nor are new Secrets within
    old rights. Gained identities are one if no finding about Secrets names the objects that give
    them.
    """
    findings = [_of_admin(one) for one in result.admins if one.gained]
    findings += [found for change in result.gained for found in _findings(change)]
    named = {_object(cause) for change in result.gained for cause in change.causes}
    findings += [
        _of_identities(one, one.path)
        for one in result.identities
        if one.gained and one.path and not named.issuperset(map(_object, one.causes))
    ]
    rules = edge_rules(pages)
    rules[NEW_ADMIN] = Rule(NEW_ADMIN, "Somebody becomes effectively cluster-admin", _PAGE)
    return sarif_text(findings, rules, result.unread)


def _of_admin(one: diff.AdminChange) -> SarifFinding:
    certain = one.after == "certain"
    because = "; ".join(map(_cause, one.causes))
    who = name_words(one.principals, _ROOM)
    like = like_words(one.principals, one.way.principal)
    verb = ", ".join(filter(None, (entry_verb(one), like)))
    spots = [spot for cause in one.causes for spot in _spots(cause)]
    severity = CRITICAL if certain else HIGH
    return SarifFinding(
        rule=NEW_ADMIN,
        level="error" if certain else "warning",
        severity=severity,
        text=f"{who} {verb}. {admin_sentence(one.way)} Because: {because}. "
        f"Severity {severity.name}: {'certain' if certain else 'conditional'}, "
        f"full control of the cluster.",
        spot=spots[0] if spots else None,
        others=tuple(spots[1:]),
        path=one.way.path,
        identity=(NEW_ADMIN, one.after, *_names(one.causes), *one.principals),
    )


def _object(cause: diff.Cause) -> tuple[str, str, str]:
    return cause.kind, cause.namespace, cause.name


def _of_identities(one: diff.GainedIdentity, path: Path) -> SarifFinding:
    certain = one.after == "certain"
    rated = Rated(one.principals, one.identities, path, certain=certain)
    verb = "controls" if len(one.principals) == 1 else "control"
    who = f"{name_words(one.principals, _ROOM)} {verb} {name_words(one.identities, _ROOM)}"
    condition = "" if certain else ", only under a condition"
    because = "; ".join(map(_cause, one.causes))
    whose = whose_words(one, path)
    how = f"{_how(path)} ({whose})" if whose else _how(path)
    spots = [spot for cause in one.causes for spot in _spots(cause)]
    return SarifFinding(
        rule=path.opening,
        level="error" if certain else "warning",
        severity=rated.severity,
        text=f"{who}{condition}. By: {how}. Because: {because}. {rated.sentence}",
        spot=spots[0] if spots else None,
        others=tuple(spots[1:]),
        path=path,
        identity=("identities", one.after, *_names(one.causes), *one.identities),
    )


def _names(causes: Sequence[diff.Cause]) -> list[str]:
    """Return the names of changed objects and of their parts, which do not move with lines."""
    objects = [object_name(f"{c.kind} {c.namespace}", c.name) for c in causes]
    return [*objects, *sorted(part.text for cause in causes for part in cause.parts)]


def _findings(change: diff.AccessChange) -> list[SarifFinding]:
    ways = sorted(change.ways, key=_sort)
    return [
        _finding(change, list(several), opening=opening, certain=after == "certain")
        for (after, opening), several in groupby(ways, key=_sort)
    ]


def _sort(way: diff.Opened) -> tuple[str, str]:
    return way.after, way.path.opening


def _finding(
    change: diff.AccessChange, ways: Sequence[diff.Opened], *, opening: str, certain: bool
) -> SarifFinding:
    ways = sorted(ways, key=attrgetter("path.effort"))
    principals = tuple(sorted({name for way in ways for name in way.principals}))
    secrets = tuple(sorted({name for way in ways for name in way.secrets}))
    rated = Rated(principals, secrets, ways[0].path, certain=certain)
    verb = "gets at" if len(principals) == 1 else "get at"
    who = f"{name_words(principals, _ROOM)} {verb} {what_words(secrets, _ROOM)}"
    condition = "" if certain else ", only under a condition"
    several, told = len(principals) > 1, dict[str, str]()
    for way in ways:
        told.setdefault(_how(way.path), f" (e.g. {way.path.principal})" if several else "")
    how = "; ".join(f"{words}{whose}" for words, whose in told.items())
    because = "; ".join(map(_cause, change.causes))
    spots = [spot for cause in change.causes for spot in _spots(cause)]
    fallback = (SarifSpot(e.file, e.line) for h in ways[0].path.hops for e in h.evidence if e.file)
    return SarifFinding(
        rule=opening,
        level="error" if certain else "warning",
        severity=rated.severity,
        text=f"{who}{condition}. By: {how}. Because: {because}. {rated.sentence}",
        spot=spots[0] if spots else next(fallback, None),
        others=tuple(spots[1:]),
        path=ways[0].path,
        identity=("gained", ways[0].after, *_names(change.causes)),
    )


def _how(path: Path) -> str:
    return chain(hop.edge for hop in path.hops)


def _spots(cause: diff.Cause) -> list[SarifSpot]:
    if not cause.file:
        return []
    words = _cause(cause)
    own = [SarifSpot(cause.file, part.line, words) for part in cause.parts if part.line]
    return own or [SarifSpot(cause.file, cause.line, words)]


def _cause(cause: diff.Cause) -> str:
    name = object_name(cause.namespace, cause.name)
    said = [f"{_FIELDS.get(part.field, part.field)} {part.text}" for part in cause.parts]
    words = ", ".join(filter(None, (*said, str(cause.text))))
    return f"{cause.kind} {name} {change_words(cause)}" + (f" ({words})" if words else "")
