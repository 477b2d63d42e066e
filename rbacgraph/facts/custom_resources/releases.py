"""Says of an operator's release whether it has a flaw, or the repair of it."""

import re
from collections.abc import Iterable

_IN_TAG = re.compile(r"(?:^|[^\d.])v?(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?![\d.])")


def release_of(image: str) -> tuple[int, int, int] | None:
    """Return the version that the tag of an image shows; None if it shows none.

    Examples
    --------
    >>> release_of("ghcr.io/kedacore/keda:2.18.3@sha256:0"), release_of("registry:5000/keda")
    ((2, 18, 3), None)
    """
    _, colon, tag = image.partition("@")[0].rpartition("/")[2].partition(":")
    found = _IN_TAG.search(tag) if colon else None
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def is_older(image: str, since: str) -> bool:
    """Whether an image is surely of a release before a version, which brought a flaw.

    Examples
    --------
    >>> [is_older(f"keda:{tag}", "2.18.0") for tag in ("2.17.9", "2.18.0", "main")]
    [True, False, False]
    """
    release = release_of(image)
    return release is not None and bool(since) and release < _parsed(since)


def is_repaired(image: str, repaired: Iterable[str]) -> bool:
    """Whether an image surely has a repair, by the first repaired version of each line.

    Older lines of releases than those have none, newer ones have it.

    Examples
    --------
    >>> [is_repaired(f"keda:{tag}", ("2.17.3", "2.18.3")) for tag in ("2.16.9", "2.17.3", "2.18.1")]
    [False, True, False]
    >>> is_repaired("keda:2.19.0", ("2.17.3", "2.18.3")), is_repaired("keda:main", ("2.17.3",))
    (True, False)
    """
    release = release_of(image)
    if release is None:
        return False
    first = [_parsed(one) for one in repaired]
    later = [one for one in first if one[:2] >= release[:2]]
    return release >= min(later) if later else bool(first)


def _parsed(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
