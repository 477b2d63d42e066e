"""In which namespaces a rule of a policy counts: by names, and by labels."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Self

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.model.kubernetes.meta import LabelSelector


class NamespaceScope(Struct, frozen=True, gc=False, omit_defaults=True):
    """The namespaces in which, or the Namespaces on which, a rule counts; by default, all.

    ``within``: patterns of names; a namespace must match one pattern of each group.
    ``excluded``: patterns of the names of excluded namespaces.
    ``selected``, ``unselected``: selectors that must all match a namespace's labels, and selectors
        that must not.
    """

    within: tuple[tuple[str, ...], ...] = ()
    excluded: tuple[str, ...] = ()
    selected: tuple[LabelSelector, ...] = ()
    unselected: tuple[LabelSelector, ...] = ()

    def inside(self, namespace: str) -> Self:
        """Return the same for one namespace only."""
        return replace(self, within=(*self.within, (namespace,)))

    def has_name(self, namespace: str) -> bool:
        """Whether a namespace is in it by its name, whatever its labels are.

        Examples
        --------
        >>> scope = NamespaceScope(within=(("team-?", "prod"),), excluded=("team-b",))
        >>> [scope.has_name(name) for name in ("team-a", "team-b", "dev")]
        [True, False, False]
        """
        return all(_matches(patterns, namespace) for patterns in self.within) and not _matches(
            self.excluded, namespace
        )


def _matches(patterns: Iterable[str], namespace: str) -> bool:
    """Whether one of some patterns, with ``*`` and ``?``, matches a namespace."""
    return any(fnmatchcase(namespace, pattern.replace("[", "[[]")) for pattern in patterns)
