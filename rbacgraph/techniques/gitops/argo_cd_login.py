"""Enter Argo CD with what a Secret holds, and deploy as its application controller."""

from collections.abc import Iterator

from rbacgraph.facts.gitops.argo_cd import ArgoCD, ArgoLogin, LoginKey
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import SECRET, Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge

_WORDS = {
    LoginKey.SIGNING_KEY: "signs Argo CD's session tokens",
    LoginKey.PASSWORD: "holds the password of Argo CD's admin",
    LoginKey.CACHE_PASSWORD: "holds the password of Argo CD's Redis",
}


def _edges(world: Facts) -> Iterator[Edge]:
    argo = world.part(ArgoCD)
    for login in argo.logins:
        for controller, there in argo.controllers[login.place[0]].items():
            yield (SECRET, *login.place), controller, login, both(login.condition, there)


def _explain(world: Facts, _source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, ArgoLogin)
    found = list[Evidence]()
    if basis.secret is not None:
        shown = basis.key in (basis.secret.keys or ())
        detail = f"has {basis.key}" if shown else f"is where Argo CD keeps {basis.key}"
        found.append(world.rbac.evidence(basis.secret, "Secret", detail))
    account = world.snapshot.service_account_index.get((target[1], target[2]))
    if account is not None:
        detail = "is that of an application controller of Argo CD"
        found.append(world.rbac.evidence(account, "ServiceAccount", detail))
    return _WORDS[basis.what], tuple(found)


EDGE = ObjectEdge(
    id="argo-cd-login",
    summary="a Secret of Argo CD lets its reader deploy as the application controller",
    effort=5,  # a token is signed, or Redis written, and Applications remain visible
    certainty="always conditional: on reaching Argo CD, and on its admin",
    edges=_edges,
    explain=_explain,
)
