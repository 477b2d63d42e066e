"""Finds a file's creation rule, and which of its values SOPS encrypts.

Sources: getsops/sops ``config/config.go`` (``parseCreationRuleForFile``, ``parseDestinationRule…``)
and ``sops.go`` (``shouldBeEncrypted``).
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from rbacgraph.model.go.regex import is_refused, search
from rbacgraph.model.stores.sops import CreationRule, DestinationRule, Selection, SopsConfig

_BY_SUFFIX = {"unencrypted_suffix": False, "encrypted_suffix": True}
_BY_REGEX = {"unencrypted_regex": False, "encrypted_regex": True}

_Rule = TypeVar("_Rule", CreationRule, DestinationRule)


class FoundRule(NamedTuple):
    """The creation rule of a file; ``number`` is None if there is none.

    ``unknown`` says that a regex that decides was not tried, or that SOPS refuses it.
    """

    number: int | None
    unknown: bool = False


def rule_for(config: SopsConfig, path: str) -> FoundRule:
    """Return the number of the first creation rule that matches a path.

    ``path``: the file's path below the folder of the ``.sops.yaml``.

    Examples
    --------
    >>> rules = (CreationRule(line=2, path_regex="prod/"), CreationRule(line=4))
    >>> config = SopsConfig(".sops.yaml", rules)
    >>> rule_for(config, "a/prod/db.yaml").number, rule_for(config, "dev/db.yaml").number
    (0, 1)
    """
    return _first(config.rules or (), path)


def destination_for(config: SopsConfig, path: str) -> DestinationRule | None:
    """Return the destination rule by which ``sops publish`` writes a file; None if unknown.

    ``path`` is the whole path of the file, unlike that for creation rules.
    """
    number = _first(config.destinations, path).number
    return None if number is None else config.destinations[number]


def _first(rules: Sequence[_Rule], path: str) -> FoundRule:
    for number, rule in enumerate(rules):
        if not rule.path_regex:
            return FoundRule(number)
        found = search(rule.path_regex, path)
        if found is None:
            return FoundRule(None, unknown=True)
        if found:
            return FoundRule(number)
    return FoundRule(None)


def encrypts(selection: Selection, keys: Sequence[str]) -> bool | None:
    """Whether SOPS encrypts the value below some keys; None if comments decide, or unknown.

    One key that matches is enough, at any depth: what is below it is encrypted, or is not.

    Examples
    --------
    >>> regex = Selection("encrypted_regex", "^(data|stringData)$")
    >>> encrypts(regex, ["data", "password"]), encrypts(regex, ["metadata", "name"])
    (True, False)
    >>> encrypts(Selection(), ["db", "host_unencrypted"])
    False
    """
    if selection.field in _BY_SUFFIX:
        hit = any(key.endswith(selection.pattern) for key in keys)
        return hit == _BY_SUFFIX[selection.field]
    if selection.field not in _BY_REGEX:
        return None
    if is_refused(selection.pattern):
        return not _BY_REGEX[selection.field]  # SOPS ignores the error: nothing matches
    found = [search(selection.pattern, key) for key in keys]
    if True not in found and None in found:
        return None
    return (True in found) == _BY_REGEX[selection.field]
