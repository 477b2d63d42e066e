"""Why Vault answers, in words: the one place where they are made."""

from collections.abc import Callable, Sequence
from functools import partial

from rbacgraph.model.answers.vault_reason import LoginCode, VaultReason
from rbacgraph.report.text.codes.by_table import by_table
from rbacgraph.report.text.layout.text import listing


def _allows(
    role: str,
    namespace: str,
    needs: Sequence[VaultReason],
    policies: Sequence[str],
    limits: Sequence[VaultReason] = (),
) -> str:
    where = f"{role} in {namespace}" if namespace else role
    needed = "".join(f", {need}" for need in needs)
    allowed = "the request needs no policy"
    if policies:
        several = len(policies) > 1
        given = f"{'policies' if several else 'policy'} {listing(policies)}"
        within = f" within {listing([str(one) for one in limits])}" if limits else ""
        allowed = f"{given} {'allow' if several else 'allows'} it{within}"
    return f"{where} admits the ServiceAccount{needed}, and {allowed}"


def _none(said: str, *foreign: str) -> str:
    return (
        f"{said}; {', '.join(foreign)} asks for the issuer of another cluster" if foreign else said
    )


WORDS: dict[LoginCode, str | Callable[..., str]] = {
    LoginCode.ALLOWS: _allows,
    LoginCode.NONE_ALLOWS: partial(_none, "no login that was seen allows it"),
    LoginCode.NONE_IS_ADMITTED: partial(_none, "no role that was seen admits it"),
    LoginCode.NEEDS_AUDIENCE: "with a token for the audience {}",
    LoginCode.NEEDS_ADDRESS: "from {}",
    LoginCode.NEEDS_LABELS: "by labels {}",
    LoginCode.NEEDS_CLAIMS: "with the claims {}",
    LoginCode.NEEDS_ENTITY: "as entity {}",
    LoginCode.NEEDS_OTHER_ENTITY: "as another entity than {}",
    LoginCode.NEEDS_TEMPLATES: "with an alias that the templates of {} do not refuse",
    LoginCode.WITHIN: lambda field, *names: f"{field} ({', '.join(names)})",
}

VaultReason.words = by_table(WORDS)
