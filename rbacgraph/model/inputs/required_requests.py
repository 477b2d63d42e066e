"""Requests that must stay allowed, with their evidence."""

from collections.abc import Callable

from msgspec import Struct

from rbacgraph.model.inputs.audit import AuditLog
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.need_evidence import How, NeedEvidence
from rbacgraph.model.inputs.rbac_write import RbacWrite
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.model.request import Request


class Needed(Struct, frozen=True, kw_only=True):
    """One request that must stay allowed.

    ``request``: the request. If it has no name, only a rule without names allows it. A ``*`` in a
        statement stands for itself: a rule must hold it.
    ``evidence``: the source: the log, a statement, or both.
    ``count``: how many requests of the log there were.
    ``last``: when the last of them was received.
    ``instead``: what is enough as well, if all of it is allowed. Constrained impersonation may
        replace ``impersonate`` where the log shows that the server supports it:
        ``impersonate:MODE`` on the identity, with ``impersonate-on:MODE:VERB`` on what was done.
        Servers have it since v1.35, by default since v1.36; they check it first, and
        ``impersonate`` if that fails. A role should hold it, as it gives less, unless only
        ``impersonate`` is granted. This does not include that a rule on the name ``*`` is enough
        for four groups and more.
    """

    request: Request
    evidence: NeedEvidence
    count: int = 0
    last: str = ""
    instead: tuple[Request, ...] = ()


class Needing(Struct, frozen=True, kw_only=True):
    """An identity, and all requests that must stay allowed to it.

    ``user``: the username; ``""`` stands for any member of the groups.
    ``groups``: all groups of the identity, with those that authentication implies. A user who was
        impersonated with other groups is another identity.
    ``needs``: ordered by request.
    ``writes``: Roles and bindings that it writes: escalation prevention must allow these too.
    """

    user: str
    groups: tuple[str, ...]
    needs: tuple[Needed, ...]
    writes: tuple[RbacWrite, ...] = ()


class ServerChecks(Struct, frozen=True, kw_only=True):
    """Checks that servers make within an identity's requests; the cluster decides how to pass.

    ``user``, ``groups``: see :class:`Needing`.
    ``writes``: Roles and bindings that it writes.
    ``checks``: checks in the log: needed as far as they are allowed today. The name ``""`` on
        ``signers`` means that the log lacks the name.
    """

    user: str
    groups: tuple[str, ...]
    writes: tuple[RbacWrite, ...] = ()
    checks: tuple[Request, ...] = ()


class Needs(Struct, frozen=True, kw_only=True):
    """Everything that is needed, by all identities.

    ``needing``: ordered by user, then groups.
    ``beside``: checks that servers make within these requests.
    ``log``: the log, with its time span and its blind spots; None where there was none.
    ``stated``: the files that state needs.
    ``diagnostics``: what rbacgraph could not read or understand of logs and files.
    """

    needing: tuple[Needing, ...]
    beside: tuple[ServerChecks, ...] = ()
    log: AuditLog | None = None
    stated: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


class Stated(Struct, frozen=True, kw_only=True):
    """A rule that a statement says is needed.

    ``principal``: the principal that needs it, as written; ``""`` for the one the question is
        about.
    ``rule``: the rule. Where it has resources and ``apiGroups`` is None, the resources are as a
        person writes them: ``deploy``, ``deployments.apps``, ``pods/log``.
    ``namespace``: the namespace; ``""`` for all namespaces, None where the statement gives none.
    ``file``, ``line``: the place of the statement.
    """

    principal: str = ""
    rule: PolicyRule
    namespace: str | None = None
    file: str
    line: int


class Referred(Struct, frozen=True, kw_only=True, order=True):
    """A Secret that Pods of a ServiceAccount use: the kubelet delivers it without any right.

    ``namespace``, ``name``: the Secret.
    ``by``: the Pod, workload or ServiceAccount that refers to it, as ``Deployment shop/web``.
    ``how``: the reference in words: ``container web: env from key password``, ``imagePullSecrets``.
    """

    namespace: str
    name: str
    by: str
    how: str


def is_met(needed: Needed, allowed: Callable[[Request], bool]) -> bool:
    """Whether a need is allowed, by its request or by the alternative.

    ``allowed``: decides whether the identity is allowed a request.

    Examples
    --------
    >>> said = NeedEvidence.of(How.STATED, "need.txt:1")
    >>> get = Needed(request=Request("get", resource="secrets", name="db"), evidence=said)
    >>> is_met(get, lambda request: request.verb == "get")
    True
    """
    return allowed(needed.request) or (bool(needed.instead) and all(map(allowed, needed.instead)))


def is_stated(needed: Needed) -> bool:
    """Whether a need comes from a statement."""
    return How.STATED in needed.evidence
