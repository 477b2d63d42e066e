"""Why an answer holds a Secret that the input lacks."""

from collections.abc import Sequence
from typing import final

from rbacgraph.model.did_you_mean import did_you_mean
from rbacgraph.model.phrase import Code, Phrase

_OTHER_LOGINS = "who logs in to Vault by other means than a ServiceAccount"


def _or_meant(words: str, near: Sequence[str]) -> str:
    meant = did_you_mean(near).removesuffix("?")
    return f"{words}; {meant}" if meant else words


class Inferred(Code):
    """How a Secret is known; called with what makes it, or what is called alike, it is the reason.

    Examples
    --------
    >>> bool(Inferred.NOTHING()), Inferred.IS_MADE("Certificate shop/web")
    (False, IS_MADE('Certificate shop/web'))
    """

    NOTHING = ""
    IS_MADE = "made by {}"
    IS_REFERRED_TO = "the input refers to it but does not hold it"
    MAY_BE_UNLISTED = (
        lambda *near: _or_meant(
            "the input neither holds nor mentions it, and does not list all Secrets", near
        ),
    )
    POLICIES_ARE_UNSEEN = "what the store's own policies let others read"
    KEYS_ARE_UNSEEN = "who else has the private key"
    READERS_ARE_UNSEEN = "who reads the repository, and who else has a key"
    IS_NAMED_NOWHERE = (lambda unseen, *near: _or_meant(f"no object names it; {unseen}", near),)
    OTHERS_MAY_LOG_IN = _OTHER_LOGINS
    IS_NOT_IN_DUMP = f"neither an object nor the dump of Vault names it; {_OTHER_LOGINS}"

    def __call__(self, *subject: "str | Inference") -> "Inference":
        """Return the reason."""
        return Inference(self, subject)


@final
class Inference(Phrase):
    """Why an answer holds a Secret that the input lacks; false where the input holds it."""

    __slots__ = ()


IN_INPUT = Inferred.NOTHING()
