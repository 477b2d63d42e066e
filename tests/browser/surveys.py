"""A survey of as many Secrets as one likes."""

from msgspec.structs import replace

from rbacgraph.model.answers.inference import IN_INPUT
from rbacgraph.model.answers.paths import ExposureResult, Hop, Path, SecretExposure, SecretPaths
from rbacgraph.model.answers.survey import (
    SecretChangers,
    SurveyedPrincipal,
    SurveyedSecret,
    SurveyResult,
)
from rbacgraph.model.inputs.evidence import Evidence
from tests.report.records.shared import BASIS


def many(number):
    """As many Secrets in namespaces of a hundred, each reached by some of 200 ServiceAccounts."""
    role = Evidence("ClusterRole", "", "ops", "rbac.yaml", 40, 0, "get, list on secrets")
    accounts = [f"serviceaccount:tenant-{n:03}/operator" for n in range(200)]
    names = [f"secret:space-{n // 100:03}/db-{n:05}" for n in range(number)]

    def path(account, secret):
        binding = Evidence("RoleBinding", "space", account, "rbac.yaml", 9)
        text = "can get, list all Secrets in space"
        hop = Hop("read-secret", account, secret, text, 1, (binding, role))
        return Path(account, secret, (hop,))

    def ways(secret, start):
        paths = tuple(path(account, secret) for account in accounts[start % 150 :][:50])
        return SecretPaths(
            secret=secret, type="Opaque", inferred=IN_INPUT, file="", line=0, paths=paths
        )

    row = SecretExposure(
        secret="",
        type="Opaque",
        inferred=False,
        certain=50,
        conditional=0,
        members=0,
        opening=("read-secret",),
        principal=accounts[0],
        cheapest=("read-secret",),
        effort=1,
    )
    return SurveyResult(
        exposure=ExposureResult(tuple(replace(row, secret=name) for name in names), BASIS),
        secrets=tuple(
            SurveyedSecret(
                secret=name, inferred=IN_INPUT, file="s.yaml", line=n, ways=n // 100, beside=0
            )
            for n, name in enumerate(names)
        ),
        ways=tuple(ways(names[n], n // 100) for n in range(0, number, 100)),
        beside=(SecretChangers(()),),
        principals=tuple(SurveyedPrincipal(account, (), ()) for account in accounts),
    )
