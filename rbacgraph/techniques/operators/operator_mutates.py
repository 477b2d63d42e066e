"""Change Pods and other objects as others write them, by an operator's admission webhook.

Precondition
    - create, update or patch on a resource that rbacgraph explain lists below this page; for
      update and patch, such an object exists.
    - The operator runs, with its webhook.
    - Others create Pods, or write roles and bindings.
    - The input defines the resource, or names it in some rule.
    It takes no right of the author's, nor of the operator's, on what is changed: the API server
    asks the webhook. Most of these resources are cluster-scoped, so a RoleBinding gives nothing.
Variants
    - clusterpolicies (kyverno.io), mutatingpolicies (policies.kyverno.io), assign, modifyset
      (mutations.gatekeeper.sh): any object, so that Pods get another image, any Secret and any
      ServiceAccount of their namespace, and bindings get the attacker as subject.
    - policies (kyverno.io), namespacedmutatingpolicies (policies.kyverno.io): the same for the
      Pods of their namespace.
    - poddefaults (kubeflow.org): Pods of their namespace, where it is labelled for that.
    - assignimage (mutations.gatekeeper.sh): only the images of Pods.
Use
    A policy that matches pods and adds a container of the attacker's with the Secret
Close
    Leave cluster-scoped policies to cluster administrators; take the right to write policies away
    from edit and admin, to which Kyverno's chart gives it (rbac.roles.aggregate).
References
    https://kyverno.io/docs/policy-types/cluster-policy/mutate/
    https://kyverno.io/docs/policy-types/mutating-policy/
    https://open-policy-agent.github.io/gatekeeper/website/docs/mutation/
    https://github.com/kubeflow/kubeflow/tree/master/components/admission-webhook
    https://github.com/advisories/GHSA-79gf-7frw-68m9 (CVE-2026-54523)
    MITRE ATT&CK T1610 (deploy container)
"""

from collections.abc import Iterator

from rbacgraph.facts.custom_resources.row import CustomResourceRow
from rbacgraph.facts.custom_resources.rows import flat, rows_that
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import Condition, If, both
from rbacgraph.model.node import EVERYTHING, Node
from rbacgraph.techniques.operators.custom_writes import place_of, rights_of, words_of, written
from rbacgraph.techniques.spec.collections import (
    EXISTING_ACCOUNTS_OF,
    RUNNING_PODS_OF,
    SECRETS_OF,
)
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc

_ROWS = flat(rows_that("mutates"))


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    for row in _ROWS:
        for scope, tail in written(world, present, row):
            for place, (targets, condition) in enumerate(_given(row, place_of(row, scope))):
                yield Hyperarc(
                    tail,
                    targets,
                    words_of(row, scope, "changes what others write"),
                    scope,
                    (row.plural, row.group, row.fields[0], f"{place}"),
                    both(row.condition, condition),
                )


def _given(row: CustomResourceRow, place: str) -> Iterator[tuple[tuple[Node, ...], Condition]]:
    """Yield what changed objects give the attacker, with who must write them."""
    if row.changes == "images":
        yield (RUNNING_PODS_OF.everything(place),), If.CONTROLLER_MAKES_POD()
        return
    pods = SECRETS_OF.everything(place), EXISTING_ACCOUNTS_OF.everything(place)
    yield pods, If.SOMEBODY_CREATES_POD()
    if row.changes == "objects" and row.reach == "cluster":
        yield (EVERYTHING,), If.SOMEBODY_GRANTS((), ())


EDGE = Conjunction(
    id="operator-mutates",
    summary="an operator's webhook changes what others write, as an object of one's own says",
    page=__doc__,
    effort=7,  # no server is needed, but others must write something
    certainty="always conditional: on the operator, and on others' writes",
    abilities=rights_of(_ROWS),
    joins=_joins,
    rows=_ROWS,
)
