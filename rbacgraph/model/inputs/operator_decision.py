"""What people decide about operators: which bindings are by design, and which are not."""

from fnmatch import fnmatchcase

from msgspec import Struct

BindingName = tuple[str, str, str]
"""Kind, namespace and name of a binding."""


class OperatorDecision(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One entry of the file of decisions.

    ``namespace``, ``name``: the ServiceAccount; ``*`` matches any text if it is not by design.
    ``by_design``: whether the bindings are by design.
    ``bindings``: the bindings; none stands for all, which only an entry that is not by design may
        have.
    ``operator``: the name of the operator, for a ServiceAccount that rbacgraph does not recognise.
    ``reason``: why.
    ``file``, ``line``: the place of the entry.
    """

    namespace: str
    name: str
    by_design: bool
    reason: str
    bindings: tuple[BindingName, ...] = ()
    operator: str = ""
    file: str = ""
    line: int = 0

    def is_about(self, namespace: str, name: str) -> bool:
        """Whether it is about a ServiceAccount."""
        return names_match((self.namespace, self.name), (namespace, name))

    def names(self, binding: BindingName) -> bool:
        """Whether it names a binding."""
        return not self.bindings or any(names_match(one, binding) for one in self.bindings)


def names_match(patterns: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """Whether each name matches its pattern, in which ``*`` stands for any text."""
    plain = (one.replace("[", "[[]").replace("?", "[?]") for one in patterns)
    return all(map(fnmatchcase, names, plain))
