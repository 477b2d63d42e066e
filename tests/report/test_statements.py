"""Statements about changes: each code has words, which name what it is about."""

import pickle

from rbacgraph.model.answers.added_words import Adding
from rbacgraph.model.answers.inference import Inferred
from rbacgraph.model.answers.vault_reason import LoginCode
from rbacgraph.model.changes.statement import NOTHING, Say, all_of
from rbacgraph.model.changes.suggestion import Permission
from rbacgraph.model.inputs.audit_policy import AuditRule, GroupResources
from rbacgraph.model.inputs.blind_spot import Unseen
from rbacgraph.model.inputs.need_evidence import How, NeedEvidence
from rbacgraph.model.phrase import Phrase
from rbacgraph.model.request import Request
from tests.tables import each_of

ROLE = ("Role", "n-s", "r-ole")
OTHER = ("ClusterRole", "", "o-ther")
RULE = (7, "v-erb on t-hing")
SIGN = ("label", "k-ey=v-alue")
RIGHT = Permission(verb="v-erb", resource="t-hing")
REASON = Say.HAS_TOOL("t-ool", SIGN)
LOGGED = NeedEvidence.of(How.LOG)
WHERE = ((ROLE, ("t-hing", "o-thing")),)

ABOUT = {
    Say.NOTHING: [()],
    Say.AS_WRITTEN: [("{w-ords}",)],
    Say.ALL_OF: [(REASON, Say.NARROWED())],
    Say.EDIT_OF: [(ROLE,), (ROLE, Say.TAKES_RULE(RULE))],
    Say.RULES_ARE_TAKEN_OVER: [("t-aker", SIGN)],
    Say.IS_AGGREGATED: [("", SIGN)],
    Say.HAS_NO_PODS: [(False,)],
    Say.IS_OF_OPERATORS: [(False,)],
    Say.IS_SCATTERED: [(True,)],
    Say.HAS_TOOL: [("t-ool", ()), ("t-ool", SIGN)],
    Say.SOME_ARE_UNSEEN: [(), ("u-ser", False, 0), ("g-roup", True, 3)],
    Say.ASKED_IS_UNSEEN: [(False,)],
    Say.ALL_ARE_UNSEEN: [()],
    Say.HOLDERS_ARE_UNSEEN: [()],
    Say.IS_REVIEWED: [()],
    Say.IS_SHARED: [(False,), (True,)],
    Say.IS_SHIPPED: [(), ("", SIGN)],
    Say.IS_TWICE: [()],
    Say.IS_BOUND_TWICE: [(ROLE,)],
    Say.ROLES_ARE_NOT_EDITED: [(REASON, ROLE), (REASON, ROLE, OTHER)],
    Say.ROLES_ARE_LEFT: [(REASON, (ROLE, None)), (REASON, (ROLE, ("u-ser", True, 0)))],
    Say.SUBJECTS_MAY_COME_BACK: [(ROLE, REASON)],
    Say.SHIPPED_BINDINGS_STAY: [("b-inding", "o-ther")],
    Say.OTHERS_MAY_HAVE_ROLES: [("Roles", "RoleBindings")],
    Say.NO_BINDING_NAMES: [("u-ser",)],
    Say.NO_BINDING_GIVES: [(ROLE,)],
    Say.NEEDS_ARE_UNMET: [(1,), (2,)],
    Say.NO_EVIDENCE: [("u-ser",)],
    Say.NO_EVIDENCE_OF_MEMBERS: [("g-roup",), ("g-roup", "u-ser")],
    Say.UNSEEN_LOSE: [("u-ser",), ("u-ser", "o-ther")],
    Say.STARS_DO_NOT_COUNT: [()],
    Say.IMPOSSIBLE_NAMESPACES: [("n s",)],
    Say.NAMESPACES_ARE_ABSENT: [("n-s",), ("n-s", "o-ther")],
    Say.MEMBERS_ARE_THOSE_SEEN: [("g-roup",)],
    Say.UNSEEN_MEMBERS_LOSE: [("g-roup", "u-ser")],
    Say.IS_LEFT_TO_OTHERS: [
        ((ROLE,), (), (("v-erb", "t-hing"),)),
        ((ROLE, OTHER), ("u-ser",), (("v-erb", "t-hing"),)),
    ],
    Say.KUBELET_GIVES_SECRETS: [(("n-s/s-ecret", "Pod n-s/p-od"),)],
    Say.SPARE_PERMISSIONS: [((ROLE, (("u-ser", 3, "n-s"), ("o-ther", 4, ""))),)],
    Say.HALF_OF_A_CACHE: [(("--o-ption",), WHERE), (("--o-ption", "--o-ther"), WHERE)],
    Say.MAKES_TOKENS: [(ROLE, OTHER)],
    Say.HALF_OF_A_STREAM: [(WHERE,)],
    Say.PODS_BY_NAME: [(WHERE,)],
    Say.KEPT_BY_EVIDENCE: [(LOGGED, ("v-erb", "t-hing"))],
    Say.KEPT_AS_PROVEN_USED: [(("v-erb", "t-hing"),)],
    Say.KEPT_FOR_ROLES_OF: [("u-ser", ("v-erb", "t-hing"))],
    Say.CHECKS_OF_A_STAR: [(((("v-erb",), ("t-hing", "o-thing")),), ROLE)],
    Say.CHECKS_OF_WRITERS: [(((("v-erb",), ("t-hing", "o-thing")),), ROLE)],
    Say.IS_STILL_ADMIN: [(("v-erb", "o-verb"), "u-ser")],
    Say.IS_STILL_ADMIN_OF: [
        (("v-erb", "o-verb"), ("n-s", "o-ther"), "u-ser"),
        (("v-erb",), ("n-s",), "u-ser", "o-ther"),
        (("v-erb",), ("",), "u-ser"),
    ],
    Say.REWRITTEN: [(("t-hing", "o-ther"), True, True)],
    Say.TAKEN_TOO: [(Say.UNKNOWN_VERBS(), ROLE)],
    Say.UNKNOWN_GROUPS: [()],
    Say.UNKNOWN_VERBS: [()],
    Say.OF_UNKNOWN_GROUPS: [("*",), ("*/s-ub",)],
    Say.UNKNOWN_IN_GROUP: [("*", ""), ("*/s-ub", "g-roup")],
    Say.NO_POD_REFERS: [("u-ser",)],
    Say.NO_SECRET_IS_LEFT_TO: [("u-ser",)],
    Say.NO_POD_HAS_ROLE: [(ROLE,)],
    Say.OPERATORS_LOSE: [(False, ("u-ser", "n-ame", Say.BY_ITS_NAME())), (True,)],
    Say.OTHER_GRANTS_GIVE_IT: [("u-ser",)],
    Say.BY_ITS_NAME: [()],
    Say.BY_A_LABEL: [("k-ey=v-alue", ROLE)],
    Say.BY_AN_IMAGE: [("i-mage", ROLE)],
    Say.BY_WHAT_IT_WRITES: [(ROLE, "t-hing/status")],
    Say.NARROWED: [()],
    Say.WHAT_IT_NEEDS: [("u-ser", False, ()), ("u-ser", True, ("Role r-ole", "Role o-ther"))],
    Say.GIVES_ROLE: [("r-ole", "u-ser")],
    Say.WITHOUT: [(("u-ser", Say.HAS_INSTEAD("r-ole")), ("o-ther", Say.OTHERS_GIVE_ITS_NEEDS()))],
    Say.HAS_INSTEAD: [("r-ole", "o-ther")],
    Say.OTHERS_GIVE_ITS_NEEDS: [()],
    Say.NEEDS_NOTHING_OF_IT: [(False,), (True,)],
    Say.IN_PLACE_OF: [("Role r-ole", "Role o-ther")],
    Say.NOTHING_GIVES_IT: [()],
    Say.HAS_NO_SUBJECTS: [()],
    Say.NOBODY_HAS_IT: [()],
    Say.MOUNTS_NO_TOKEN: [()],
    Say.BINDS_ELSEWHERE: [(("u-ser",), ("n-s", "o-ther"))],
    Say.TAKES_SUBJECTS: [(("g-roup",), ()), (("g-roup",), ("u-ser", "o-ther"))],
    Say.TAKES_RULE: [(RULE,)],
    Say.TAKES_PARTS: [(RULE, ("p-art", "o-ther"), True)],
    Say.TAKES_VERBS: [(RULE, "v-erb"), (RULE, "v-erb", "o-ther")],
    Say.TAKES_RESOURCES: [(RULE, "t-hing")],
    Say.TAKES_NAMES: [(RULE, ("n-ame",), False), (RULE, ("n-ame", "o-ther"), True)],
    Say.LEAVES_CREATE: [(RULE, True)],
    Say.NAMES_OTHER_SECRETS: [(RULE, ("n-ame",), ("list", "watch"), False)],
    Say.NAMES_ALONE: [(RULE, ("n-ame", "o-ther"), True)],
    Say.LEAVES_NAMED: [(RULE, ("g-one",), ("k-ept",), False)],
    Say.LOSES_TOKEN: [()],
    Say.LOSES_RIGHTS: [("v-erb on t-hing",), ("v-erb on t-hing", "n-ame")],
    Say.NOT_LISTED: [()],
    Say.LOSES_UNKNOWN: [()],
    Say.LOSES_ROLE: [("ClusterRole", "r-ole", ""), ("ClusterRole", "r-ole", "n-s", "o-ther")],
    Say.TOKENS_STAY: [()],
    Say.NAMES_ARE_EXACT: [()],
    Say.IS_PUT_BACK: [(REASON,)],
    Say.NO_LOG_SHOWS_USE: [("v-erb on t-hing",)],
    Say.POLICY_HIDES_USE: [("v-erb on t-hing",)],
    Say.ONLY_KEPT_ARE_BOUND: [()],
    Say.NAME_IS_MADE_BY: [("Pod", "p-od", "ReplicaSet m-aker")],
    Say.NAME_IS_MADE_UP: [("Pod", "p-od")],
    Say.TOKEN_IS_NEEDED: [("u-ser", NeedEvidence.of(How.KEPT))],
    Say.REQUEST_IS_NEEDED: [
        ("u-ser", Request("v-erb", "", "t-hing", "", "n-s", "n-ame"), LOGGED),
        ("u-ser", Request("v-erb", path="/u-rl"), LOGGED),
    ],
    Say.PATH_IS_KEPT: [("u-ser", "o-ther")],
    Say.DENIES_TOGETHER: [()],
    Say.NEEDED_TOGETHER: [(Say.PATH_IS_KEPT("u-ser"),)],
    Say.DOES_NOT_REACH_IT: [("u-ser",)],
    Say.STILL_KNOWS_IT: [()],
    Say.SEARCH_WAS_ENDED: [()],
    Say.IS_GONE: [()],
    Say.IS_ANOTHER: [()],
    Say.RULES_DIFFER: [()],
    Say.TOKEN_DIFFERS: [()],
    Say.SUBJECTS_DIFFER: [()],
    Say.ROLE_REF_CHANGES: [(ROLE,)],
    Say.ROLE_IS_OF_GROUP: [(ROLE, "g-roup")],
    Say.SUBJECT_IS_OF_GROUP: [(ROLE, "User", "g-roup")],
    Say.LEAVES_OUT_ROLE: [(ROLE,)],
    Say.REPEATS_ROLE: [(ROLE,)],
    Say.MISSTATES_ROLE: [("action", ROLE), ("principals", OTHER)],
    Say.DESCRIBES_UNWRITTEN: [(ROLE,)],
    Say.ADDED_WAS_HELD: [("u-ser",)],
    Say.ADDED_IS_NOT_GIVEN: [("u-ser",)],
    Say.LOSSES_DIFFER: [("u-ser", ""), ("u-ser", "n-s")],
    Say.DELETES_NEEDED: [("c-ommand",)],
    Say.LACKS_DELETION: [("c-ommand",)],
    Say.DELETIONS_ARE_REORDERED: [()],
    Say.LOSES_MORE: [("u-ser", RIGHT, "n-s")],
    Say.DELETIONS_TAKE_RIGHTS: [()],
    Say.IS_DENIED: [("u-ser", RIGHT, ""), ("u-ser", RIGHT, "n-s")],
    Say.GETS_MORE: [("u-ser", RIGHT, ""), ("u-ser", RIGHT, "n-s")],
    Say.NAMES_A_TYPE: [("t-hing", "g-roup")],
    Say.GETS_MORE_OF_VAULT: [("u-ser", "p-ath", ("r-ead", "l-ist")), ("u-ser", "", ())],
    Say.TOKENS_GET_MORE_OF_VAULT: [("p-olicy", "p-ath", ("r-ead", "l-ist"))],
    Say.IS_NEEDED_BY_NOBODY: [(RIGHT, ROLE)],
    Say.IS_NOT_CUT_OFF: [("u-ser",)],
    Say.IS_NOT_KEPT: [("u-ser",)],
    Say.IS_STILL_WRITTEN: [("r-ole",)],
    Say.IS_LOST: [("p-lace", "r-ule")],
}
EVERY = [(code, subject) for code, subjects in ABOUT.items() for subject in subjects]


def names(subject):
    """All names that a subject holds, however deep; the others are codes, flags and numbers."""
    if isinstance(subject, str):
        return [subject] if "-" in subject else []
    if isinstance(subject, Permission):
        return [subject.verb, subject.resource]
    if isinstance(subject, Request):
        return [one for one in (subject.verb, subject.name, subject.path) if one]
    parts = subject.subject if isinstance(subject, Phrase) else subject
    return [name for one in parts for name in names(one)] if isinstance(parts, tuple) else []


RULE_OF_LOG = AuditRule("None", verbs=("v-erb",), resources=(GroupResources("g-roup"),), line=7)
OTHERS = [
    Unseen.OUTCOMES(1),
    Unseen.NAMES(1200),
    Unseen.READS(),
    Unseen.ENDED_WATCHES(),
    Unseen.WEBSOCKETS(),
    Unseen.RARE(),
    Unseen.RARE_OR_LEFT_OUT(),
    Unseen.CHECKS("v-erb", "o-ther"),
    Unseen.LEFT_OUT(RULE_OF_LOG, "f-ile"),
    Unseen.OUTCOMES_LEFT_OUT(RULE_OF_LOG, "f-ile"),
    Unseen.OUTCOMES_LEFT_OUT_BUT_OF_STREAMS(RULE_OF_LOG, "f-ile"),
    Unseen.NO_RULE("f-ile"),
    Inferred.NOTHING(),
    Inferred.IS_MADE("Certificate n-s/n-ame"),
    Inferred.IS_REFERRED_TO(),
    Inferred.MAY_BE_UNLISTED("n-s/n-ame"),
    Inferred.POLICIES_ARE_UNSEEN(),
    Inferred.KEYS_ARE_UNSEEN(),
    Inferred.READERS_ARE_UNSEEN(),
    Inferred.IS_NAMED_NOWHERE(Inferred.POLICIES_ARE_UNSEEN(), "vault:n-ame"),
    Inferred.OTHERS_MAY_LOG_IN(),
    Inferred.IS_NOT_IN_DUMP(),
    LoginCode.ALLOWS("r-ole", "n-s", (LoginCode.NEEDS_ADDRESS("a-ddress"),), ("p-olicy", "o-ther")),
    LoginCode.NONE_ALLOWS("m-ount", "o-ther"),
    LoginCode.NONE_IS_ADMITTED(),
    LoginCode.NEEDS_AUDIENCE("a-udience"),
    LoginCode.NEEDS_ADDRESS("a-ddress"),
    LoginCode.NEEDS_LABELS("s-elector"),
    LoginCode.NEEDS_CLAIMS("c-laim"),
    LoginCode.NEEDS_ENTITY("e-ntity"),
    LoginCode.NEEDS_OTHER_ENTITY("e-ntity"),
    LoginCode.NEEDS_TEMPLATES("p-olicy"),
    LoginCode.WITHIN("f-ield", "n-ame", "o-ther"),
    LoginCode.IDENTITY_READS("i-dentity"),
    LoginCode.IDENTITY_MAY_READ("i-dentity"),
    LoginCode.NO_IDENTITY_READS("r-ole of X"),
    Adding.SERVER_ALLOWS(""),
    Adding.SERVER_DENIES("r-eason"),
    Adding.LOGIN_READS(),
    Adding.LOGIN_MAY_READ(),
    Adding.NO_LOGIN_READS(),
    Adding.ELSE_THE_SAME("d-eed", "c-ondition"),
]


def test_each_code_has_words_and_an_example():
    assert set(Say) == set(ABOUT)
    assert [phrase.code for phrase in OTHERS] == [*Unseen, *Inferred, *LoginCode, *Adding]


@each_of(OTHERS, repr)
def test_words_name_what_another_phrase_is_about(phrase):
    assert all(name in str(phrase) for name in names(phrase)), str(phrase)
    assert bool(str(phrase)) is bool(phrase)


@each_of(EVERY)
def test_words_name_what_a_statement_is_about(example):
    code, subject = example
    words = str(code(*subject))
    assert all(name in words for name in names(subject)), words
    assert not any(mark in words for mark in ("None", "(')", "', '", "_", "  ")), words
    assert bool(words) is bool(code(*subject)) is (code is not Say.NOTHING)


def test_examples_differ():
    """No two codes are said alike, so that a reader can tell them apart."""
    said = [str(code(*subject)) for code, subject in EVERY]
    assert len(set(said)) == len(said)


def test_a_statement_is_what_it_states():
    """Words decide nothing: what reads alike is not the same."""
    assert Say.AS_WRITTEN(str(Say.NARROWED())) != Say.NARROWED()
    for code, subject in EVERY:
        assert pickle.loads(pickle.dumps(code(*subject))) == code(*subject)
    assert all_of([NOTHING, REASON, NOTHING]) == REASON
    assert str(all_of([REASON, Say.NARROWED()])) == f"{REASON}; {Say.NARROWED()}"


def test_few_are_listed_and_the_others_counted():
    assert str(Say.NO_POD_REFERS(*"abcdefa")).endswith(": a, b, c, d, e and 1 more")
    assert str(Say.NO_LOG_SHOWS_USE(*"abcdef")).endswith(": a, b, c and 3 more")
