"""What cuts state: what an edit does and takes, and why another one is not used."""

from collections.abc import Callable, Iterable, Sequence

from rbacgraph.model.changes.change import ObjectKey
from rbacgraph.model.changes.statement import Say, Statement
from rbacgraph.model.inputs.need_evidence import NeedEvidence
from rbacgraph.model.request import Request
from rbacgraph.report.text.codes.statements.of_suggestions import SayWords, key_words, listed

_LONG = 120
_FEW = 3

_Rule = tuple[int, str]
"""A rule by its number, with what it allows."""


def _edit_of(key: ObjectKey, change: Statement | None = None) -> str:
    return f"{key_words(key)}: {change}" if change else key_words(key)


def edited_object(edit: Statement) -> str:
    """Return the object of an edit in words."""
    return key_words(edit.subject[0])


def _subjects(several: Sequence[str], new: Sequence[str]) -> str:
    put_in = f", put in {', '.join(new)}" if new else ""
    return f"take out {listed(several)}{put_in}"


def _rule(whole: str) -> str:
    """Return what a rule allows in a limited number of words."""
    if len(whole) <= _LONG:
        return whole
    return whole[: whole.rindex(",", 0, _LONG) if "," in whole[:_LONG] else _LONG] + ", …"


def _rules(rules: Iterable[str]) -> str:
    return "; ".join(map(_rule, rules))


def _place(rule: _Rule) -> str:
    number, whole = rule
    return f"rules[{number}] ({_rule(whole)})"


def _rest(is_listed: bool) -> str:
    return ", and list what else its * is known to stand for" if is_listed else ""


def _entries(what: str) -> Callable[..., str]:
    def say(rule: _Rule, *entries: str) -> str:
        plural = f"{what}s" if len(entries) > 1 else what
        return f"take the {plural} {', '.join(entries)} out of {_place(rule)}"

    return say


def _name_others(rule: _Rule, names: Sequence[str], ended: Sequence[str], is_listed: bool) -> str:
    end = f", which ends {', '.join(ended)}" if ended else ""
    return f"name the other Secrets ({listed(names)}) in {_place(rule)}{end}{_rest(is_listed)}"


def _leave(rule: _Rule, gone: Sequence[str], kept: Sequence[str], is_listed: bool) -> str:
    return f"of {_rules(gone)} leave {_rules(kept)} in {_place(rule)}{_rest(is_listed)}"


def _lost_role(kind: str, name: str, namespace: str, *spared: str) -> str:
    where = f" in {namespace}" if namespace else ""
    ended = f" in {', '.join(spared)}, and what is in no namespace" if spared else ""
    return f"{kind} {name}{where}{ended}"


def _would_lose(who: str, request: Request, evidence: NeedEvidence) -> str:
    what = request.path or request.full_resource
    name = f" {request.name}" if request.name else ""
    where = f" in {request.namespace}" if request.namespace else ""
    return f"{who} would lose {request.verb} on {what}{name}{where} ({evidence})"


OF_CUTS: SayWords = {
    Say.EDIT_OF: _edit_of,
    Say.MOUNTS_NO_TOKEN: "automountServiceAccountToken: false",
    Say.BINDS_ELSEWHERE: lambda several, namespaces: (
        f"bind {listed(several)} by RoleBindings in {listed(namespaces)} instead"
    ),
    Say.TAKES_SUBJECTS: _subjects,
    Say.TAKES_RULE: lambda rule: f"take out {_place(rule)}",
    Say.TAKES_PARTS: lambda rule, parts, is_listed: (
        f"take {_rules(parts)} out of {_place(rule)}{_rest(is_listed)}"
    ),
    Say.TAKES_VERBS: _entries("verb"),
    Say.TAKES_RESOURCES: _entries("resource"),
    Say.TAKES_NAMES: lambda rule, names, is_listed: (
        f"{_entries('name')(rule, *names)}{_rest(is_listed)}"
    ),
    Say.LEAVES_CREATE: lambda rule, is_listed: (
        f"leave nothing but create on secrets in {_place(rule)}{_rest(is_listed)}"
    ),
    Say.NAMES_OTHER_SECRETS: _name_others,
    Say.NAMES_ALONE: lambda rule, names, is_listed: (
        f"name {listed(names)} alone in {_place(rule)}{_rest(is_listed)}"
    ),
    Say.LEAVES_NAMED: _leave,
    Say.LOSES_TOKEN: "its token in Pods that do not ask for one",
    Say.LOSES_RIGHTS: lambda rule, *names: (
        _rule(rule) + (f" but for {listed(names)}" if names else "")
    ),
    Say.LOSES_UNKNOWN: "what its * stands for and is not known",
    Say.LOSES_ROLE: _lost_role,
    Say.TOKENS_STAY: "existing Pods keep their tokens until they are recreated",
    Say.NAMES_ARE_EXACT: "names are exact: what is needed later by another must be added here",
    Say.IS_PUT_BACK: "{}: change it there too, or it is put back",
    Say.NO_LOG_SHOWS_USE: lambda *rights: (
        f"no log shows whether this is used: {listed(rights, _FEW)}"
    ),
    Say.POLICY_HIDES_USE: lambda *rights: (
        f"by the audit policy the log does not show whether this is used: {listed(rights, _FEW)}"
    ),
    Say.ONLY_KEPT_ARE_BOUND: "only those kept are bound",
    Say.NAME_IS_MADE_BY: "it names {} {}, made by {}: the next has another name",
    Say.NAME_IS_MADE_UP: "it names {} {}, a name that is made up: the next has another",
    Say.TOKEN_IS_NEEDED: "{} would lose its token in Pods ({})",
    Say.REQUEST_IS_NEEDED: _would_lose,
    Say.PATH_IS_KEPT: lambda *names: f"{', '.join(names)}, which is kept, would lose its path",
    Say.DENIES_TOGETHER: "together with others it denies what must stay",
    Say.NEEDED_TOGETHER: "together with the others that are needed, {}",
    Say.DOES_NOT_REACH_IT: "{} is kept, but does not reach it today",
    Say.STILL_KNOWS_IT: "a principal that has read it still knows it: change its value afterwards",
    Say.SEARCH_WAS_ENDED: "the search was ended before a proof: there may be fewer changes",
}
