"""The condition keys of a request: known, known to be absent, or not known.

Source: IAM User Guide, "AWS global condition context keys".
"""

from collections.abc import Iterable, Mapping

from rbacgraph.stores.truth import DoubtKind, StoreDoubts, doubt

_CLAIMS = (":sub", ":aud", ":amr", ":azp", ":oaud")


class Context:
    """The values of a request's condition keys. Key names are compared without case.

    Parameters
    ----------
    values: a text, number, boolean or list for each key.
    complete: whether a key that is not there is absent; otherwise its value is not known.
    settled: beginnings of the keys that are absent if they are not there, such as
        ``aws:PrincipalTag/``.
    unknown: keys that are there, with values that are not known.
    claims: whether a provider's claims that are not there are absent.
    """

    __slots__ = ("_claims", "_complete", "_settled", "_unknown", "_values", "names")

    def __init__(
        self,
        values: Mapping[str, object],
        *,
        complete: bool = False,
        settled: Iterable[str] = (),
        unknown: Iterable[str] = (),
        claims: bool = False,
    ) -> None:
        self._values = {key.lower(): _texts(value) for key, value in values.items()}
        self._complete = complete
        self._settled = tuple(start.lower() for start in settled)
        self._claims = claims
        self._unknown = frozenset(key.lower() for key in unknown)
        self.names = (*values, *unknown)

    def extended(
        self, values: Mapping[str, object], settled: Iterable[str], unknown: Iterable[str]
    ) -> "Context":
        """Return the same with more keys."""
        found = Context.__new__(Context)
        more = {key.lower(): _texts(value) for key, value in values.items()}
        found._values = {**self._values, **more}  # noqa: SLF001 - its own
        found._complete, found._claims = self._complete, self._claims  # noqa: SLF001 - its own
        found._settled = (*self._settled, *(start.lower() for start in settled))  # noqa: SLF001 - its own
        found._unknown = self._unknown.union(key.lower() for key in unknown)  # noqa: SLF001 - its own
        found.names = (*self.names, *values, *unknown)
        return found

    @property
    def complete(self) -> bool:
        """Whether a key that is not there is absent."""
        return self._complete

    def values_of(self, key: str) -> tuple[str, ...] | StoreDoubts | None:
        """Return a key's values, ``None`` if it is absent, or the doubt."""
        name = key.lower()
        if name in self._values:
            return self._values[name] or None  # an empty list is as no key at all
        if name not in self._unknown and (
            self._complete
            or name.startswith(self._settled)
            or (self._claims and name.endswith(_CLAIMS))
        ):
            return None
        return doubt(DoubtKind.KEY, key)

    def text(self, key: str) -> str | None:
        """Return a key's only value, if it has one."""
        values = self._values.get(key.lower(), ())
        return values[0] if len(values) == 1 else None


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, (list, tuple)):
        return tuple(text_of_value(item) for item in value)
    return () if value is None else (text_of_value(value),)


def text_of_value(value: object) -> str:
    """Return a condition's value as AWS compares it: booleans in small letters."""
    return str(value).lower() if isinstance(value, bool) else str(value)
