"""Create a custom resource from which its operator makes Pods, with any Secret of the namespace.

Precondition
    - One rule with create on a resource that rbacgraph explain lists below this page, without
      resourceNames or with the name "";
    - or create and patch on a name that no object has (server-side apply).
    - The input defines the resource, or names it in some rule.
    - The operator runs and handles the namespace.
    The Pods run as any ServiceAccount of the namespace and read any Secret of it. A POST carries
    no name. For their access to nodes see create-privileged-pod.
Variants
    - Most operators let the object name the ServiceAccount of its Pods. Strimzi, the Postgres
      Operator, Jenkins, the Logging and the Fluent operator choose it: any Secret of the namespace
      alone. So does OLM, which mounts what a Subscription names into the operator's Pods.
    - eventtailers, loggings (logging-extensions.banzaicloud.io, logging.banzaicloud.io) name the
      namespace themselves; fluentbits (fluentbit.fluent.io), providers (pkg.crossplane.io): the
      Pods' ServiceAccount gets the right to read any Secret.
    - Pods of Knative, KubeVirt and OpenShift's builds cannot control their node.
Use
    Apply one with spec.serviceAccountName (or its own field for that) and the Secret in its Pod
    template
Close
    These rights weigh as much as create on pods: give them only to the deployment pipeline, and
    check what a chart aggregates to the default roles edit and admin.
References
    https://kubernetes.io/docs/concepts/security/rbac-good-practices/#workload-creation
    https://argo-workflows.readthedocs.io/en/latest/service-accounts/
    https://tekton.dev/docs/pipelines/auth/
    MITRE ATT&CK T1610 (deploy container)
"""

from collections.abc import Iterator

from rbacgraph.facts.custom_resources.rows import by_key, flat, rows_that
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.techniques.new_pods.namespace_contents import anything_in_namespace
from rbacgraph.techniques.spec.collections import SECRETS_OF
from rbacgraph.techniques.spec.custom_resources import (
    by_place,
    cluster_keys,
    named,
    new_names,
    present,
    rights_on,
    running,
)
from rbacgraph.techniques.spec.technique import Match, RuleEdge, Target, where

_PODS = Match(("create",), (("", "pods"),), ())
_ROWS = by_key(
    row for rows in rows_that("runs-pod").values() for row in rows if row.pods != "started"
)


def _targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    free = _free(world, match)
    rows = present(world, _ROWS, scope, match) if free is not None else ()
    for namespace, own in by_place(world, scope, rows).items():
        naming = [row for row in own if row.rights == "named-account"]
        runs = running(world, naming or own)
        assert free is not None
        if naming:
            for node, _ in anything_in_namespace(world, namespace, _PODS):
                yield node, both(free, runs)
        else:
            yield SECRETS_OF.everything(namespace), both(free, runs)


def _free(world: Facts, match: Match) -> Condition | None:
    """Return which object must not exist for the creation; None if none is possible."""
    names = new_names(world, match)
    if "create" in match.verbs and (match.nameless or names == ("",)):
        return CERTAIN
    return If.NAME_IS_FREE(*names) if names else None


def _words(scope: str, match: Match) -> str:
    return f"can create {named(match)} {where(scope)}"


EDGE = RuleEdge(
    id="create-custom-workload",
    summary="Pods made of a new custom resource get any Secret and ServiceAccount of its namespace",
    page=__doc__,
    effort=6,  # as a workload, if its operator runs and handles it
    certainty="always conditional: on the operator",
    rights=rights_on(_ROWS, "create", "patch"),
    targets=_targets,
    words=_words,
    cluster_keys=cluster_keys(_ROWS),
    rows=flat(_ROWS),
)
