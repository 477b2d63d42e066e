"""The purposes of Secrets: which ones log in to registries and API servers.

Sources: kubernetes ``pkg/credentialprovider/config.go``; argo-cd
``docs/operator-manual/declarative-setup.md``; cluster-api ``util/secret/consts.go``.
"""

REGISTRY_TYPES = ("kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg")
CLUSTER_TYPE = "cluster.x-k8s.io/secret"
ARGO_CLUSTER = "cluster"
KUBECONFIG = "kubeconfig"
