"""Statements about changes: notes, reasons, what an edit does, why there is no proof."""

from collections.abc import Callable, Iterable, Sequence
from itertools import starmap
from typing import TYPE_CHECKING, Any, TypeAlias, final

from rbacgraph.model.inputs.need_evidence import NeedEvidence
from rbacgraph.model.phrase import Code, Phrase, count, listed, object_words
from rbacgraph.model.request import Request

if TYPE_CHECKING:
    from rbacgraph.model.changes.suggestion import Permission

_Key: TypeAlias = tuple[str, str, str]
"""Kind, namespace and name of an object."""


_Where = Sequence[tuple[_Key, Sequence[str]]]
"""Roles, each with resources."""


def _keys(keys: Iterable[_Key]) -> str:
    return listed(starmap(object_words, keys))


def _requests(requests: Iterable[tuple[str, str]]) -> str:
    return listed(f"{verb} on {what}" for verb, what in requests)


def _where(roles: _Where) -> str:
    return listed(f"{object_words(*role)} ({listed(resources)})" for role, resources in roles)


def _signed(words: str) -> Callable[..., str]:
    def say(name: str | _Key = "", sign: Sequence[str] = ()) -> str:
        what = words.format(name if isinstance(name, str) else object_words(*name))
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


def _not_edited(reason: Phrase, *roles: _Key) -> str:
    if len(roles) == 1:
        return f"{object_words(*roles[0])} is not edited: {reason}"
    return f"{len(roles):,} roles are not edited, {reason}: {_keys(roles)}"


def _left(reason: Phrase, *roles: tuple[_Key, tuple[str, bool, int] | None]) -> str:
    number = "1 role is" if len(roles) == 1 else f"{len(roles):,} roles are"
    several = (
        f"{object_words(*role)} (not of {_principals(*unseen)})" if unseen else object_words(*role)
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


def _absent(*namespaces: str) -> str:
    number = "a namespace" if len(namespaces) == 1 else f"{len(namespaces):,} namespaces"
    return (
        f"roles are written for {number} that the input does not hold:"
        f" {listed(namespaces)}; kubectl apply refuses them if it is gone; for"
        " namespaces that come and go, state a need in the whole cluster by --need with -A"
    )


def _left_to_others(
    bindings: Sequence[_Key], nodes: Sequence[str], requests: Sequence[tuple[str, str]]
) -> str:
    others = _keys(bindings)
    if nodes:
        others += f", which grants it to {listed(nodes)},"
    return (
        f"what was granted twice is left to {others} alone: {_requests(requests)}; a suggestion"
        " from the same input that narrows those may take it away: apply one, then ask again"
    )


def _spare(*roles: tuple[_Key, Sequence[tuple[str, int, str]]]) -> str:
    words = (
        f"{object_words(*role)} ({listed(_idle(*one) for one in holders)})"
        for role, holders in roles
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


def _still_admin_of(verbs: Sequence[str], namespaces: Sequence[str], *names: str) -> str:
    """Say of which namespaces somebody is admin; an empty name is each."""
    each = f"namespace{'' if len(namespaces) == 1 else 's'} {listed(namespaces)}"
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


def _operators_lose(references: bool, *operators: tuple[str, str, Phrase]) -> str:
    words = (f"{who} ({name}: {sign})" for who, name, sign in operators)
    no_pod = ", whose Pods name few of the Secrets that they read"
    return (
        "operators and controllers are among those who lose something"
        f"{no_pod if references else ''}: {listed(words)}"
    )


def _needs(keeps: bool) -> str:
    return "keeps" if keeps else "needs"


def _what_it_needs(who: str, keeps: bool, places: Sequence[str]) -> str:
    instead = f", in the place of {' and '.join(places)}" if places else ""
    return f"what {who} {_needs(keeps)}{instead}"


_LONG = 120
_Rule = tuple[int, str]
"""A rule by its number, with what it allows."""


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


def _lost_role(kind: str, name: str, namespace: str, *spared: str) -> str:
    where = f" in {namespace}" if namespace else ""
    ended = f" in {', '.join(spared)}, and what is in no namespace" if spared else ""
    return f"{kind} {name}{where}{ended}"


def _would_lose(who: str, request: Request, evidence: NeedEvidence) -> str:
    what = request.path or request.full_resource
    name = f" {request.name}" if request.name else ""
    where = f" in {request.namespace}" if request.namespace else ""
    return f"{who} would lose {request.verb} on {what}{name}{where} ({evidence})"


_PARTS = {
    "scopes": "namespaces",
    "rules": "numbers of rules",
    "removed": "permissions that are removed",
    "narrowed": "permissions that are narrowed",
    "added": "permissions that are added",
}
"""The parts of a role's change that are not called as in JSON."""


def _permission(one: "Permission") -> str:
    thing = one.path or ".".join(filter(None, (one.resource, one.group)))
    return f"{one.verb} on {thing}{f' named {one.name}' if one.name else ''}"


def _scope(scope: str) -> str:
    return scope or "the whole cluster"


class Say(Code):
    """What is stated; called with what it is about, it is a statement.

    Objects are given by kind, namespace and name, and principals as they are printed.

    Examples
    --------
    >>> Say.NOBODY_HAS_IT(), Say.GIVES_ROLE("reader", "user:alice")
    (NOBODY_HAS_IT(), GIVES_ROLE('reader', 'user:alice'))
    """

    NOTHING = ""
    AS_WRITTEN = "{}"
    ALL_OF = (lambda *several: "; ".join(map(str, several)),)
    EDIT_OF = (lambda key, change="": f"{object_words(*key)}{f': {change}' if change else ''}",)
    # why a role or binding is not edited; answers list the reasons in this order
    RULES_ARE_TAKEN_OVER = (_signed("ClusterRole {} takes over its rules"),)
    IS_AGGREGATED = (_signed("aggregated: the control plane fills in its rules"),)
    HAS_NO_PODS = (_split("for only ServiceAccounts have Pods"),)
    IS_OF_OPERATORS = (_split("for operators and controllers have it too"),)
    IS_SCATTERED = (_split("it is held in several namespaces"),)
    HAS_TOOL = (_signed("managed by {}"),)
    ALL_ARE_UNSEEN = "no evidence about all who have it"
    SOME_ARE_UNSEEN = (_some_unseen,)
    ASKED_IS_UNSEEN = (_split("no evidence about the principal in question"),)
    HOLDERS_ARE_UNSEEN = "no evidence about those who have it"
    IS_REVIEWED = (_signed("no object, but what the API server lists of your rights"),)
    IS_SHARED = (_split("others have it too"),)
    IS_SHIPPED = (_signed("shipped with Kubernetes"),)
    IS_TWICE = (_signed("the input holds it in several versions"),)
    IS_BOUND_TWICE = (_signed("the input holds {}, which gives it, in several versions"),)
    # what a suggestion leaves, and cannot know
    ROLES_ARE_NOT_EDITED = (_not_edited,)
    ROLES_ARE_LEFT = (_left,)
    SUBJECTS_MAY_COME_BACK = "{:object} is {}, which may put back the subjects taken out"
    SHIPPED_BINDINGS_STAY = "bindings that Kubernetes ships are left alone: {all:some}"
    OTHERS_MAY_HAVE_ROLES = (
        "the cluster did not show all {all:some}: others may have these roles too"
    )
    NO_BINDING_NAMES = "no binding that can be changed names {}"
    NO_BINDING_GIVES = "no binding that can be changed gives {:object} to anybody"
    NEEDS_ARE_UNMET = (_unmet,)
    NO_EVIDENCE = "no evidence about {}, which keeps all rights: state its needs by --need"
    NO_EVIDENCE_OF_MEMBERS = (_no_members,)
    UNSEEN_LOSE = (
        lambda *names: (
            f"no evidence about {listed(names)}, who {'loses' if len(names) == 1 else 'lose'} what"
            " the others do not need: --no-split narrows a role for all its holders"
        ),
    )
    STARS_DO_NOT_COUNT = (
        "requests for a resource named * do not count as needed: a rule that allows them allows"
        " everything"
    )
    IMPOSSIBLE_NAMESPACES = (
        lambda *names: (
            "requests in namespaces with an impossible name do not count as needed:"
            f" {listed(map(repr, names))}"
        ),
    )
    NAMESPACES_ARE_ABSENT = (_absent,)
    MEMBERS_ARE_THOSE_SEEN = (
        "the members of a group are taken to be those in the log and in --groups: {all:some}"
    )
    UNSEEN_MEMBERS_LOSE = (
        "members of {0} without evidence lose what the others do not need: {rest:some}"
    )
    IS_LEFT_TO_OTHERS = (_left_to_others,)
    KUBELET_GIVES_SECRETS = (
        lambda *secrets: (
            "the kubelet gives its Pods these Secrets still, for which no right is needed:"
            f" {listed(f'{name} ({by})' for name, by in secrets)}"
        ),
    )
    SPARE_PERMISSIONS = (_spare,)
    HALF_OF_A_CACHE = (
        lambda options, roles: (
            f"list or watch alone: {_where(roles)}; what keeps a cache needs both, which"
            f" {' with '.join(options)} gives"
        ),
    )
    MAKES_TOKENS = (
        "create with patch on a Secret of one name: {all:objects}; that is enough to make a token"
        " of any ServiceAccount of the namespace"
    )
    HALF_OF_A_STREAM = (
        lambda roles: (
            f"get on a stream: {_where(roles)}; that is how WebSockets ask, which since Kubernetes"
            " 1.35 need create too, and the log does not show it: state it where it is needed"
        ),
    )
    PODS_BY_NAME = (
        lambda roles: (
            f"Pods by name, and Pods come and go: {_where(roles)}; --names any takes them all"
        ),
    )
    KEPT_BY_EVIDENCE = (lambda evidence, *requests: f"{evidence}: {_requests(requests)}",)
    KEPT_AS_PROVEN_USED = (
        lambda *requests: f"kept, as a request that passed proves its use: {_requests(requests)}",
    )
    KEPT_FOR_ROLES_OF = (
        lambda who, *requests: (
            f"kept, for the roles that {who} writes or binds: {_requests(requests)}"
        ),
    )
    CHECKS_OF_A_STAR = (
        lambda checks, *roles: (
            f"{_checks(checks)}: not kept, as no log can show it and only the * of {_keys(roles)}"
            " gave it; state it where it is needed"
        ),
    )
    CHECKS_OF_WRITERS = (
        lambda checks, *roles: (
            f"{_checks(checks)} of {_keys(roles)}: not kept, as the log holds each role and binding"
            " that was written, and none needs it; state it where others are to be written"
        ),
    )
    IS_STILL_ADMIN = (
        lambda verbs, *names: (
            f"still effectively cluster-admin by {' and by '.join(verbs)}: {listed(names)}"
        ),
    )
    IS_STILL_ADMIN_OF = (_still_admin_of,)
    # what rewriting did
    REWRITTEN = (_rewritten,)
    TAKEN_TOO = "taken away too: {0} ({rest:objects})"
    UNKNOWN_GROUPS = "API groups that are not known"
    UNKNOWN_VERBS = "verbs that are not known"
    OF_UNKNOWN_GROUPS = (lambda entry: f"{_entry(entry)} of API groups that are not known",)
    UNKNOWN_IN_GROUP = (
        lambda entry, group: (
            f"{_entry(entry)} of {f'API group {group}' if group else 'the core API group'} that are"
            " not known"
        ),
    )
    NO_POD_REFERS = "no Pod of these refers to a Secret by name: {all:some}"
    NO_SECRET_IS_LEFT_TO = "only ServiceAccounts have Pods: no Secret is left to {all:some}"
    NO_POD_HAS_ROLE = "only ServiceAccounts have Pods, and none has {:object}"
    OPERATORS_LOSE = (_operators_lose,)
    OTHER_GRANTS_GIVE_IT = "other grants still give what was to be taken away to {all:some}"
    BY_ITS_NAME = "its name"
    BY_A_LABEL = (lambda label, key: f"label {label} of {object_words(*key)}",)
    BY_AN_IMAGE = "image {} of {:object}"
    BY_WHAT_IT_WRITES = "{:object} lets it write {}"
    # why a suggestion changes an object
    NARROWED = "narrowed to what is needed of it"
    WHAT_IT_NEEDS = (_what_it_needs,)
    GIVES_ROLE = "gives {} to {}"
    WITHOUT = (lambda *several: f"without {'; '.join(f'{who}, {has}' for who, has in several)}",)
    HAS_INSTEAD = "which has {all:and} instead"
    OTHERS_GIVE_ITS_NEEDS = "which needs of it only what other grants give"
    NEEDS_NOTHING_OF_IT = (lambda keeps: f"which {_needs(keeps)} nothing of it",)
    IN_PLACE_OF = "in the place of {all:list}"
    NOTHING_GIVES_IT = "nothing gives this today"
    HAS_NO_SUBJECTS = "it has no subjects any more"
    NOBODY_HAS_IT = "nobody has it any more"
    # what an edit does
    MOUNTS_NO_TOKEN = "automountServiceAccountToken: false"
    BINDS_ELSEWHERE = "bind {:some} by RoleBindings in {:some} instead"
    TAKES_SUBJECTS = (
        lambda several, new: (
            f"take out {listed(several)}{', put in ' + ', '.join(new) if new else ''}"
        ),
    )
    TAKES_RULE = (lambda rule: f"take out {_place(rule)}",)
    TAKES_PARTS = (
        lambda rule, parts, is_listed: (
            f"take {_rules(parts)} out of {_place(rule)}{_rest(is_listed)}"
        ),
    )
    TAKES_VERBS = (_entries("verb"),)
    TAKES_RESOURCES = (_entries("resource"),)
    TAKES_NAMES = (
        lambda rule, names, is_listed: f"{_entries('name')(rule, *names)}{_rest(is_listed)}",
    )
    LEAVES_CREATE = (
        lambda rule, is_listed: (
            f"leave nothing but create on secrets in {_place(rule)}{_rest(is_listed)}"
        ),
    )
    NAMES_OTHER_SECRETS = (_name_others,)
    NAMES_ALONE = (
        lambda rule, names, is_listed: (
            f"name {listed(names)} alone in {_place(rule)}{_rest(is_listed)}"
        ),
    )
    LEAVES_NAMED = (
        lambda rule, gone, kept, is_listed: (
            f"of {_rules(gone)} leave {_rules(kept)} in {_place(rule)}{_rest(is_listed)}"
        ),
    )
    # what an edit takes, and a warning about it
    LOSES_TOKEN = "its token in Pods that do not ask for one"
    LOSES_RIGHTS = (
        lambda rule, *names: _rule(rule) + (f" but for {listed(names)}" if names else ""),
    )
    NOT_LISTED = "was not listed: types that the input does not show"
    LOSES_UNKNOWN = "what its * stands for and is not known"
    LOSES_ROLE = (_lost_role,)
    TOKENS_STAY = "existing Pods keep their tokens until they are recreated"
    NAMES_ARE_EXACT = "names are exact: what is needed later by another must be added here"
    IS_PUT_BACK = "{}: change it there too, or it is put back"
    NO_LOG_SHOWS_USE = (lambda *rights: f"no log shows whether this is used: {listed(rights, 3)}",)
    POLICY_HIDES_USE = (
        lambda *rights: (
            f"by the audit policy the log does not show whether this is used: {listed(rights, 3)}"
        ),
    )
    # why a cut does not use an edit
    ONLY_KEPT_ARE_BOUND = "only those kept are bound"
    NAME_IS_MADE_BY = "it names {} {}, made by {}: the next has another name"
    NAME_IS_MADE_UP = "it names {} {}, a name that is made up: the next has another"
    TOKEN_IS_NEEDED = "{} would lose its token in Pods ({})"
    REQUEST_IS_NEEDED = (_would_lose,)
    PATH_IS_KEPT = "{all:list}, which is kept, would lose its path"
    DENIES_TOGETHER = "together with others it denies what must stay"
    NEEDED_TOGETHER = "together with the others that are needed, {}"
    # notes of a cut
    DOES_NOT_REACH_IT = "{} is kept, but does not reach it today"
    STILL_KNOWS_IT = "a principal that has read it still knows it: change its value afterwards"
    SEARCH_WAS_ENDED = "the search was ended before a proof: there may be fewer changes"
    # how an object differs from that of a saved answer
    IS_GONE = "it is not there any more"
    IS_ANOTHER = "there is another of this name"
    RULES_DIFFER = "its rules are others"
    TOKEN_DIFFERS = "it mounts its token otherwise"
    SUBJECTS_DIFFER = "its subjects or its role are others"
    # why a saved answer is not proven
    ROLE_REF_CHANGES = "{:object} cannot be written: the roleRef of a binding never changes"
    ROLE_IS_OF_GROUP = "{:object} cannot be written: no role is of the API group {!r}"
    SUBJECT_IS_OF_GROUP = "{:object} cannot be written: no {} is of the API group {!r}"
    LEAVES_OUT_ROLE = "it does not describe {:object}, which it writes"
    REPEATS_ROLE = "it describes more than once {:object}, which it writes"
    MISSTATES_ROLE = (
        lambda part, key: (
            f"it lists other {_PARTS.get(part, part)} of {object_words(*key)} than its changes"
            " leave"
        ),
    )
    DESCRIBES_UNWRITTEN = "it describes {:object}, which none of its changes writes"
    ADDED_WAS_HELD = "it lists as added to {} what was held before"
    ADDED_IS_NOT_GIVEN = "it lists as added to {} what none of its changes gives"
    LOSSES_DIFFER = (
        lambda who, scope: (
            f"it lists other losses of {who} in {_scope(scope)} than its changes cause"
        ),
    )
    DELETES_NEEDED = "its changes leave nothing that {} is to delete"
    LACKS_DELETION = "it lacks {}"
    DELETIONS_ARE_REORDERED = "its deletions are in another order"
    LOSES_MORE = (
        lambda who, permission, scope: (
            f"more is lost than it says: {who} loses {_permission(permission)} in {scope}"
        ),
    )
    DELETIONS_TAKE_RIGHTS = "the deletions take away rights"
    IS_DENIED = (
        lambda who, permission, scope: (
            f"not enough: {who} is denied {_permission(permission)}"
            f"{f' in {scope}' if scope else ''}"
        ),
    )
    GETS_MORE = (
        lambda who, permission, scope: (
            f"more than before: {who} gets {_permission(permission)} in {_scope(scope)}"
        ),
    )
    NAMES_A_TYPE = "rules would name a type of which the input shows nothing: {}.{}"
    GETS_MORE_OF_VAULT = (
        lambda who, path, capabilities: (
            f"more than before: {who} gets {', '.join(capabilities)} on vault:{path}"
            if path
            else f"more than before: {who} logs in to Vault as it could not"
        ),
    )
    TOKENS_GET_MORE_OF_VAULT = (
        "more than before: a token with policy {0} gets {2:list} on vault:{1}"
    )
    IS_NEEDED_BY_NOBODY = (
        lambda permission, role: (
            f"needed by nobody: {_permission(permission)}, which {object_words(*role)} gives"
        ),
    )
    IS_NOT_CUT_OFF = "not cut off: {} still reaches it"
    IS_NOT_KEPT = "not kept: {} reaches it less directly"
    IS_STILL_WRITTEN = "still written: {}"
    IS_LOST = "lost: {}: {}"

    def __call__(self, *subject: Any) -> "Statement":  # noqa: ANN401 - each code has its own
        """Return the statement about a subject."""
        return Statement(self, subject)


@final
class Statement(Phrase):
    """What an answer about changes states; false if that is nothing."""

    __slots__ = ()


NOTHING = Say.NOTHING()


def all_of(several: Iterable[Statement]) -> Statement:
    """Return several statements as one.

    Examples
    --------
    >>> all_of([NOTHING, Say.NARROWED()]) == Say.NARROWED(), all_of([]) == NOTHING
    (True, True)
    """
    found = tuple(filter(None, several))
    return Say.ALL_OF(*found) if len(found) > 1 else next(iter(found), NOTHING)
