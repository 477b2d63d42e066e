"""The parser of principals for everything that a person writes."""

from rbacgraph.errors import UsageError
from rbacgraph.model.node import (
    AWS_ROLE,
    AWS_USER,
    AZURE_IDENTITY,
    GOOGLE_ACCOUNT,
    GROUP,
    KUBELET,
    NODE,
    POD,
    SERVICE_ACCOUNT,
    USER,
    Node,
    misnamed_account,
    user_node,
)

_ALIASES = {"sa": SERVICE_ACCOUNT, "no": NODE, "po": POD, "deploy": "deployment"}
_NAMESPACED = {
    *(SERVICE_ACCOUNT, POD, "deployment", "replicaset", "statefulset", "daemonset"),
    *("job", "cronjob", "replicationcontroller", "podtemplate"),
}

_ACCOUNTS = ("sa:", "serviceaccount:")

ME = "me"
"""The user whose credentials ask a live cluster."""


def myself(user: str) -> str:
    """Return the username of the asking user, if the cluster reported it.

    Raises UsageError if the cluster did not report it.
    """
    if not user:
        raise UsageError(
            "your username is not known: only a live cluster reports it, since Kubernetes 1.28",
            advice="write user:NAME or sa:NAMESPACE/NAME",
        )
    return user


def parse_principal(text: str) -> Node:
    """Parse a principal, pod or node as a person writes it.

    ``text``: ``sa:NS/NAME``, ``serviceaccount:NS/NAME``, ``system:serviceaccount:NS:NAME``,
        ``user:NAME``, ``group:NAME``, ``pod:NS/NAME``, ``node:NAME``, ``kubelet:NAME``,
        ``deployment:NS/NAME`` (any workload kind), or ``aws-role:ARN``, ``aws-user:ARN``,
        ``azure-identity:ID`` (a client id, or an object's) and ``google-serviceaccount:ADDRESS``.
    Returns the node, whether or not the cluster holds it.
    Raises UsageError where the text is none of these.

    Examples
    --------
    >>> parse_principal("sa:shop/ci")
    ('serviceaccount', 'shop', 'ci')
    """
    if text.startswith("system:serviceaccount:"):
        node = misnamed_account(text) or user_node(text)
        if node[0] == SERVICE_ACCOUNT:
            return node
    kind, colon, rest = text.partition(":")
    kind = _ALIASES.get(kind.lower(), kind.lower())
    if not colon or not rest:
        raise UsageError(
            f"{text!r} is not a principal",
            advice="write sa:NAMESPACE/NAME, user:NAME, group:NAME, pod:NAMESPACE/NAME, node:NAME",
        )
    if kind == USER:
        return user_node(rest)
    if kind in {GROUP, NODE, KUBELET, AWS_ROLE, AWS_USER, AZURE_IDENTITY, GOOGLE_ACCOUNT}:
        return kind, "", rest
    namespace, slash, name = rest.partition("/")
    if kind not in _NAMESPACED and not (slash and kind.isidentifier()):
        raise UsageError(
            f"{text!r} is not a principal: unknown kind {kind!r}",
            advice=f"did you mean group:{text} or user:{text}? "
            "Kinds are sa, user, group, pod, node, kubelet, and workloads such as deployment",
        )
    if not slash or not namespace or not name:
        raise UsageError(f"{text!r} names no namespace", advice=f"write {kind}:NAMESPACE/NAME")
    return kind, namespace, name


def username(text: str) -> str:
    """Return the username for a text: the text itself, or that of ``sa:NS/NAME``.

    Raises UsageError if the text names a group.

    Examples
    --------
    >>> username("alice"), username("sa:shop/ci"), username("user:sa:odd")
    ('alice', 'system:serviceaccount:shop:ci', 'sa:odd')
    """
    if text.startswith("group:"):
        group = text.removeprefix("group:")
        raise UsageError(
            f"{text!r} is a group; give --as USER --as-group {group}",
            advice=f"for a user who is called so write --as user:{text}",
        )
    if not text.startswith(_ACCOUNTS):
        return text.removeprefix("user:")
    _, namespace, name = parse_principal(text)
    return f"system:serviceaccount:{namespace}:{name}"
