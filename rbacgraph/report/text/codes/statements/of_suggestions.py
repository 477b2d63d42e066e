"""What suggestions state: why roles stay, what else to know, why an object changes."""

from collections.abc import Callable, Iterable, Sequence

from rbacgraph.model.changes.change import ObjectKey
from rbacgraph.model.changes.statement import Say, Statement
from rbacgraph.report.text.layout.text import count
from rbacgraph.report.text.words import object_name

_SHOWN = 5

SayWords = dict[Say, str | Callable[..., str]]
"""The words of each code: a template, or a function of the subject."""

_Where = Sequence[tuple[ObjectKey, Sequence[str]]]
"""Roles, each with resources."""


def key_words(key: ObjectKey) -> str:
    """Return an object in words.

    Examples
    --------
    >>> key_words(("Role", "shop", "reader"))
    'Role shop/reader'
    """
    kind, namespace, name = key
    return f"{kind} {object_name(namespace, name)}"


def listed(words: Iterable[str], shown: int = _SHOWN) -> str:
    """List the first few words, and count the others.

    Examples
    --------
    >>> listed("abcabcdefg")
    'a, b, c, d, e and 2 more'
    """
    found = list(dict.fromkeys(words))
    more = f" and {len(found) - shown:,} more" if len(found) > shown else ""
    return f"{', '.join(found[:shown])}{more}"


def _keys(keys: Iterable[ObjectKey]) -> str:
    return listed(map(key_words, keys))


def _requests(requests: Iterable[tuple[str, str]]) -> str:
    return listed(f"{verb} on {what}" for verb, what in requests)


def _where(roles: _Where) -> str:
    return listed(f"{key_words(role)} ({listed(resources)})" for role, resources in roles)


def _signed(words: str) -> Callable[..., str]:
    def say(name: str | ObjectKey = "", sign: Sequence[str] = ()) -> str:
        what = words.format(name if isinstance(name, str) else key_words(name))
        return f"{what} ({' '.join(sign)})" if sign else what

    return say


def _split(words: str) -> Callable[[bool], str]:
    return lambda split: f"{words}{', and it is to be split' if split else ''}"


def _principals(name: str, members: bool, others: int) -> str:
    more = f" and {count(others, 'other')}" if others else ""
    return f"{'all members of ' if members else ''}{name}{more}"


def _some_unseen(*unseen: str | bool | int) -> str:
    if not unseen:
        return "no evidence about some who have it"
    (_, members, others) = unseen
    has = "have" if members or others else "has"
    return f"no evidence about {_principals(*unseen)}, who {has} it too"  # type: ignore[arg-type]


def _not_edited(reason: Statement, *roles: ObjectKey) -> str:
    if len(roles) == 1:
        return f"{key_words(roles[0])} is not edited: {reason}"
    return f"{len(roles):,} roles are not edited, {reason}: {_keys(roles)}"


def _left(reason: Statement, *roles: tuple[ObjectKey, tuple[str, bool, int] | None]) -> str:
    number = "1 role is" if len(roles) == 1 else f"{len(roles):,} roles are"
    several = (
        f"{key_words(role)} (not of {_principals(*unseen)})" if unseen else key_words(role)
        for role, unseen in roles
    )
    return f"{number} left alone, {reason}: {listed(several)}"


def _unmet(number: int) -> str:
    what, it = ("1 request was", "it")
    if number > 1:
        what, it = f"{number:,} sorts of requests were", "them"
    return f"{what} allowed though nothing in the input grants {it}: no role was made for {it}"


def _no_members(name: str, *missing: str) -> str:
    some = f"these members of {name}: {listed(missing)}"
    return (
        f"no evidence about {some if missing else f'all members of {name}'}; state by --need what"
        " the group needs, or use --no-split to go by the members with evidence"
    )


def _unseen_lose(*names: str) -> str:
    lose = "loses" if len(names) == 1 else "lose"
    return (
        f"no evidence about {listed(names)}, who {lose} what the others do"
        " not need: --no-split narrows a role for all its holders"
    )


def _absent(*namespaces: str) -> str:
    number = "a namespace" if len(namespaces) == 1 else f"{len(namespaces):,} namespaces"
    return (
        f"roles are written for {number} that the input does not hold:"
        f" {listed(namespaces)}; kubectl apply refuses them if it is gone; for"
        " namespaces that come and go, state a need in the whole cluster by --need with -A"
    )


def _left_to_others(
    bindings: Sequence[ObjectKey], nodes: Sequence[str], requests: Sequence[tuple[str, str]]
) -> str:
    others = _keys(bindings)
    if nodes:
        others += f", which grants it to {listed(nodes)},"
    return (
        f"what was granted twice is left to {others} alone: {_requests(requests)}; a suggestion"
        " from the same input that narrows those may take it away: apply one, then ask again"
    )


def _spare(*roles: tuple[ObjectKey, Sequence[tuple[str, int, str]]]) -> str:
    words = (
        f"{key_words(role)} ({listed(_idle(*one) for one in holders)})" for role, holders in roles
    )
    return (
        "permissions kept where they are not needed, as one role serves all who have it:"
        f" {listed(words)}; --split gives each a role of its own"
    )


def _idle(name: str, number: int, scope: str) -> str:
    return f"{name} {number:,}{f' in {scope}' if scope else ''}"


_Checks = Sequence[tuple[Sequence[str], Sequence[str]]]


def _checks(checks: _Checks) -> str:
    return "; ".join(f"{', '.join(verbs)} on {', '.join(what)}" for verbs, what in checks)


def _star_checks(checks: _Checks, *roles: ObjectKey) -> str:
    return (
        f"{_checks(checks)}: not kept, as no log can show it and only the * of {_keys(roles)} gave"
        " it; state it where it is needed"
    )


def _checks_of_writers(checks: _Checks, *roles: ObjectKey) -> str:
    return (
        f"{_checks(checks)} of {_keys(roles)}: not kept, as the log holds each role and binding"
        " that was written, and none needs it; state it where others are to be written"
    )


def _still_admin_of(verbs: Sequence[str], namespaces: Sequence[str], *names: str) -> str:
    """Say of which namespaces somebody is admin; an empty name is each."""
    each = (
        f"namespace {listed(namespaces)}"
        if len(namespaces) == 1
        else (f"namespaces {listed(namespaces)}")
    )
    what = each if all(namespaces) else "every namespace"
    return f"still effectively admin of {what} by {' and by '.join(verbs)}: {listed(names)}"


def _rewritten(without: Sequence[str], references: bool, tidy: bool) -> str:
    found = [f"without {' and '.join(without)}"] if without else []
    if references:
        found.append("of Secrets only what the Pods of those who have it refer to")
    if tidy:
        found.append("in the fewest rules")
    return ", ".join(found)


def _entry(entry: str) -> str:
    return "resources" if entry == "*" else entry


def _unknown_in(entry: str, group: str) -> str:
    where = f"API group {group}" if group else "the core API group"
    return f"{_entry(entry)} of {where} that are not known"


def _operators_lose(references: bool, *operators: tuple[str, str, Statement]) -> str:
    words = (f"{who} ({name}: {sign})" for who, name, sign in operators)
    no_pod = ", whose Pods name few of the Secrets that they read"
    return (
        "operators and controllers are among those who lose something"
        f"{no_pod if references else ''}: {listed(words)}"
    )


def _by_label(label: str, of: ObjectKey) -> str:
    return f"label {label} of {key_words(of)}"


def _needs(keeps: bool) -> str:
    return "keeps" if keeps else "needs"


def _what_it_needs(who: str, keeps: bool, places: Sequence[str]) -> str:
    instead = f", in the place of {' and '.join(places)}" if places else ""
    return f"what {who} {_needs(keeps)}{instead}"


def _without(*principals: tuple[str, Statement]) -> str:
    return f"without {'; '.join(f'{who}, {has}' for who, has in principals)}"


OF_SUGGESTIONS: SayWords = {
    Say.RULES_ARE_TAKEN_OVER: _signed("ClusterRole {} takes over its rules"),
    Say.IS_AGGREGATED: _signed("aggregated: the control plane fills in its rules"),
    Say.HAS_NO_PODS: _split("for only ServiceAccounts have Pods"),
    Say.IS_OF_OPERATORS: _split("for operators and controllers have it too"),
    Say.IS_SCATTERED: _split("it is held in several namespaces"),
    Say.HAS_TOOL: _signed("managed by {}"),
    Say.SOME_ARE_UNSEEN: _some_unseen,
    Say.ASKED_IS_UNSEEN: _split("no evidence about the principal in question"),
    Say.ALL_ARE_UNSEEN: "no evidence about all who have it",
    Say.HOLDERS_ARE_UNSEEN: "no evidence about those who have it",
    Say.IS_REVIEWED: _signed("no object, but what the API server lists of your rights"),
    Say.IS_SHARED: _split("others have it too"),
    Say.IS_SHIPPED: _signed("shipped with Kubernetes"),
    Say.IS_TWICE: _signed("the input holds it in several versions"),
    Say.IS_BOUND_TWICE: _signed("the input holds {}, which gives it, in several versions"),
    Say.ROLES_ARE_NOT_EDITED: _not_edited,
    Say.ROLES_ARE_LEFT: _left,
    Say.SUBJECTS_MAY_COME_BACK: lambda key, manager: (
        f"{key_words(key)} is {manager}, which may put back the subjects taken out"
    ),
    Say.SHIPPED_BINDINGS_STAY: lambda *names: (
        f"bindings that Kubernetes ships are left alone: {listed(names)}"
    ),
    Say.OTHERS_MAY_HAVE_ROLES: lambda *kinds: (
        f"the cluster did not show all {listed(kinds)}: others may have these roles too"
    ),
    Say.NO_BINDING_NAMES: "no binding that can be changed names {}",
    Say.NO_BINDING_GIVES: lambda role: (
        f"no binding that can be changed gives {key_words(role)} to anybody"
    ),
    Say.NEEDS_ARE_UNMET: _unmet,
    Say.NO_EVIDENCE: "no evidence about {}, which keeps all rights: state its needs by --need",
    Say.NO_EVIDENCE_OF_MEMBERS: _no_members,
    Say.UNSEEN_LOSE: _unseen_lose,
    Say.STARS_DO_NOT_COUNT: (
        "requests for a resource named * do not count as needed: a rule that allows them"
        " allows everything"
    ),
    Say.IMPOSSIBLE_NAMESPACES: lambda *names: (
        "requests in namespaces with an impossible name do not count as needed:"
        f" {listed(map(repr, names))}"
    ),
    Say.NAMESPACES_ARE_ABSENT: _absent,
    Say.MEMBERS_ARE_THOSE_SEEN: lambda *groups: (
        f"the members of a group are taken to be those in the log and in --groups: {listed(groups)}"
    ),
    Say.UNSEEN_MEMBERS_LOSE: lambda group, *missing: (
        f"members of {group} without evidence lose what the others do not need: {listed(missing)}"
    ),
    Say.IS_LEFT_TO_OTHERS: _left_to_others,
    Say.KUBELET_GIVES_SECRETS: lambda *secrets: (
        "the kubelet gives its Pods these Secrets still, for which no right is needed:"
        f" {listed(f'{name} ({by})' for name, by in secrets)}"
    ),
    Say.SPARE_PERMISSIONS: _spare,
    Say.HALF_OF_A_CACHE: lambda options, roles: (
        f"list or watch alone: {_where(roles)}; what keeps a cache needs both, which"
        f" {' with '.join(options)} gives"
    ),
    Say.MAKES_TOKENS: lambda *roles: (
        f"create with patch on a Secret of one name: {_keys(roles)}; that is enough to"
        " make a token of any ServiceAccount of the namespace"
    ),
    Say.HALF_OF_A_STREAM: lambda roles: (
        f"get on a stream: {_where(roles)}; that is how WebSockets ask, which since Kubernetes"
        " 1.35 need create too, and the log does not show it: state it where it is needed"
    ),
    Say.PODS_BY_NAME: lambda roles: (
        f"Pods by name, and Pods come and go: {_where(roles)}; --names any takes them all"
    ),
    Say.KEPT_BY_EVIDENCE: lambda evidence, *requests: f"{evidence}: {_requests(requests)}",
    Say.KEPT_AS_PROVEN_USED: lambda *requests: (
        f"kept, as a request that passed proves its use: {_requests(requests)}"
    ),
    Say.KEPT_FOR_ROLES_OF: lambda who, *requests: (
        f"kept, for the roles that {who} writes or binds: {_requests(requests)}"
    ),
    Say.CHECKS_OF_A_STAR: _star_checks,
    Say.CHECKS_OF_WRITERS: _checks_of_writers,
    Say.IS_STILL_ADMIN: lambda verbs, *names: (
        f"still effectively cluster-admin by {' and by '.join(verbs)}: {listed(names)}"
    ),
    Say.IS_STILL_ADMIN_OF: _still_admin_of,
    Say.REWRITTEN: _rewritten,
    Say.TAKEN_TOO: lambda lost, *roles: f"taken away too: {lost} ({_keys(roles)})",
    Say.UNKNOWN_GROUPS: "API groups that are not known",
    Say.UNKNOWN_VERBS: "verbs that are not known",
    Say.OF_UNKNOWN_GROUPS: lambda entry: f"{_entry(entry)} of API groups that are not known",
    Say.UNKNOWN_IN_GROUP: _unknown_in,
    Say.NO_POD_REFERS: lambda *names: (
        f"no Pod of these refers to a Secret by name: {listed(names)}"
    ),
    Say.NO_SECRET_IS_LEFT_TO: lambda *names: (
        f"only ServiceAccounts have Pods: no Secret is left to {listed(names)}"
    ),
    Say.NO_POD_HAS_ROLE: lambda role: (
        f"only ServiceAccounts have Pods, and none has {key_words(role)}"
    ),
    Say.OPERATORS_LOSE: _operators_lose,
    Say.OTHER_GRANTS_GIVE_IT: lambda *names: (
        f"other grants still give what was to be taken away to {listed(names)}"
    ),
    Say.BY_ITS_NAME: "its name",
    Say.BY_A_LABEL: _by_label,
    Say.BY_AN_IMAGE: lambda image, key: f"image {image} of {key_words(key)}",
    Say.BY_WHAT_IT_WRITES: lambda role, part: f"{key_words(role)} lets it write {part}",
    Say.NARROWED: "narrowed to what is needed of it",
    Say.WHAT_IT_NEEDS: _what_it_needs,
    Say.GIVES_ROLE: "gives {} to {}",
    Say.WITHOUT: _without,
    Say.HAS_INSTEAD: lambda *roles: f"which has {' and '.join(roles)} instead",
    Say.OTHERS_GIVE_ITS_NEEDS: "which needs of it only what other grants give",
    Say.NEEDS_NOTHING_OF_IT: lambda keeps: f"which {_needs(keeps)} nothing of it",
    Say.IN_PLACE_OF: lambda *roles: f"in the place of {', '.join(roles)}",
    Say.NOTHING_GIVES_IT: "nothing gives this today",
    Say.HAS_NO_SUBJECTS: "it has no subjects any more",
    Say.NOBODY_HAS_IT: "nobody has it any more",
}
