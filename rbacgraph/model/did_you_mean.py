"""Suggests the known names that are most like an unknown one."""

from collections.abc import Iterable, Sequence

Key = tuple[str, str]
"""Namespace and name."""

_CANDIDATES = 5_000  # comparing names takes time, and this is only a hint
_SHOWN = 3
_CLOSE = 0.75


def near(text: str, names: Iterable[str], *, cutoff: float = _CLOSE) -> list[str]:
    """Return at most three names: equal ignoring case, else longer ones, else similar ones.

    Examples
    --------
    >>> near("Oncall", ["oncall", "oncall-eu"])
    ['oncall']
    >>> near("api", ["api-7d9f", "apiary", "web"])
    ['api-7d9f', 'apiary']
    >>> near("exce", ["exec", "attach"])
    ['exec']
    """
    known = sorted(set(names))
    folded = text.casefold()
    for found in (
        [name for name in known if name.casefold() == folded],
        [name for name in known if name.casefold().startswith(folded)],
    ):
        if found and text:
            return found[:_SHOWN]
    from difflib import get_close_matches

    return get_close_matches(text, known[:_CANDIDATES], n=_SHOWN, cutoff=cutoff)


def near_keys(
    namespace: str, name: str, given: Iterable[Key], *, cutoff: float = _CLOSE
) -> list[Key]:
    """Return at most three similar keys: of the namespace, else of the same name, else of any.

    Of any namespace, keys that are similar as a whole come before similar names.

    Without a namespace only the name counts.

    Examples
    --------
    >>> near_keys("shop", "db-credential", [("shop", "db-credentials"), ("web", "db")])
    [('shop', 'db-credentials')]
    >>> near_keys("shop", "db", [("shop", "tls"), ("web", "db")])
    [('web', 'db')]
    >>> near_keys("", "bd", [("shop", "db")], cutoff=0.5)
    [('shop', 'db')]
    >>> near_keys("shop", "checkot", [("payments", "checkout"), ("web", "db")])
    [('payments', 'checkout')]
    """
    keys = sorted(set(given))
    own = near(name, (other for place, other in keys if place == namespace), cutoff=cutoff)
    if own:
        return [(namespace, other) for other in own]
    if namesakes := [key for key in keys if key[1] == name]:
        return namesakes[:_SHOWN]
    wholes: dict[str, list[Key]] = {}
    names: dict[str, list[Key]] = {}
    for key in keys:
        wholes.setdefault("/".join(key), []).append(key)
        names.setdefault(key[1], []).append(key)
    tries = [(name, names)]
    if namespace:
        tries.insert(0, (f"{namespace}/{name}", wholes))
    for text, known in tries:
        if found := near(text, known, cutoff=cutoff):
            return [key for match in found for key in known[match]][:_SHOWN]
    return []


def did_you_mean(names: Sequence[str]) -> str:
    """Ask for the one name, or list the nearest.

    Examples
    --------
    >>> did_you_mean(["exec"]), did_you_mean(["a", "b"]), did_you_mean([])
    ('did you mean exec?', 'the nearest are a, b', '')
    """
    if len(names) == 1:
        return f"did you mean {names[0]}?"
    return f"the nearest are {', '.join(names)}" if names else ""


def page_advice(text: str, names: Sequence[str]) -> str:
    """Return the advice for an unknown page: similar names, or how to list them."""
    return did_you_mean(near(text, names)) or "rbacgraph explain lists all techniques and topics"


def edge_advice(text: str, ids: Sequence[str]) -> str:
    """Return the advice for an unknown edge kind: similar ids, or the list of all."""
    return did_you_mean(near(text, ids)) or f"kinds are {', '.join(ids)}"
