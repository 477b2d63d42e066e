"""Resolves subjects of bindings, and the groups that a user is in by authentication.

Source: kubernetes ``pkg/registry/rbac/validation/rule.go`` (``appliesToUser``),
``staging/src/k8s.io/apiserver/pkg/authentication/serviceaccount/util.go`` and
``pkg/authentication/group/authenticated_group_adder.go``.
"""

from collections.abc import Collection, Iterator

from rbacgraph.model.kubernetes.rbac import AnyBinding, Subject
from rbacgraph.model.node import GROUP, SERVICE_ACCOUNT, Node, misnamed_account, user_node

ANONYMOUS = "system:anonymous"
AUTHENTICATED = "system:authenticated"
MASTERS = "system:masters"
UNAUTHENTICATED = "system:unauthenticated"
SERVICE_ACCOUNTS = "system:serviceaccounts"


def service_account_user(namespace: str, name: str) -> str:
    """Return the username of a ServiceAccount.

    Examples
    --------
    >>> service_account_user("shop", "ci")
    'system:serviceaccount:shop:ci'
    """
    return f"system:serviceaccount:{namespace}:{name}"


def username_of(node: Node) -> str:
    """Return the username of a user or ServiceAccount; ``""`` for a group."""
    kind, namespace, name = node
    if kind == GROUP:
        return ""
    return service_account_user(namespace, name) if kind == SERVICE_ACCOUNT else name


def implied_groups(user: str) -> tuple[str, ...]:
    """Return the groups that authentication gives this user without any list.

    Examples
    --------
    >>> implied_groups("alice")
    ('system:authenticated',)
    >>> implied_groups("system:serviceaccount:shop:ci")
    ('system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated')
    >>> implied_groups("system:serviceaccount:${NS}:ci")[1]
    'system:serviceaccounts:${NS}'
    >>> implied_groups("system:anonymous")
    ('system:unauthenticated',)
    """
    if user == ANONYMOUS:
        return (UNAUTHENTICATED,)
    kind, namespace, _ = misnamed_account(user) or user_node(user)
    if kind == SERVICE_ACCOUNT:
        return (SERVICE_ACCOUNTS, f"{SERVICE_ACCOUNTS}:{namespace}", AUTHENTICATED)
    return (AUTHENTICATED,)


def subject_user(subject: Subject, binding_namespace: str) -> str | None:
    """Return the username that a ``User`` or ``ServiceAccount`` subject matches, if any.

    A ServiceAccount without a namespace belongs to the binding's own; in a ClusterRoleBinding,
    which has none, it matches nobody.
    """
    if not subject.name:
        return None
    if subject.kind == "User":
        return subject.name
    if subject.kind == "ServiceAccount":
        namespace = subject.namespace or binding_namespace
        return service_account_user(namespace, subject.name) if namespace else None
    return None


def subject_node(subject: Subject, binding_namespace: str) -> Node | None:
    """Return the principal of a subject; None for a subject that matches nobody.

    A ``User`` with a ServiceAccount's username is that ServiceAccount. A ServiceAccount whose name
    or namespace no API server accepts, mostly a placeholder, is kept under that name.

    Examples
    --------
    >>> subject_node(Subject(kind="User", name="system:serviceaccount:shop:ci"), "")
    ('serviceaccount', 'shop', 'ci')
    >>> subject_node(Subject(kind="ServiceAccount", name="ci", namespace="${NS}"), "")
    ('serviceaccount', '${NS}', 'ci')
    >>> subject_node(Subject(kind="ServiceAccount", name="ci", namespace="*"), "shop")
    ('user', '', 'system:serviceaccount:*:ci')
    """
    if subject.kind == "Group":
        return (GROUP, "", subject.name) if subject.name else None
    if subject.kind == "ServiceAccount" and subject.name:
        namespace = subject.namespace or binding_namespace
        # A server reads a literal * as a plain user: bindings may name it, but no account has it.
        star = subject.name == "*" or (namespace == "*" != binding_namespace)
        if namespace and not star:
            return SERVICE_ACCOUNT, namespace, subject.name
    user = subject_user(subject, binding_namespace)
    return None if user is None else user_node(user)


def first_match(binding: AnyBinding, user: str, groups: Collection[str]) -> Subject | None:
    """Return the first subject of a binding that matches this user or one of the groups."""
    return next(matches(binding, user, groups), None)


def matches(binding: AnyBinding, user: str, groups: Collection[str]) -> Iterator[Subject]:
    """Yield the subjects of a binding that match this user or one of the groups."""
    namespace = binding.metadata.namespace
    for subject in binding.subjects or ():
        if subject.kind == "Group":
            if subject.name in groups:
                yield subject
        elif subject_user(subject, namespace) == user:
            yield subject
