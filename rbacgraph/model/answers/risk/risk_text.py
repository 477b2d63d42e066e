"""What an answer about risks states: causes, factors and changes, as codes."""

from typing import final

from rbacgraph.model.phrase import Code, Phrase, Words, count, fill, listing, object_words

RiskSubject = str | int | tuple[str, ...]
"""What a code is about: printed principals, objects as ``KIND NAMESPACE/NAME``, numbers."""


def _role(kind: str, namespace: str, name: str, bindings: tuple[str, ...]) -> str:
    others = [one for one in bindings if one != name]
    by = f" by {others[0]}" if len(others) == 1 else ""
    return object_words(kind, namespace, name) + (
        f" by {len(bindings):,} bindings" if not by and len(bindings) > 1 else by
    )


def _pod(kind: str, namespace: str, name: str, pods: int) -> str:
    number = f", {count(pods, 'Pod')}" if kind != "Pod" else ""
    return f"{object_words(kind, namespace, name)}: has its node{number}"


class RiskCode(Code):
    """What is stated; called with what it is about. Rows of changes have short words too.

    Examples
    --------
    >>> RiskCode.DELETES_SECRET("shop/token")
    DELETES_SECRET('shop/token')
    """

    def __init__(self, words: Words, short: Words = "") -> None:
        super().__init__(words)
        self.short: Words = short

    NOTHING = ""
    # causes
    BINDING_GIVES = (lambda *parts: f"{object_words(*parts[:3])} → {parts[-1]}",)
    ROLE_GIVES = (_role,)
    POD_IS_NODE = (_pod,)
    TOKEN_LASTS = "Secret {}/{}: a lasting token of {}"
    MASTERS_ARE_NAMED = (
        lambda members: f"group system:masters: the input names {count(len(members), 'member')}",
    )
    CLOUD_IS_MASTERS = "{all:object} → group system:masters"
    ALWAYS_ALLOWS = "{all:object}: allows every request"
    # who can start, and what is opened, beside what entries and values say
    NOBODY_STARTS = "nobody is known to start there"
    OPENS_CLUSTER = "full control of the cluster"
    OPENS_CONTROL_PLANE = "full control of the cluster, also through its control plane"
    # how certain that is
    IS_CERTAIN = "certain"
    IS_CONDITIONAL = "only under a condition"
    IS_DECLARED = "people who are bound to full control by name"
    # the change that closes it
    REMOVES_SUBJECTS = (
        lambda *key: f"remove {listing(key[-1])} from {object_words(*key[:-1])}",
        lambda *key: (
            "remove the subject" if len(key[-1]) == 1 else f"remove {len(key[-1]):,} subjects"
        ),
    )
    NARROWS_ROLE = (
        lambda *key: (
            f"narrow {listing([f'rules[{rule}]' for rule in key[-1]])} of {object_words(*key[:-1])}"
        ),
        lambda *key: f"narrow {count(len(key[-1]), 'rule')}",
    )
    DELETES_SECRET = ("delete Secret {}/{} and use short-lived tokens", "delete the Secret")
    CHANGES_POD = ("take the host from the Pods of {all:object}", "take the host away")
    TAKES_MEMBERS_OUT = (
        lambda members: (
            f"take {listing(members)} out of group system:masters: a certificate stays valid until"
            " it expires"
        ),
        lambda members: f"take out {count(len(members), 'member')}",
    )
    REMOVES_MAPPINGS = (
        lambda *key: f"remove {listing(key[-1])} from {object_words(*key[:-1])}",
        lambda *key: f"remove {count(len(key[-1]), 'mapping')}",
    )
    CHANGES_AUTHORIZERS = (
        "set --authorization-mode=Node,RBAC for every API server",
        "change the flag",
    )

    def __call__(self, *subject: RiskSubject) -> "RiskText":
        """Return the statement about a subject."""
        return RiskText(self, subject)


@final
class RiskText(Phrase):
    """What an answer about risks states."""

    __slots__ = ()

    @property
    def short(self) -> str:
        """A change in few words, for a table.

        Examples
        --------
        >>> RiskCode.DELETES_SECRET("shop", "token").short
        'delete the Secret'
        """
        assert isinstance(self.code, RiskCode)
        return fill(self.code.short, self.subject)
