"""Changes, their causes and what they open in words, for every format of ``diff``."""

from collections.abc import Sequence

from rbacgraph.model.answers import diff
from rbacgraph.model.answers.paths import Path
from rbacgraph.report.formats.unread import as_far
from rbacgraph.report.text.layout.text import count, count_both, fitting, plus_words
from rbacgraph.report.text.words import object_name, place, secret_name

PARTS_SHOWN = 3
_NAMES = {
    "roleRef": "roleRef",
    "aggregationRule": "aggregationRule",
    "metadata.labels": "label",
}
_UNSEEN = {
    "unseen-before": "not seen in BEFORE",
    "unseen-after": "not seen in AFTER",
}
_LEVELS = {
    ("none", "certain"): "",
    ("none", "conditional"): "only under a condition",
    ("conditional", "certain"): "now certain, before only under a condition",
    ("certain", "none"): "",
    ("conditional", "none"): "before only under a condition",
    ("certain", "conditional"): "now only under a condition, before certain",
}


def cause_words(cause: diff.Cause, *, gained: bool) -> str:
    """Return what happened to an object, and to which of its parts.

    Examples
    --------
    >>> part = diff.Part("subjects", 0, "user:alice")
    >>> cause_words(diff.Cause("RoleBinding", "shop", "readers", "changed", (part,)), gained=True)
    'RoleBinding shop/readers changed: new subjects[0] user:alice'
    """
    name = object_name(cause.namespace, cause.name)
    parts = parts_words(cause.parts)
    if parts and cause.change == "changed":
        parts = f"{'new' if gained else 'without'} {parts}"
    said = "; ".join(filter(None, (parts, str(cause.text))))
    words = " ".join(filter(None, (cause.kind, name, change_words(cause))))
    return f"{words}: {said}" if said else words


def change_words(cause: diff.Cause | diff.ChangedObject) -> str:
    """Return what happened to an object; an unseen one may still be there."""
    return _UNSEEN.get(cause.change, cause.change)


def cause_places(cause: diff.Cause) -> list[str]:
    """Return where to look: at each part's own line if known, else at the object."""
    if len(cause.parts) > 1 and all(part.line for part in cause.parts):
        return list(dict.fromkeys(place(cause.file, part.line) for part in cause.parts))
    where = place(*cause.place)
    return [where] if where else []


def parts_words(parts: Sequence[diff.Part], shown: int = PARTS_SHOWN) -> str:
    """Return in words which parts of an object a path depends on."""
    left = len(parts) - shown
    words = [part_words(part) for part in parts[:shown]]
    return ", ".join([*words, *([f"{left:,} more"] if left > 0 else [])])


def part_words(part: diff.Part) -> str:
    """Return the name and the content of a part of an object.

    Examples
    --------
    >>> part_words(diff.Part("rules", 1, "get on secrets"))
    'rules[1] get on secrets'
    >>> part_words(diff.Part("metadata.labels", 0, "part: whole"))
    'label part: whole'
    """
    name = _NAMES.get(part.field) or f"{part.field}[{part.index}]"
    return f"{name} {part.text}" if part.text else name


def level_words(way: diff.Opened | diff.GainedIdentity | diff.AdminChange) -> str:
    """Return how certain it is; empty if it is certain and there was nothing before."""
    return _LEVELS.get((way.before, way.after), "")


def what_words(secrets: Sequence[str], room: int) -> str:
    """Return the names of Secrets, as many as fit."""
    names = [secret_name(secret) for secret in secrets]
    if len(names) == 1:
        return f"Secret {names[0]}"
    return f"{count(len(names), 'Secret')}: {fitting(names, room)}"


def like_words(principals: Sequence[str], one: str) -> str:
    """Return that all of several principals have the path of one of them, from a technique on."""
    return f"each like {one}" if len(principals) > 1 else ""


def whose_words(one: diff.GainedIdentity, path: Path) -> str:
    """Return whose path an entry shows, and to what, as far as it names several.

    Examples
    --------
    >>> path = Path("user:b", "node:n", ())
    >>> people, names = ("user:a", "user:b"), ("node:m", "node:n")
    >>> one = diff.GainedIdentity(
    ...     gained=True, principals=people, identities=names, before="none", after="certain"
    ... )
    >>> whose_words(one, path)
    'user:b to node:n'
    """
    who = path.principal if len(one.principals) > 1 else ""
    what = f"to {path.target}" if len(one.identities) > 1 else ""
    return " ".join(filter(None, (who, what)))


def verb_words(way: diff.Opened, *, gained: bool, unseen: bool = False) -> str:
    """Return whether principals now reach Secrets, or no longer do.

    ``unseen``: whether a side could not list what it rests on.

    Examples
    --------
    >>> path = Path("user:a", "secret:b/c", ())
    >>> who = ("user:a",)
    >>> way = diff.Opened(principals=who, secrets=(), before="certain", after="none", path=path)
    >>> verb_words(way, gained=False), verb_words(way, gained=False, unseen=True)
    ('no longer gets at', 'is no longer seen to get at')
    """
    one = len(way.principals) == 1
    verb = "gets at" if one else "get at"
    if way.after == "none":
        seen = f"{'is' if one else 'are'} no longer seen to get at"
        return seen if unseen else f"no longer {verb}"
    return verb if gained else f"still {verb}"


def summary_sentence(result: diff.DiffResult) -> str:
    """Return the summary of all changes."""
    gained, lost = result.gained, result.lost
    if not gained and not lost:
        return f"Nobody gains or loses a path to a Secret{_beside(result)}{as_far(result.unread)}."
    parts = []
    if gained:
        parts.append(f"{_changes(gained, 'opens')} {paths_words(gained)}")
    closed = [change for change in lost if not change.unseen]
    if closed:
        parts.append(f"{_changes(closed, 'closes')} {paths_words(closed)}")
    if unseen := [change for change in lost if change.unseen]:
        parts.append(f"{paths_words(unseen)} not seen in AFTER")
    plus = plus_words(*(change.pairs_conditional for change in (*gained, *lost)))
    return f"{'; '.join(parts)}{plus}{_beside(result)}{as_far(result.unread)}."


def _changes(changes: Sequence[diff.AccessChange], verb: str) -> str:
    return count(len(changes), f"change {verb}", f"changes {verb.removesuffix('s')}")


def paths_words(changes: Sequence[diff.AccessChange]) -> str:
    """Return how many paths some changes open or close, those under a condition apart."""
    return count_both(
        sum(change.pairs for change in changes),
        sum(change.pairs_conditional for change in changes),
        *("path of a principal to a Secret", "paths of principals to Secrets"),
    )


def _beside(result: diff.DiffResult) -> str:
    parts = []
    if result.new_secrets:
        parts.append(f"{count(len(result.new_secrets), 'Secret')} new")
    if result.gone_secrets:
        unseen = any(c.only_secrets and not c.gained and c.unseen for c in result.changes)
        state = "not seen in AFTER" if unseen else "gone"
        parts.append(f"{count(len(result.gone_secrets), 'Secret')} {state}")
    return f" ({', '.join(parts)})" if parts else ""
