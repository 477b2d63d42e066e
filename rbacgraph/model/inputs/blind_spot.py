"""What an audit log cannot show."""

from collections.abc import Callable
from typing import TypeAlias, final

from rbacgraph.model.inputs.audit_policy import AuditRule, GroupResources
from rbacgraph.model.phrase import Code, Phrase, count

HiddenBy: TypeAlias = "str | int | AuditRule"
"""What hides it: a number of requests, verbs, a rule of the audit Policy, its file."""


def _place(rule: AuditRule, file: str) -> str:
    return f"by the audit policy ({file}:{rule.line})"


def _outcomes(but: str) -> Callable[[AuditRule, str], str]:
    return lambda rule, file: f"the outcome of {_what(rule)}{but}, {_place(rule, file)}"


def _what(rule: AuditRule) -> str:
    """Return in words which requests a rule matches."""
    things = [*map(_resources, rule.resources or ()), *(rule.non_resource_urls or ())]
    anything = "all resources" if rule.namespaces else "everything"
    words = ", ".join(things) or anything
    if rule.verbs:
        words = f"{', '.join(rule.verbs)} on {words}"
    if rule.namespaces:
        words += f" in {', '.join(name or 'no namespace' for name in rule.namespaces)}"
    who = (*(rule.users or ()), *(f"members of {name}" for name in rule.user_groups or ()))
    if rule.users and rule.user_groups:
        return f"{words} by {', '.join(rule.users)} as members of {', '.join(rule.user_groups)}"
    return f"{words} by {', '.join(who)}" if who else words


def _resources(held: GroupResources) -> str:
    if not held.resources:
        return f"all of {held.group}" if held.group else "all of the core group"
    group = f".{held.group}" if held.group else ""
    words = ", ".join(f"{resource}{group}" for resource in held.resources)
    names = held.resource_names
    return f"{words} named {', '.join(names)}" if names else words


class Unseen(Code):
    """What is not seen; called with what hides it, it is a blind spot.

    Examples
    --------
    >>> Unseen.OUTCOMES(3)
    OUTCOMES(3)
    """

    OUTCOMES = (
        lambda number: (
            f"the outcome of {count(number, 'request')}: the responses are not in the log"
        ),
    )
    NAMES = "the names of {:,} requests: the log has too many"
    READS = "reads: there are none, so the audit policy may leave them out"
    ENDED_WATCHES = "watches that ended after the log: it has no stage ResponseStarted"
    WEBSOCKETS = (
        "create on exec, attach and portforward by WebSocket, which is needed besides get since"
        " Kubernetes 1.35"
    )
    RARE = "what happens more seldom than the log is long"
    RARE_OR_LEFT_OUT = (
        "what the audit policy leaves out, and what happens more seldom than the log is long"
    )
    CHECKS = "checks for {all:list}: no event names them"
    LEFT_OUT = (lambda rule, file: f"{_what(rule)}, {_place(rule, file)}",)
    OUTCOMES_LEFT_OUT = (_outcomes(""),)
    OUTCOMES_LEFT_OUT_BUT_OF_STREAMS = (_outcomes(", but of watches and streams"),)
    NO_RULE = "requests that no rule of the audit policy names ({})"

    def __call__(self, *subject: HiddenBy) -> "BlindSpot":
        """Return the blind spot."""
        return BlindSpot(self, subject)


@final
class BlindSpot(Phrase):
    """What a log cannot show."""

    __slots__ = ()
