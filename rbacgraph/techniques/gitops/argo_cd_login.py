"""Enter Argo CD with what a Secret holds, and deploy as its application controller.

Precondition
    - An application controller of Argo CD has its account in the namespace of the Secret, as
      for operator-deputy, or an account of the shipped name, where the input has Argo CD's
      resources.
    - The Secret is one of those below, and has the key, as far as the input shows.
    - The attacker reaches Argo CD's API, or its Redis, from where it is.
Variants
    - argocd-secret, server.secretkey: signs session tokens. A token for admin:login is taken as
      long as that account is not switched off (admin.enabled); no password is needed.
      admin.password in that Secret is a hash, and gives nothing.
    - argocd-initial-admin-secret, password: the admin's first password, which nobody changes for
      you.
    - NAME-cluster, admin.password: the same, as the operator of Argo CD and OpenShift GitOps keep
      it (openshift-gitops-cluster).
    - argocd-redis, auth, and NAME-redis-initial-password: who writes to Redis changes the
      manifests that the repo server keeps there, which the controller applies.
    The admin of Argo CD makes projects and Applications without limits, and so has the rights of
    the controller in this cluster, and of each cluster's credential in the others.
Use
    Sign {iss: argocd, sub: admin:login, jti: X, iat: NOW, exp: …} with HS256 and the key, then
    argocd app create --auth-token TOKEN … with a repository that holds a ClusterRoleBinding
Close
    Let only Argo CD's own accounts read Secrets of its namespace; switch off the admin once
    single sign-on works; delete the initial Secret; after a disclosure, delete server.secretkey
    and restart argocd-server. Give the controller only the rights that its Applications need.
References
    https://argo-cd.readthedocs.io/en/stable/operator-manual/security/
    https://argo-cd.readthedocs.io/en/stable/operator-manual/user-management/
    argo-cd util/session/sessionmanager.go (Parse), util/settings/settings.go
    argocd-operator controllers/argocd/secret.go
    CVE-2024-31989 (Redis)
    MITRE ATT&CK T1606 (forge web credentials)
"""

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
    page=__doc__,
    effort=5,  # a token is signed, or Redis written, and Applications remain visible
    certainty="always conditional: on reaching Argo CD, and on its admin",
    edges=_edges,
    explain=_explain,
)
