"""What an audit log cannot show, in words: the one place where they are made."""

from collections.abc import Callable

from rbacgraph.model.inputs.audit_policy import AuditRule, GroupResources
from rbacgraph.model.inputs.blind_spot import BlindSpot, Unseen
from rbacgraph.report.text.codes.by_table import by_table
from rbacgraph.report.text.layout.text import count


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


WORDS: dict[Unseen, str | Callable[..., str]] = {
    Unseen.OUTCOMES: lambda number: (
        f"the outcome of {count(number, 'request')}: the responses are not in the log"
    ),
    Unseen.NAMES: "the names of {:,} requests: the log has too many",
    Unseen.READS: "reads: there are none, so the audit policy may leave them out",
    Unseen.ENDED_WATCHES: "watches that ended after the log: it has no stage ResponseStarted",
    Unseen.WEBSOCKETS: (
        "create on exec, attach and portforward by WebSocket, which is needed besides get"
        " since Kubernetes 1.35"
    ),
    Unseen.RARE: "what happens more seldom than the log is long",
    Unseen.RARE_OR_LEFT_OUT: (
        "what the audit policy leaves out, and what happens more seldom than the log is long"
    ),
    Unseen.CHECKS: lambda *verbs: f"checks for {', '.join(verbs)}: no event names them",
    Unseen.LEFT_OUT: lambda rule, file: f"{_what(rule)}, {_place(rule, file)}",
    Unseen.OUTCOMES_LEFT_OUT: _outcomes(""),
    Unseen.OUTCOMES_LEFT_OUT_BUT_OF_STREAMS: _outcomes(", but of watches and streams"),
    Unseen.NO_RULE: "requests that no rule of the audit policy names ({})",
}

BlindSpot.words = by_table(WORDS)
