"""The purposes of Secrets: which ones log in to registries and API servers.

Sources: kubernetes ``pkg/credentialprovider/config.go``; argo-cd
``docs/operator-manual/declarative-setup.md``, ``common/common.go``; rancher/rke
``cluster/state.go``.
"""

REGISTRY_TYPES = ("kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg")
ARGO_CLUSTER = "cluster"
ARGO_READERS = ("repository", "repo-creds")
ARGO_WRITERS = ("repository-write", "repo-write-creds")
"""The types of Argo CD's Secrets, as its label says: clusters, and logins to repositories."""

KUBECONFIG = "kubeconfig"
RKE_STATE = "kube-system", "full-cluster-state"
"""The object in which RKE keeps all keys of its cluster: a Secret, before that a ConfigMap."""
