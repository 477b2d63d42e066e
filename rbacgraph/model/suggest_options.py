"""Refuses options of ``suggest`` that have no effect together."""

from rbacgraph.errors import UsageError
from rbacgraph.model.node import SERVICE_ACCOUNT
from rbacgraph.model.principal import parse_principal


def refuse_idle(
    *,
    principal: str | None,
    audit: object,
    audit_policy: object,
    split: bool | None,
    verbs: str,
    names: str,
    max_names: int | None,
    widen_secrets: bool,
    tidy: bool,
    without: object,
    from_references: bool,
) -> None:
    """Refuse an option of ``suggest`` that would have no effect with the others.

    Raises UsageError if there is such an option.
    """
    wider = {
        f"--verbs {verbs}": verbs != "exact",
        f"--names {names}": names != "exact",
        "--max-names": max_names is not None,
    }
    widening = [flag for flag, given in wider.items() if given]
    if widen_secrets and not widening:
        raise UsageError(
            "--widen-secrets alone widens nothing",
            advice="give --verbs read, --names any or --max-names N too",
        )
    if names != "exact" and max_names is not None:
        raise UsageError(
            f"--names {names} and --max-names exclude each other", advice="give one of them"
        )
    if audit_policy and not audit:
        raise UsageError("--audit-policy needs an audit log", advice="add --audit-log FILE")
    ways = {"--tidy": tidy, "--without": without, "--from-references": from_references}
    without_needs = [flag for flag, given in ways.items() if given]
    if without_needs and widening:
        raise UsageError(
            f"{widening[0]} widens what is needed, which {without_needs[0]} does not ask for",
            advice="give it with --audit-log or --need",
        )
    if without_needs == ["--tidy"] and split is not None:
        raise UsageError(
            f"--{'' if split else 'no-'}split decides who is narrowed, and --tidy narrows nobody",
            advice="leave it out",
        )
    if from_references and principal and parse_principal(principal)[0] != SERVICE_ACCOUNT:
        raise UsageError(
            f"only ServiceAccounts have Pods, not {principal}",
            advice="give --for sa:NAMESPACE/NAME, --role or --all",
        )
