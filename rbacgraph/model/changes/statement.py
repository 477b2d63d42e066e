"""Statements about changes: notes, reasons, what an edit does, why there is no proof.

Words are made of them in :mod:`rbacgraph.report.text.codes.statements.words` alone.
"""

from collections.abc import Iterable
from enum import IntEnum, auto
from typing import Any, final

from rbacgraph.model.phrase import Phrase


class Say(IntEnum):
    """What is stated; called with what it is about, it is a statement.

    Objects are given by kind, namespace and name, and principals as they are printed.

    Examples
    --------
    >>> Say.NOBODY_HAS_IT(), Say.GIVES_ROLE("reader", "user:alice")
    (NOBODY_HAS_IT(), GIVES_ROLE('reader', 'user:alice'))
    """

    NOTHING = auto()
    AS_WRITTEN = auto()
    ALL_OF = auto()
    EDIT_OF = auto()
    # why a role or binding is not edited; answers list the reasons in this order
    RULES_ARE_TAKEN_OVER = auto()
    IS_AGGREGATED = auto()
    HAS_NO_PODS = auto()
    IS_OF_OPERATORS = auto()
    IS_SCATTERED = auto()
    HAS_TOOL = auto()
    ALL_ARE_UNSEEN = auto()
    SOME_ARE_UNSEEN = auto()
    ASKED_IS_UNSEEN = auto()
    HOLDERS_ARE_UNSEEN = auto()
    IS_REVIEWED = auto()
    IS_SHARED = auto()
    IS_SHIPPED = auto()
    IS_TWICE = auto()
    IS_BOUND_TWICE = auto()
    # what a suggestion leaves, and cannot know
    ROLES_ARE_NOT_EDITED = auto()
    ROLES_ARE_LEFT = auto()
    SUBJECTS_MAY_COME_BACK = auto()
    SHIPPED_BINDINGS_STAY = auto()
    OTHERS_MAY_HAVE_ROLES = auto()
    NO_BINDING_NAMES = auto()
    NO_BINDING_GIVES = auto()
    NEEDS_ARE_UNMET = auto()
    NO_EVIDENCE = auto()
    NO_EVIDENCE_OF_MEMBERS = auto()
    UNSEEN_LOSE = auto()
    STARS_DO_NOT_COUNT = auto()
    IMPOSSIBLE_NAMESPACES = auto()
    NAMESPACES_ARE_ABSENT = auto()
    MEMBERS_ARE_THOSE_SEEN = auto()
    UNSEEN_MEMBERS_LOSE = auto()
    IS_LEFT_TO_OTHERS = auto()
    KUBELET_GIVES_SECRETS = auto()
    SPARE_PERMISSIONS = auto()
    HALF_OF_A_CACHE = auto()
    MAKES_TOKENS = auto()
    HALF_OF_A_STREAM = auto()
    PODS_BY_NAME = auto()
    KEPT_BY_EVIDENCE = auto()
    KEPT_AS_PROVEN_USED = auto()
    KEPT_FOR_ROLES_OF = auto()
    CHECKS_OF_A_STAR = auto()
    CHECKS_OF_WRITERS = auto()
    IS_STILL_ADMIN = auto()
    IS_STILL_ADMIN_OF = auto()
    # what rewriting did
    REWRITTEN = auto()
    TAKEN_TOO = auto()
    UNKNOWN_GROUPS = auto()
    UNKNOWN_VERBS = auto()
    OF_UNKNOWN_GROUPS = auto()
    UNKNOWN_IN_GROUP = auto()
    NO_POD_REFERS = auto()
    NO_SECRET_IS_LEFT_TO = auto()
    NO_POD_HAS_ROLE = auto()
    OPERATORS_LOSE = auto()
    OTHER_GRANTS_GIVE_IT = auto()
    BY_ITS_NAME = auto()
    BY_A_LABEL = auto()
    BY_AN_IMAGE = auto()
    BY_WHAT_IT_WRITES = auto()
    # why a suggestion changes an object
    NARROWED = auto()
    WHAT_IT_NEEDS = auto()
    GIVES_ROLE = auto()
    WITHOUT = auto()
    HAS_INSTEAD = auto()
    OTHERS_GIVE_ITS_NEEDS = auto()
    NEEDS_NOTHING_OF_IT = auto()
    IN_PLACE_OF = auto()
    NOTHING_GIVES_IT = auto()
    HAS_NO_SUBJECTS = auto()
    NOBODY_HAS_IT = auto()
    # what an edit does
    MOUNTS_NO_TOKEN = auto()
    BINDS_ELSEWHERE = auto()
    TAKES_SUBJECTS = auto()
    TAKES_RULE = auto()
    TAKES_PARTS = auto()
    TAKES_VERBS = auto()
    TAKES_RESOURCES = auto()
    TAKES_NAMES = auto()
    LEAVES_CREATE = auto()
    NAMES_OTHER_SECRETS = auto()
    NAMES_ALONE = auto()
    LEAVES_NAMED = auto()
    # what an edit takes, and a warning about it
    LOSES_TOKEN = auto()
    LOSES_RIGHTS = auto()
    LOSES_UNKNOWN = auto()
    LOSES_ROLE = auto()
    TOKENS_STAY = auto()
    NAMES_ARE_EXACT = auto()
    IS_PUT_BACK = auto()
    NO_LOG_SHOWS_USE = auto()
    POLICY_HIDES_USE = auto()
    # why a cut does not use an edit
    ONLY_KEPT_ARE_BOUND = auto()
    NAME_IS_MADE_BY = auto()
    NAME_IS_MADE_UP = auto()
    TOKEN_IS_NEEDED = auto()
    REQUEST_IS_NEEDED = auto()
    PATH_IS_KEPT = auto()
    DENIES_TOGETHER = auto()
    NEEDED_TOGETHER = auto()
    # notes of a cut
    DOES_NOT_REACH_IT = auto()
    STILL_KNOWS_IT = auto()
    SEARCH_WAS_ENDED = auto()
    # how an object differs from that of a saved answer
    IS_GONE = auto()
    IS_ANOTHER = auto()
    RULES_DIFFER = auto()
    TOKEN_DIFFERS = auto()
    SUBJECTS_DIFFER = auto()
    # why a saved answer is not proven
    ROLE_REF_CHANGES = auto()
    ROLE_IS_OF_GROUP = auto()
    SUBJECT_IS_OF_GROUP = auto()
    LEAVES_OUT_ROLE = auto()
    REPEATS_ROLE = auto()
    MISSTATES_ROLE = auto()
    DESCRIBES_UNWRITTEN = auto()
    ADDED_WAS_HELD = auto()
    ADDED_IS_NOT_GIVEN = auto()
    LOSSES_DIFFER = auto()
    DELETES_NEEDED = auto()
    LACKS_DELETION = auto()
    DELETIONS_ARE_REORDERED = auto()
    LOSES_MORE = auto()
    DELETIONS_TAKE_RIGHTS = auto()
    IS_DENIED = auto()
    GETS_MORE = auto()
    GETS_MORE_OF_VAULT = auto()
    TOKENS_GET_MORE_OF_VAULT = auto()
    IS_NEEDED_BY_NOBODY = auto()
    IS_NOT_CUT_OFF = auto()
    IS_NOT_KEPT = auto()
    IS_STILL_WRITTEN = auto()
    IS_LOST = auto()

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
