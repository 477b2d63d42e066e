"""Causes of access for pages: with what a page shows of them, and with hostile names."""

from msgspec.structs import replace

from rbacgraph.model.answers.risk.risk_text import RiskCode
from rbacgraph.model.answers.risk.risks import Risk, RiskFactor, RiskOpens, RisksResult


def ranked(basis, path, subject):
    """Two causes of the Role that begins a path, and one that an operator needs."""
    evidence = tuple(one for hop in path.hops for one in hop.evidence)
    role = next(one for one in evidence if one.rule is not None)
    key = role.kind, role.namespace, role.name
    cause = Risk(
        id="0123456789",
        kind="role",
        severity="critical",
        object_kind=role.kind,
        namespace=role.namespace,
        name=role.name,
        file=role.file,
        line=role.line,
        text=RiskCode.ROLE_GIVES(*key, (role.name,)),
        subjects=(subject,),
        opens=RiskOpens(
            cluster=True,
            control_plane=False,
            principals=4,
            secrets=3,
            examples=(path.target,),
            pairs_alone=7,
            admins_alone=2,
            exact=True,
        ),
        factors=(
            RiskFactor(factor="entry", level="person", text=RiskCode.IS_CERTAIN()),
            RiskFactor(factor="certainty", level="certain", text=RiskCode.IS_CERTAIN()),
        ),
        evidence=evidence,
        path=path,
        change=RiskCode.NARROWS_ROLE(*key, ("0",)),
    )
    lesser = replace(
        cause,
        id="9876543210",
        severity="high",
        opens=replace(cause.opens, cluster=False, exact=False, admins_alone=0),
        path=None,
    )
    return RisksResult(
        risks=(cause, lesser),
        by_design=(replace(cause, id="5555555555", operator="argo-cd"),),
        pairs=9,
        admins=2,
        scale=(),
        basis=basis,
    )
