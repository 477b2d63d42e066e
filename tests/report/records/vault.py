"""Answers of ``vault suggest``: one of each thing that it can say, and one of hostile names."""

from rbacgraph.model.changes.vault_suggestion import (
    KeptStanza,
    RoleBlock,
    VaultPath,
    VaultPolicyAdvice,
    VaultRoleAdvice,
    VaultSuggestResult,
)
from tests.report.records.shared import HOSTILE

ROLE = "auth/kubernetes/role"
SMALL = 'path "kv/data/prod/db" {\n  capabilities = ["read"]\n}\n'
DB = VaultPath(
    path="kv/data/prod/db",
    capabilities=("read",),
    objects=("ExternalSecret shop/db", "VaultStaticSecret shop/db"),
)


def suggested():
    """A role that is split, a role that narrows, and policies of every kind."""
    split = VaultRoleAdvice(
        namespace="team",
        path=f"{ROLE}/shop",
        owner="this cluster",
        users=("ops/batch", "shop/api"),
        objects=("Pod ops/batch-1", "SecretStore shop/vault"),
        refused=("shop/web",),
        others=tuple(f"shop/other-{number:02}" for number in range(12)),
        absent=("ops/api", "shop/batch"),
        unseen=("ops",),
        patterns=("old*",),
        selector='{"matchLabels": {"env": "prod"}}',
        audiences=("", "vault"),
        policies=("default", "gone", "shop-read"),
        unread=("gone",),
        given=("default", "gone", "shop-read-2"),
        unmet=(
            VaultPath(
                path="kv/data/dev/x", capabilities=("list", "read"), objects=("ExternalSecret a/b",)
            ),
        ),
        blocks=(
            RoleBlock(name="shop", names=("api",), namespaces=("shop",)),
            RoleBlock(
                name="shop-2",
                names=("batch",),
                namespaces=("ops",),
                audience="vault",
                new=True,
                objects=("Pod ops/batch-1",),
                limits=("token_bound_cidrs=10.0.0.0/8", "token_no_default_policy=true"),
            ),
        ),
        file="vault/auth/kubernetes/role/shop.json",
    )
    narrowed = VaultRoleAdvice(
        namespace="",
        path=f"{ROLE}/api",
        owner="this cluster",
        users=("shop/api",),
        objects=("SecretStore shop/vault",),
        patterns=("*",),
        audiences=("vault",),
        policies=("default",),
        blocks=(RoleBlock(name="api", names=("api",), namespaces=("shop",)),),
        file="vault/auth/kubernetes/role/api.json",
    )
    idle = [
        VaultRoleAdvice(namespace="", path=f"{ROLE}/idle-{number}", owner="unknown")
        for number in range(2)
    ]
    unknown = VaultRoleAdvice(
        namespace="", path="auth/jwt/role/x", owner="unknown", patterns=("*",), audience="vault"
    )
    smaller = VaultPolicyAdvice(
        namespace="team",
        name="shop-read",
        roles=(f"{ROLE}/shop",),
        shared=("auth/approle/role/ci", "identity/group/id/1"),
        own="shop-read-2",
        unread=("gone",),
        needed=(DB,),
        text=SMALL,
        kept=tuple(
            KeptStanza(path=f"kv/{reason}/*", reason=reason)
            for reason in (
                *("deny", "template", "search", "shared-pattern"),
                *("wildcard-in-name", "limits", "proof"),
            )
        ),
        denied=("kv/data/*",),
        dropped=("kv/metadata/*",),
        together=False,
        file="vault/policy/shop-read.hcl",
        line=1,
    )
    without = [
        VaultPolicyAdvice(namespace="", name=reason, roles=(f"{ROLE}/api",), without=reason)
        for reason in ("smallest", "nothing-needed", "lost-fields", "shared", "not-proven")
    ]
    return VaultSuggestResult(
        roles=(unknown, narrowed, *idle, split),
        policies=(smaller, *without),
        foreign=("auth/other",),
        unknown_roles=(f"{ROLE}/gone",),
        servers=("a.example:8200", "b.example:8200"),
    )


def hostile():
    """Names that would like to be read as something else."""
    policy = VaultPolicyAdvice(
        namespace=HOSTILE,
        name=HOSTILE,
        roles=(HOSTILE,),
        shared=(HOSTILE,),
        own=HOSTILE,
        needed=(VaultPath(path=HOSTILE, capabilities=("read",), objects=(HOSTILE,)),),
        text=SMALL,
        kept=(KeptStanza(path=HOSTILE, reason="deny"),),
        denied=(HOSTILE,),
        dropped=(HOSTILE,),
        file=HOSTILE,
        line=1,
    )
    role = VaultRoleAdvice(
        namespace=HOSTILE,
        path=f"auth/{HOSTILE}/role/{HOSTILE}",
        owner="unknown",
        users=(HOSTILE,),
        objects=(HOSTILE,),
        patterns=(HOSTILE,),
        selector=HOSTILE,
        audiences=(HOSTILE,),
        unread=(HOSTILE,),
        given=(HOSTILE,),
        blocks=(
            RoleBlock(name=HOSTILE, names=(HOSTILE,), namespaces=(HOSTILE,)),
            RoleBlock(
                name=HOSTILE,
                names=(HOSTILE,),
                namespaces=(HOSTILE,),
                new=True,
                limits=(f"token_bound_cidrs={HOSTILE}",),
            ),
        ),
        file=HOSTILE,
    )
    return VaultSuggestResult(
        roles=(role,),
        policies=(policy,),
        foreign=(HOSTILE,),
        unknown_roles=(HOSTILE,),
        servers=(HOSTILE, HOSTILE),
    )
