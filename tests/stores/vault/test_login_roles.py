"""Who a ServiceAccount is for Vault's identity store, by each kind of auth mount."""

import pytest
from msgspec.structs import replace

from rbacgraph.model.stores.vault_dump import VaultDump, VaultEntry, VaultMount, VaultPolicy
from rbacgraph.sources.vault.fields import kept_fields
from rbacgraph.stores.vault.escalations.dump_index import DumpIndex
from rbacgraph.stores.vault.logins import LoginRoles, Need, VaultCaller, bounds
from rbacgraph.stores.vault.template import fill_template

UID = "11111111-2222-4333-8444-555555555555"
KUBERNETES = {
    "bound_service_account_names": ["api"],
    "bound_service_account_namespaces": ["shop"],
    "token_no_default_policy": True,
}
JWT = {
    "role_type": "jwt",
    "user_claim": "sub",
    "bound_audiences": ["vault"],
    "bound_claims": {"/kubernetes.io/namespace": "shop"},
    "token_no_default_policy": True,
}
BY_UID = {"user_claim": "/kubernetes.io/serviceaccount/uid", "user_claim_json_pointer": True}
SUBJECT = "system:serviceaccount:shop:api"
ACCOUNT = {"service_account_name": "api", "service_account_namespace": "shop"}


def dump_of(role, *entries):
    """Return a dump with one auth mount, which has one role."""
    return VaultDump(
        mounts=(VaultMount("", "auth/m", "kubernetes", accessor="m"),),
        entries=(VaultEntry("", "auth/m/role/r", kept_fields(role)), *entries),
    )


def policies(role, alias, uid=UID):
    """Return the policies of the login of shop/api, whose entity has one."""
    entity = {"id": "e", "aliases": [{"mount_accessor": "m", **alias}], "policies": ["of-entity"]}
    dump = dump_of(role, VaultEntry("", "identity/entity/id/e", kept_fields(entity)))
    (login,) = LoginRoles(dump).of(VaultCaller("shop", "api", uid))
    return login.policies


@pytest.mark.parametrize(
    ("role", "alias", "uid"),
    [
        (KUBERNETES, {"name": UID}, UID),
        (KUBERNETES, {"name": "unknown here", "metadata": ACCOUNT}, ""),
        (KUBERNETES | {"alias_name_source": "serviceaccount_name"}, {"name": "shop/api"}, ""),
        (JWT, {"name": "system:serviceaccount:shop:api"}, ""),
        (
            JWT | BY_UID,
            {"name": UID},
            UID,
        ),
    ],
)
def test_the_entity_is_found(role, alias, uid):
    assert policies(role, alias, uid) == ("of-entity",)


@pytest.mark.parametrize(
    ("role", "alias", "uid"),
    [
        (KUBERNETES, {"name": "another"}, UID),
        (KUBERNETES, {"name": "another", "metadata": ACCOUNT}, UID),
        (KUBERNETES, {"name": UID, "metadata": ACCOUNT | {"service_account_name": "web"}}, ""),
        (JWT, {"name": UID}, UID),
    ],
)
def test_another_entity_is_not(role, alias, uid):
    assert policies(role, alias, uid) == ()


@pytest.mark.parametrize(
    ("claims", "found"),
    [
        ({"bound_subject": "system:serviceaccount:shop:api"}, (("shop",), ("api",))),
        ({"bound_claims": {"sub": "system:serviceaccount:shop:*"}}, (("*",), ("*",))),
        ({"bound_claims": {"/kubernetes.io/namespace": ["a", "b"]}}, (("a", "b"), ("*",))),
        ({}, (("*",), ("*",))),
    ],
)
def test_where_to_look_for_whom_a_jwt_role_admits(claims, found):
    role = VaultEntry("", "auth/jwt/role/r", kept_fields({"role_type": "jwt", **claims}))
    assert tuple(bounds(role)) == found


@pytest.mark.parametrize(
    ("role", "uid", "claims"),
    [
        (JWT | BY_UID, "", None),
        (JWT | {"user_claim": "iss"}, UID, None),
        (JWT | {"bound_claims": {BY_UID["user_claim"]: UID}}, UID, None),
        (JWT | {"bound_claims": {BY_UID["user_claim"]: UID}}, "", BY_UID["user_claim"]),
        (JWT | {"bound_claims": {"iss": "https://a.example", "sub": SUBJECT}}, UID, "iss"),
        (
            JWT | {"bound_claims": {"/kubernetes.io/pod/name": "api-0"}},
            UID,
            "/kubernetes.io/pod/name",
        ),
    ],
)
def test_claims_that_the_input_lacks_do_not_refuse(role, uid, claims):
    (login,) = LoginRoles(dump_of(role)).of(VaultCaller("shop", "api", uid))
    assert dict(login.needs).get(Need.CLAIMS) == claims


@pytest.mark.parametrize(
    "bound",
    [
        {BY_UID["user_claim"]: "another"},
        {"iss": "https://a.example", "sub": f"{SUBJECT}x"},
        {"repository": "shop/api"},
        {"/kubernetes.io/serviceaccount/team": "a"},
    ],
)
def test_claims_that_the_input_decides_refuse(bound):
    login = LoginRoles(dump_of(JWT | {"bound_claims": bound})).of(VaultCaller("shop", "api", UID))
    assert not list(login)


def test_claims_fill_templates():
    role = JWT | {"claim_mappings": {"/kubernetes.io/namespace": "space", "missing": "other"}}
    (login,) = LoginRoles(dump_of(role)).of(VaultCaller("shop", "api"))
    template = "kv/{{identity.entity.aliases.m.metadata.space}}/*"
    assert fill_template(template, login.entity) == "kv/shop/*"
    assert fill_template(template.replace("space", "other"), login.entity) is None


def test_an_unknown_uid_fills_no_template():
    (login,) = LoginRoles(dump_of(KUBERNETES)).of(VaultCaller("shop", "api"))
    metadata = "kv/{{identity.entity.aliases.m.metadata."
    assert fill_template(f"{metadata}service_account_uid}}}}*", login.entity) is None
    assert fill_template(f"{metadata}service_account_name}}}}", login.entity) == "kv/api"


@pytest.mark.parametrize("role", [KUBERNETES, JWT | BY_UID])
def test_an_unknown_uid_may_be_that_of_an_entity_with_policies(role):
    aliases = [{"mount_accessor": "m", "name": UID}]
    entity = {"id": "e", "name": "ent", "aliases": aliases, "policies": ["of-entity"]}
    dump = dump_of(role, VaultEntry("", "identity/entity/id/e", kept_fields(entity)))
    new, known = LoginRoles(dump).of(VaultCaller("shop", "api"))
    assert (new.policies, dict(new.needs)[Need.OTHER_ENTITY]) == ((), "ent")
    assert (known.policies, dict(known.needs)[Need.ENTITY]) == (("of-entity",), "ent")
    (sure,) = LoginRoles(dump).of(VaultCaller("shop", "api", UID[::-1]))
    assert not sure.policies
    assert not {Need.ENTITY, Need.OTHER_ENTITY}.intersection(dict(sure.needs))


@pytest.mark.parametrize(
    ("role", "uid", "doubtful"),
    [
        (KUBERNETES, "", True),
        (KUBERNETES, UID, False),
        (JWT | {"user_claim": "iss"}, UID, True),
        (JWT, "", False),
    ],
)
def test_a_template_of_an_unknown_alias_may_refuse(role, uid, doubtful):
    text = 'path "kv/{{identity.entity.aliases.m.name}}/*" { capabilities = ["deny"] }'
    dump = replace(
        dump_of(role | {"token_policies": ["own", "gone"]}),
        policies=(VaultPolicy("", "own", text),),
    )
    (login,) = LoginRoles(dump).of(VaultCaller("shop", "api", uid))
    assert dict(login.needs).get(Need.TEMPLATES) == ("own" if doubtful else None)


@pytest.mark.parametrize(
    ("role", "kind"),
    [(KUBERNETES, "kubernetes"), (JWT, "jwt"), ({"bind_secret_id": True}, "approle"), ({}, None)],
)
def test_a_mount_that_no_list_names_has_the_type_of_its_roles(role, kind):
    index = DumpIndex(replace(dump_of(role), mounts=()))
    found = [one for one in ("kubernetes", "jwt", "approle") if index.auth_mounts("", one)]
    assert found == ([kind] if kind else [])
