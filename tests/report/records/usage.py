"""Answers of ``usage`` made by hand: rules half used, an empty log, and hostile names."""

from msgspec.structs import replace

from rbacgraph.model.answers.usage import (
    GrantUse,
    Requests,
    RulePart,
    StoreUse,
    UnexplainedRead,
    UnusedRead,
    UsageResult,
    Verb,
)
from rbacgraph.model.inputs.audit import LogSummary
from rbacgraph.model.inputs.blind_spot import Unseen
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.inputs.store_log import StoreLog
from tests.report.records.shared import CI, EDIT, HOSTILE, RBAC, READER, READERS

NOON = "2026-01-31T12:00:00.000000Z"


def shop_usage():
    """A ServiceAccount that uses half of its rules, and an operator with wildcards."""
    reader = GrantUse(
        principal="serviceaccount:shop/ci",
        scope="shop",
        binding=READERS,
        rule=READER,
        requests=12,
        parts=(
            RulePart(
                verb="get", resource="secrets", name="db", state="used", requests=12, last=NOON
            ),
            RulePart(verb="list", resource="secrets"),
        ),
    )
    roles = GrantUse(
        principal="serviceaccount:shop/ci",
        scope="shop",
        binding=CI,
        rule=EDIT,
        requests=0,
        parts=(
            RulePart(verb="delete", group="rbac.authorization.k8s.io", resource="roles"),
            RulePart(
                verb="update",
                group="rbac.authorization.k8s.io",
                resource="roles",
                state="stated",
            ),
            RulePart(
                verb="bind", group="rbac.authorization.k8s.io", resource="roles", state="unseen"
            ),
        ),
    )
    seen = (
        Verb(verb="get", resource="pods"),
        Verb(verb="list", resource="pods"),
        Verb(verb="create", group="apps", resource="deployments/scale"),
    )
    operator = GrantUse(
        principal="group:ops",
        scope="",
        binding=Evidence("ClusterRoleBinding", "", "ops", RBAC, 70),
        rule=Evidence("ClusterRole", "", "operator", RBAC, 80, 0, "* on *"),
        requests=1234,
        parts=(
            RulePart(
                verb="*",
                group="*",
                resource="*",
                state="used",
                requests=1234,
                last=NOON,
                seen=seen,
            ),
        ),
    )
    path = replace(
        operator,
        rule=replace(operator.rule, rule=1),
        parts=(RulePart(verb="get", path="/metrics"),),
        requests=0,
    )
    denied = tuple(
        Requests(
            principal="user:alice",
            verb="get",
            resource="secrets",
            namespace="shop",
            name=f"db-{number}",
            requests=number,
            last=NOON,
        )
        for number in range(1, 13)
    )
    unexplained = (
        Requests(
            principal="user:bob",
            verb="create",
            group="apps",
            resource="deployments",
            subresource="scale",
            namespace="shop",
            name="web",
            requests=1,
            last=NOON,
        ),
        Requests(principal="user:bob", verb="get", path="/metrics", requests=2, last=NOON),
        Requests(principal="user:bob", verb="list", resource="nodes", requests=2, last=NOON),
    )
    return UsageResult(
        source="",
        grants=(operator, path, reader, roles),
        unexplained=unexplained,
        denied=denied,
        log=LogSummary(
            events=4000,
            requests=2000,
            undecided=3,
            first="2026-01-01T00:00:00.000000Z",
            last=NOON,
            blind_spots=(Unseen.RARE(), Unseen.CHECKS("bind")),
        ),
    )


def no_usage():
    """Nobody has rights, and the log is empty."""
    log = LogSummary(events=0, requests=0, undecided=0, first="", last="", blind_spots=())
    return UsageResult(source="user:bob", grants=(), unexplained=(), denied=(), log=log)


def hostile_usage():
    """Names that mean harm, wherever one stands."""
    part = RulePart(verb=HOSTILE, group=HOSTILE, resource=HOSTILE, name=HOSTILE, last=HOSTILE)
    evidence = Evidence("Role", HOSTILE, HOSTILE, HOSTILE, 1, 0, HOSTILE)
    use = GrantUse(
        principal=f"user:{HOSTILE}",
        scope=HOSTILE,
        binding=replace(evidence, kind="RoleBinding", rule=None),
        rule=evidence,
        requests=1,
        parts=(
            part,
            replace(part, state="unseen"),
            replace(part, state="used", requests=1, seen=(Verb(verb=HOSTILE, path=HOSTILE),)),
        ),
    )
    asked = Requests(
        principal=f"user:{HOSTILE}",
        verb=HOSTILE,
        group=HOSTILE,
        resource=HOSTILE,
        subresource=HOSTILE,
        namespace=HOSTILE,
        name=HOSTILE,
        requests=1,
        last=HOSTILE,
    )
    spot = Unseen.NO_RULE(HOSTILE)
    log = LogSummary(
        events=1,
        requests=1,
        undecided=0,
        first=HOSTILE,
        last=HOSTILE,
        blind_spots=(spot,),
    )
    whom = {"who": HOSTILE, "secret": HOSTILE}
    return UsageResult(
        source=HOSTILE,
        grants=(use,),
        unexplained=(asked,),
        denied=(asked,),
        log=log,
        stores=(StoreUse(**whom, reads=1, refused=0, last_read=HOSTILE),),
        stores_unused=(UnusedRead(**whom, certain=True),),
        stores_unexplained=(UnexplainedRead(**whom, why="no-trust", reads=1, last_read=HOSTILE),),
        store_log=StoreLog(events=1, first=HOSTILE, last=HOSTILE),
    )


def store_usage():
    """A log of a store alone: reads, a refusal, what nothing explains, and who did not read."""
    day = "2026-03-01T10:00:00Z"
    api = {"who": "sa:shop/api", "secret": "aws:secretsmanager/shop/stripe"}
    role = {"who": "aws-role:arn:aws:iam::111122223333:role/ci", "secret": api["secret"]}
    unused = [
        UnusedRead(who=f"sa:shop/web-{number}", secret=api["secret"], certain=number > 1)
        for number in range(1, 13)
    ]
    return replace(
        no_usage(),
        source="",
        stores=(
            StoreUse(**role, reads=1, refused=0, last_read=day),
            StoreUse(**api, reads=1234, refused=2, last_read=day),
            StoreUse(who="sa:shop/job", secret=api["secret"], reads=0, refused=1, last_read=None),
        ),
        stores_unused=(*unused, UnusedRead(**api, certain=True)),
        stores_unexplained=(
            UnexplainedRead(**role, why="unknown-session", reads=1, last_read=day),
            UnexplainedRead(**api, why="no-policy", reads=1234, last_read=day),
        ),
        store_log=StoreLog(events=4000, first="2026-03-01T00:00:00Z", last=day),
    )
