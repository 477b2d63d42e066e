"""What must stay allowed, and how that is known."""

from collections.abc import Callable

from msgspec import Struct

from rbacgraph.model.inputs.audit import AuditLog
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.rbac_write import RbacWrite
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.model.request import Request


class Needed(Struct, frozen=True, kw_only=True):
    """One request that must stay allowed.

    Parameters
    ----------
    request:
        The request. One without a name is allowed by a rule without names alone. A ``*`` that
        somebody stated stands for itself: a rule must hold it.
    evidence:
        How it is known, in words: ``audit log``, or the file and line of a statement; both
        where both say it.
    count:
        How many requests of the log there were.
    last:
        When the last of them was received.
    instead:
        What is enough as well, if all of it is allowed. A request to act as somebody
        (``impersonate``) may be met by constrained impersonation, where the log shows that
        the server does that: ``impersonate:MODE`` on the identity, with
        ``impersonate-on:MODE:VERB`` on what was done. Servers have it since v1.35, by default
        since v1.36; they ask for it first, and for ``impersonate`` where it fails. It is what
        a role is to hold, as it gives less, unless only ``impersonate`` is granted. That a rule
        on the name ``*`` is enough for four groups and more is not among it.
    """

    request: Request
    evidence: str
    count: int = 0
    last: str = ""
    instead: tuple[Request, ...] = ()


class Needing(Struct, frozen=True, kw_only=True):
    """An identity, and all that must stay allowed to it.

    Parameters
    ----------
    user:
        The username; ``""`` where it is any member of the groups.
    groups:
        All groups that it had, with those that authentication implies. A user whom somebody
        impersonated in other groups is another identity.
    needs:
        In order of their requests.
    writes:
        Roles and bindings that it writes: escalation prevention must let it, too.
    """

    user: str
    groups: tuple[str, ...]
    needs: tuple[Needed, ...]
    writes: tuple[RbacWrite, ...] = ()


class Beside(Struct, frozen=True, kw_only=True):
    """What servers ask beside the requests of an identity; how to meet it, the cluster decides.

    Parameters
    ----------
    user, groups:
        As for :class:`Needing`.
    writes:
        Roles and bindings that it writes.
    checks:
        Requests that were asked, by the log: needed as far as they are allowed today. A name
        ``""`` on ``signers`` is one that the log does not tell.
    """

    user: str
    groups: tuple[str, ...]
    writes: tuple[RbacWrite, ...] = ()
    checks: tuple[Request, ...] = ()


class Needs(Struct, frozen=True, kw_only=True):
    """What is needed, by everybody.

    Parameters
    ----------
    needing:
        By user, then groups.
    beside:
        What servers ask beside these requests.
    log:
        The log, with its window and its blind spots; None where there was none.
    stated:
        The files that state needs.
    diagnostics:
        What could not be read or understood of logs and files.
    """

    needing: tuple[Needing, ...]
    beside: tuple[Beside, ...] = ()
    log: AuditLog | None = None
    stated: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


class Stated(Struct, frozen=True, kw_only=True):
    """A rule that somebody says is needed.

    Parameters
    ----------
    principal:
        Who needs it, as a person writes a principal; ``""`` for whoever is asked about.
    rule:
        What. Where it has resources and ``apiGroups`` is None, they are as a person writes
        them: ``deploy``, ``deployments.apps``, ``pods/log``.
    namespace:
        Where; ``""`` for all namespaces, None where it is not said.
    file, line:
        Where it stands.
    """

    principal: str = ""
    rule: PolicyRule
    namespace: str | None = None
    file: str
    line: int


class Referred(Struct, frozen=True, kw_only=True, order=True):
    """A Secret that Pods of a ServiceAccount refer to: the kubelet brings it, no right is needed.

    Parameters
    ----------
    namespace, name:
        The Secret.
    by:
        The Pod, workload or ServiceAccount that refers to it, as ``Deployment shop/web``.
    how:
        In words: ``container web: env from key password``, ``imagePullSecrets``.
    """

    namespace: str
    name: str
    by: str
    how: str


def is_met(needed: Needed, allowed: Callable[[Request], bool]) -> bool:
    """Whether what is needed is allowed, by itself or by what is enough instead.

    Parameters
    ----------
    needed:
        The need.
    allowed:
        Says whether the identity is allowed a request.

    Examples
    --------
    >>> get = Needed(request=Request("get", resource="secrets", name="db"), evidence="stated")
    >>> is_met(get, lambda request: request.verb == "get")
    True
    """
    return allowed(needed.request) or (bool(needed.instead) and all(map(allowed, needed.instead)))


def is_stated(needed: Needed) -> bool:
    """Whether somebody states a need, by the file and line that its evidence names.

    Examples
    --------
    >>> get = Request("get", resource="pods")
    >>> [
    ...     is_stated(Needed(request=get, evidence=words))
    ...     for words in ("audit log", "audit log, n.txt:3", "--verbs read", "kept: no log")
    ... ]
    [False, True, False, False]
    """
    return needed.evidence.rpartition(":")[2].isdigit()
