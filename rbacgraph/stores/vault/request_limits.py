"""Whether a request keeps to the limits of a rule: parameters, wrapping time, page size.

Source: ``AllowOperation`` in ``vault/acl.go``.
"""

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction

from rbacgraph.stores.vault.acl import AclRule
from rbacgraph.stores.vault.operations import WITH_PARAMETERS

_ANY = "*"


def parameters_fit(rule: AclRule, parameters: Mapping[str, object]) -> bool:
    """Whether the parameters of a request are all that must and none that must not be there.

    Values are compared whole: a list never equals one of its entries.
    """
    if any(name.lower() not in parameters for name in rule.required):
        return False
    return not parameters or (_none_denied(rule, parameters) and _all_allowed(rule, parameters))


def _none_denied(rule: AclRule, parameters: Mapping[str, object]) -> bool:
    denied = rule.denied or {}
    return _ANY not in denied and not any(
        name.lower() in denied and _among(value, denied[name.lower()])
        for name, value in parameters.items()
    )


def _all_allowed(rule: AclRule, parameters: Mapping[str, object]) -> bool:
    """Whether each parameter is allowed; ``*`` beside others allows the names not mentioned."""
    allowed = rule.allowed or {}
    if not allowed or set(allowed) == {_ANY}:
        return True
    return all(
        _among(value, allowed[name.lower()]) if name.lower() in allowed else _ANY in allowed
        for name, value in parameters.items()
    )


def wrapping_fits(rule: AclRule, wrapping: Fraction | None) -> bool:
    """Whether the wrapping time in seconds lies within the rule's bounds; ``None`` is none."""
    low, high = rule.min_wrapping, rule.max_wrapping
    if high and (wrapping is None or wrapping > high):
        return False
    if low and (wrapping is None or wrapping < low):
        return False
    return not (low and high and high < low)


def page_fits(rule: AclRule, parameters: Mapping[str, object]) -> bool:
    """Whether the ``limit`` of a LIST is no larger than the rule's (OpenBao)."""
    if not rule.pagination:
        return True
    if "limit" not in parameters:
        return all(name.lower() != "limit" for name in rule.required)
    value = parameters["limit"]
    if isinstance(value, int) and not isinstance(value, bool):
        return 0 <= value <= rule.pagination
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]+", value):
        return 0 <= int(value) <= rule.pagination
    return value == "max"


def limits_on(rule: AclRule, capability: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the fields by which a rule limits a request, each with its parameters or its time."""
    if capability in WITH_PARAMETERS:
        allowed = tuple(rule.allowed or ())
        for field, names in (
            ("allowed_parameters", () if allowed == (_ANY,) else allowed),
            ("denied_parameters", tuple(rule.denied or ())),
            ("required_parameters", rule.required),
        ):
            if names:
                yield field, tuple(sorted(names))
    for field, seconds in (
        ("min_wrapping_ttl", rule.min_wrapping),
        ("max_wrapping_ttl", rule.max_wrapping),
    ):
        if seconds:
            yield field, (f"{float(seconds):g}s",)


def _among(value: object, values: tuple[object, ...]) -> bool:
    return not values or any(_equal(value, entry) for entry in values)


def _equal(value: object, entry: object) -> bool:
    if isinstance(value, str) and isinstance(entry, str):
        return glob_matches(entry, value)
    if isinstance(value, bool) or isinstance(entry, bool):
        return value is entry
    # A whole number in JSON reaches the server's comparison as another type than one in HCL.
    return False if isinstance(value, (int, float)) else value == entry


def glob_matches(pattern: str, text: str) -> bool:
    """Whether ``*`` in the pattern can stand for what the text has there.

    Examples
    --------
    >>> glob_matches("a*c", "abc"), glob_matches("a?c", "abc")
    (True, False)
    """
    parts = (re.escape(part) for part in pattern.split("*"))
    return re.fullmatch(".*".join(parts), text, re.DOTALL) is not None
