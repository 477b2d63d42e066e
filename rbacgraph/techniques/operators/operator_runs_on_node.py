"""Have an operator run something on nodes, as root, by a resource that says what.

Precondition
    - create, update or patch on a resource of an operator listed below; for update and patch,
      such an object exists. Of a ConfigMap only update or patch, and only of the one named.
    - The operator runs, and its nodes are of those that the object selects.
    - The input defines the resource, or names it in some rule.
    No Pod of the attacker is needed, so Pod Security and policies for Pods do not matter.
Variants
    - machineconfigs, kubeletconfigs, machineosconfigs (machineconfiguration.openshift.io):
      OpenShift writes files and units of nodes, the kubelet's configuration with staticPodURL, or
      the image of the operating system; with the role master that of the control plane.
    - tuneds (tuned.openshift.io), in the operator's namespace alone, and performanceprofiles
      (performance.openshift.io): settings and arguments of the kernel.
    - plans (upgrade.cattle.io), in the controller's namespace alone: a privileged Pod of any image,
      with the files of the node, on the nodes that the plan selects.
    - ec2nodeclasses (karpenter.k8s.aws): new nodes start with the attacker's user data, and take
      the place of others, with their Pods. Karpenter's chart gives it to ClusterRole admin.
    - clusterpolicies, nvidiadrivers (nvidia.com): images of privileged Pods on nodes with GPUs.
    - modules (kmm.sigs.x-k8s.io): a module of the kernel.
    - ConfigMap local-path-config, in the namespace of local-path-provisioner (kube-system of k3s):
      update or patch. From 0.0.16 its setup and teardown run as root in a Pod on the node, with
      the folder above the path in its config.json, whenever a volume is made or deleted there.
      Another name, which --configmap-name may give it, is not known.
    - serviceaccounts (talos.dev): a Secret with a credential for the interface of Talos' nodes,
      where their configuration lets the namespace have one.
Use
    A MachineConfig with a systemd unit, or a Plan with upgrade.image and command
Close
    Give these rights only to cluster administrators: they weigh as much as root on every node.
References
    https://docs.redhat.com/en/documentation/openshift_container_platform/4.19/html/machine_configuration/
    https://github.com/openshift/cluster-node-tuning-operator#readme
    https://github.com/rancher/system-upgrade-controller#readme
    https://karpenter.sh/docs/concepts/nodeclasses/
    https://kmm.sigs.k8s.io/documentation/deploy_kmod/
    rancher/local-path-provisioner provisioner.go (createHelperPod)
    k3s-io/k3s manifests/local-storage.yaml
    https://www.talos.dev/latest/advanced/talos-api-access-from-k8s/
    MITRE ATT&CK T1610 (deploy container), T1611 (escape to host)
"""

from collections.abc import Iterator

from rbacgraph.facts.custom_resources.rows import flat, rows_that
from rbacgraph.facts.world import Facts
from rbacgraph.techniques.operators.custom_writes import rights_of, words_of, written
from rbacgraph.techniques.spec.collections import every_host
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc

_ROWS = flat(rows_that("runs-on-node"))


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    for row in _ROWS:
        for scope, tail in written(world, present, row):
            yield Hyperarc(
                tail,
                every_host(world),
                words_of(row, scope, "runs on nodes what they say"),
                scope,
                (row.plural, row.group, row.fields[0]),
                row.condition,
            )


EDGE = Conjunction(
    id="operator-runs-on-node",
    summary="an operator runs as root on nodes what the author of an object says",
    page=__doc__,
    effort=6,  # an object that remains visible; many nodes start again
    certainty="always conditional: on the operator, and on which nodes it changes",
    abilities=rights_of(_ROWS),
    joins=_joins,
    rows=_ROWS,
)
