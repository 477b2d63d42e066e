"""Why an answer holds a Secret that the input lacks: the one place where words are made of it."""

from collections.abc import Callable, Sequence

from rbacgraph.model.answers.inference import Inference, Inferred
from rbacgraph.model.did_you_mean import did_you_mean
from rbacgraph.report.text.codes.by_table import by_table

_OTHER_LOGINS = "who logs in to Vault by other means than a ServiceAccount"


def _or_meant(words: str, near: Sequence[str]) -> str:
    meant = did_you_mean(near).removesuffix("?")
    return f"{words}; {meant}" if meant else words


WORDS: dict[Inferred, str | Callable[..., str]] = {
    Inferred.NOTHING: "",
    Inferred.IS_MADE: "made by {}",
    Inferred.IS_REFERRED_TO: "the input refers to it but does not hold it",
    Inferred.MAY_BE_UNLISTED: lambda *near: _or_meant(
        "the input neither holds nor mentions it, and does not list all Secrets", near
    ),
    Inferred.POLICIES_ARE_UNSEEN: "what the store's own policies let others read",
    Inferred.KEYS_ARE_UNSEEN: "who else has the private key",
    Inferred.READERS_ARE_UNSEEN: "who reads the repository, and who else has a key",
    Inferred.IS_NAMED_NOWHERE: lambda unseen, *near: _or_meant(
        f"no object names it; {unseen}", near
    ),
    Inferred.OTHERS_MAY_LOG_IN: _OTHER_LOGINS,
    Inferred.IS_NOT_IN_DUMP: f"neither an object nor the dump of Vault names it; {_OTHER_LOGINS}",
}

Inference.words = by_table(WORDS)
