"""Assumptions in words: the one place where they are made."""

from collections.abc import Callable

from rbacgraph.model.answers.assumption import Assume, Assumption, Authorizing
from rbacgraph.report.text.codes.by_table import by_table


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

_WORDS: dict[Assume, str | Callable[..., str]] = {
    Assume.NEWEST_KUBERNETES: "Kubernetes {}: the input does not say which version",
    Assume.DEFAULTS_ARE_THERE: _roles_and_bindings,
    Assume.DEFAULTS_ARE_NOT_THERE: lambda *numbers: f"none of the {_roles_and_bindings(*numbers)}",
    Assume.AUTHORIZERS: _authorizers,
    Assume.ANONYMOUS_IS_REFUSED: (
        "only impersonation makes a request system:anonymous or system:unauthenticated: the"
        " flags of the API servers refuse requests without credentials"
    ),
    Assume.ASKED_LIKE_THIS: "{}",
    Assume.NOTHING_CONDITIONAL: "conditional edges are left out",
    Assume.ONE_OF_SEVERAL_VERSIONS: _versions,
    Assume.USER_HAS_GROUP: _user_has,
    Assume.ASKED_BY: _asked_by,
    Assume.DUMP_IS_OF_VAULT_AT: (
        "the dump of Vault is that of {}, the only one that objects name (--vault-address)"
    ),
    Assume.OPENSHIFT_BY_NAME: (
        "the cluster may be OpenShift, as {} alone says by its name: what rests on that is"
        f" conditional; if it is, {_OF_OPENSHIFT}"
    ),
    Assume.OPENSHIFT_AS_SHIPPED: (
        "the cluster is OpenShift, whose SecurityContextConstraints the input does not hold all:"
        f" {_OF_OPENSHIFT}"
    ),
}

Assumption.words = by_table(_WORDS)
