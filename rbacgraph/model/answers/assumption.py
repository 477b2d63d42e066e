"""Assumptions: what an answer takes for granted."""

from typing import NamedTuple, TypeAlias, final

from rbacgraph.model.phrase import Code, Phrase


class Authorizing(NamedTuple):
    """How the API servers decide, as far as the input shows it.

    ``always_allows``: whether one of them allows everything.
    ``others``: authorizers that rbacgraph does not model.
    ``by_file``: whether a file names the authorizers of one.
    ``refusing``, ``disabled``: admission plugins that may refuse Pods, and those that are off.
    ``lacks``: which of Node and RBAC one of them lacks.
    ``heeded``: whether conditions name admission policies.
    ``guards``: how many webhooks and policies for Pods rbacgraph does not evaluate.
    """

    always_allows: bool
    others: tuple[str, ...]
    by_file: bool
    refusing: tuple[str, ...]
    lacks: tuple[str, ...]
    disabled: tuple[str, ...]
    heeded: bool
    guards: int


AssumedOf: TypeAlias = str | int | Authorizing
"""What an assumption is about: names, versions, numbers."""


def _roles_and_bindings(roles: int, bindings: int) -> str:
    numbers = ((roles, "role"), (bindings, "binding"))
    words = [f"{number} {noun}{'s' if number > 1 else ''}" for number, noun in numbers if number]
    return f"{' and '.join(words)} that every API server creates and the input lacks"


def _authorizers(found: Authorizing) -> str:
    known = "Node, RBAC and AlwaysAllow" if found.always_allows else "Node and RBAC"
    by_file = ("an --authorization-config",) if found.by_file else ()
    started = (*found.others, *by_file, *found.refusing)
    parts = [f"with {' and '.join(started)}"] if started else []
    parts += [f"without {' or '.join(found.lacks)}"] if found.lacks else []
    parts += [f"without {' and '.join(found.disabled)}"] if found.disabled else []
    unusual = f", though an API server is started {' and '.join(parts)}" if parts else ""
    policies = " and those that conditions name" if found.heeded else ""
    look = "looks" if found.guards == 1 else "look"
    unread = f", though {found.guards} of the input {look} at Pods and may refuse some"
    return (
        f"the authorizers {known} alone{unusual}, "
        f"and no admission policy beyond the built-in ones{policies}"
        f"{unread if found.guards else ''}"
    )


def _versions(number: int) -> str:
    what = "1 object is" if number == 1 else f"{number} objects are"
    return f"{what} as one of several versions that the input holds, which is not known"


def _user_has(user: str, group: str) -> str:
    return f"{user}, whom nothing in the input names, has what {group} has"


def _asked_by(user: str, group: str) -> str:
    words = f"you are {user}, as the API server or your credentials say"
    return f"{words}; {_user_has(user, group)}" if group else words


_OF_OPENSHIFT = (
    "add securitycontextconstraints.security.openshift.io, groups.user.openshift.io and"
    " oauths.config.openshift.io to the dump"
)


class Assume(Code):
    """What is assumed; called with what it is about, it is an assumption.

    Examples
    --------
    >>> Assume.USER_HAS_GROUP("user:bob", "group:system:authenticated").subject[0]
    'user:bob'
    """

    NEWEST_KUBERNETES = "Kubernetes {}: the input does not say which version"
    DEFAULTS_ARE_THERE = (_roles_and_bindings,)
    DEFAULTS_ARE_NOT_THERE = (lambda *numbers: f"none of the {_roles_and_bindings(*numbers)}",)
    AUTHORIZERS = (_authorizers,)
    ANONYMOUS_IS_REFUSED = (
        "only impersonation makes a request system:anonymous or system:unauthenticated: the flags"
        " of the API servers refuse requests without credentials"
    )
    ASKED_LIKE_THIS = "{}"
    NOTHING_CONDITIONAL = "conditional edges are left out"
    ONE_OF_SEVERAL_VERSIONS = (_versions,)
    USER_HAS_GROUP = (_user_has,)
    ASKED_BY = (_asked_by,)
    BY_DOCUMENTATION = "what {} allows, by documentation alone"
    DUMP_IS_OF_VAULT_AT = (
        "the dump of Vault is that of {}, the only one that objects name (--vault-address)"
    )
    OPENSHIFT_BY_NAME = (
        "the cluster may be OpenShift, as {} alone says by its name: what rests on that is"
        f" conditional; if it is, {_OF_OPENSHIFT}"
    )
    OPENSHIFT_AS_SHIPPED = (
        "the cluster is OpenShift, whose SecurityContextConstraints the input does not hold all:"
        f" {_OF_OPENSHIFT}"
    )

    def __call__(self, *subject: AssumedOf) -> "Assumption":
        """Return the assumption about a subject."""
        return Assumption(self, subject)


@final
class Assumption(Phrase):
    """What an answer takes for granted."""

    __slots__ = ()
