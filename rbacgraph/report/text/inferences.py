"""Why an answer holds a Secret that the input lacks: the one place where words are made of it."""

from collections.abc import Callable

from rbacgraph.model.answers.inference import Inference, Inferred
from rbacgraph.model.did_you_mean import did_you_mean
from rbacgraph.report.text.by_table import by_table

_POLICIES = "what the store's own policies let others read"
_OTHER_LOGINS = "who logs in to Vault by other means than a ServiceAccount"


def _unless(words: str) -> Callable[..., str]:
    def say(*near: str) -> str:
        meant = did_you_mean(near).removesuffix("?")
        return f"{words}; {meant}" if meant else words

    return say


WORDS: dict[Inferred, str | Callable[..., str]] = {
    Inferred.NOTHING: "",
    Inferred.IS_MADE: "made by {}",
    Inferred.IS_REFERRED_TO: "the input refers to it but does not hold it",
    Inferred.MAY_BE_UNLISTED: _unless(
        "the input neither holds nor mentions it, and does not list all Secrets"
    ),
    Inferred.POLICIES_ARE_UNSEEN: _POLICIES,
    Inferred.IS_NAMED_NOWHERE: _unless(f"no object names it; {_POLICIES}"),
    Inferred.OTHERS_MAY_LOG_IN: _OTHER_LOGINS,
    Inferred.IS_NOT_IN_DUMP: f"neither an object nor the dump of Vault names it; {_OTHER_LOGINS}",
}

Inference.words = by_table(WORDS)
