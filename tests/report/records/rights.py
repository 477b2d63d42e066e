"""Answers of ``rights`` made by hand: a ServiceAccount, a kubelet without any, hostile names."""

from msgspec.structs import replace

from rbacgraph.model.answers.rights import DirectRule, OpenedTechnique, RightsResult, RuleSource
from rbacgraph.model.condition import CERTAIN
from rbacgraph.model.inputs.evidence import Evidence
from tests.report.records.paths import hostile_paths
from tests.report.records.shared import (
    BASIS,
    CI,
    HOSTILE,
    HOSTILE_NODE,
    POLICY,
    RBAC,
    READER,
    READERS,
)


def shop_rights():
    """What a ServiceAccount may do: itself and by a group, by one binding and by several."""
    edit = Evidence(
        "ClusterRole", "", "edit", rule=2, detail="create on pods, pods/exec", assumed=True
    )
    everybody = Evidence("ClusterRoleBinding", "", "system:discovery", assumed=True)
    discovery = Evidence(
        "ClusterRole", "", "system:discovery", rule=0, detail="get on /api", assumed=True
    )
    one = RuleSource(
        subject="serviceaccount:shop/api",
        scope="shop",
        techniques=(
            OpenedTechnique("exec", True, ("pods/exec",)),
            OpenedTechnique("attach", False, ("pods/exec",)),
        ),
        aggregated_from="system:aggregate-to-edit",
        condition=CERTAIN,
        evidence=(CI, edit),
    )
    another = replace(one, scope="tools", techniques=one.techniques[1:], condition=POLICY)
    named = Evidence("Role", "shop", "one", RBAC, 90, 0, "get on secrets named db, ")
    return RightsResult(
        principal="serviceaccount:shop/api",
        groups=("group:system:serviceaccounts", "group:system:authenticated"),
        namespace="",
        rules=(
            DirectRule(
                verbs=("create",),
                api_groups=("",),
                resources=("pods", "pods/exec"),
                sources=(one, another),
            ),
            DirectRule(
                verbs=("patch",),
                api_groups=("x.io",),
                resources=("bolts", "nuts"),
                sources=(replace(one, techniques=()),),
                unjudged=("nuts.x.io",),
            ),
            DirectRule(
                verbs=("get",),
                api_groups=("",),
                resources=("secrets",),
                resource_names=("db", ""),
                sources=(
                    RuleSource(
                        subject="group:system:serviceaccounts",
                        scope="shop",
                        condition=CERTAIN,
                        techniques=(OpenedTechnique("read-secret", True, ("secrets",)),),
                        evidence=(READERS, named),
                    ),
                ),
            ),
            DirectRule(
                verbs=("*",),
                api_groups=("*",),
                resources=("*",),
                sources=(
                    RuleSource(
                        subject="serviceaccount:shop/api",
                        scope="",
                        condition=CERTAIN,
                        evidence=(READERS, READER),
                    ),
                ),
            ),
            DirectRule(
                verbs=("get",),
                non_resource_urls=("/api", "/api/*"),
                sources=(
                    RuleSource(
                        subject="group:system:authenticated",
                        scope="",
                        condition=CERTAIN,
                        evidence=(everybody, discovery),
                    ),
                ),
            ),
        ),
        basis=BASIS,
    )


def no_rights():
    """A kubelet without any, in one namespace."""
    return RightsResult(
        principal="kubelet:node-1", groups=(), namespace="shop", rules=(), basis=BASIS
    )


def hostile_rights():
    """A rule with hostile words."""
    h = HOSTILE
    evidence = hostile_paths().secrets[0].paths[0].hops[0].evidence
    source = RuleSource(
        subject=f"user:{h}",
        scope=h,
        techniques=(OpenedTechnique("read-secret", True, (h,)),),
        aggregated_from=h,
        condition=HOSTILE_NODE,
        evidence=evidence,
    )
    return RightsResult(
        principal=f"user:{h}",
        groups=(f"group:{h}",),
        namespace=h,
        rules=(
            DirectRule(
                verbs=(h,),
                api_groups=(h,),
                resources=(h,),
                resource_names=(h,),
                sources=(source,),
            ),
            DirectRule(verbs=(h,), non_resource_urls=(h,), sources=(source,), unjudged=(h,)),
        ),
        basis=BASIS,
    )
