"""Operators that make, copy, encrypt or issue Secrets."""

from rbacgraph.facts.operators.power import Power
from rbacgraph.facts.operators.row import Component, Operator

_READ, _WRITE = Power.READ_SECRETS, Power.WRITE_SECRETS

SECRETS = (
    Operator(
        "cert-manager",
        names=("cert-manager",),
        components=("cainjector", "webhook", "startupapicheck"),
        charts=("cert-manager",),
        images=(
            "jetstack/cert-manager-cainjector",
            "jetstack/cert-manager-controller",
            "jetstack/cert-manager-startupapicheck",
            "jetstack/cert-manager-webhook",
        ),
        groups=("cert-manager.io", "acme.cert-manager.io"),
        needs=(_READ, _WRITE, Power.RUN_PODS, Power.WRITE_NETWORK, Power.SIGN_CERTIFICATES),
        own_needs=(Power.REQUEST_TOKENS,),
        parts=(Component(("cainjector",), (Power.WRITE_ADMISSION, Power.WRITE_APIS)),),
        source="cert-manager/cert-manager:deploy/charts/cert-manager/templates/rbac.yaml",
        read=True,
    ),
    Operator(
        "External Secrets",
        names=(
            "external-secrets",
            "external-secrets-webhook",
            "external-secrets-cert-controller",
        ),
        charts=("external-secrets",),
        images=("external-secrets/external-secrets",),
        groups=("external-secrets.io", "generators.external-secrets.io"),
        needs=(_READ, _WRITE, Power.REQUEST_TOKENS),
        own_needs=(Power.WRITE_CONFIG_MAPS,),
        parts=(
            Component(
                ("external-secrets-cert-controller",),
                (Power.WRITE_ADMISSION, Power.WRITE_APIS),
            ),
        ),
        ships=(
            ("external-secrets-controller", "external-secrets-controller"),
            ("external-secrets-leaderelection", "external-secrets-leaderelection"),
            ("external-secrets-cert-controller", "external-secrets-cert-controller"),
            ("external-secrets-auth-delegator", "system:auth-delegator"),
        ),
        source="external-secrets/external-secrets:deploy/charts/external-secrets/templates/rbac.yaml",
        read=True,
    ),
    Operator(
        "the Secrets Store CSI driver",
        names=("secrets-store-csi-driver",),
        labels=("app=csi-secrets-store", "app=secrets-store-csi-driver"),
        charts=("secrets-store-csi-driver",),
        images=("csi-secrets-store/driver",),
        groups=("secrets-store.csi.x-k8s.io",),
        needs=(_READ, _WRITE, Power.REQUEST_TOKENS),
        ships=(
            ("secretproviderclasses-rolebinding", "secretproviderclasses-role"),
            ("secretprovidersyncing-rolebinding", "secretprovidersyncing-role"),
            ("secretprovidertokenrequest-rolebinding", "secretprovidertokenrequest-role"),
        ),
        source="kubernetes-sigs/secrets-store-csi-driver:deploy",
        read=True,
    ),
)
