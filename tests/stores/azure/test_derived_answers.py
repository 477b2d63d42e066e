"""Every derived answer of Azure, and what must hold of each decision."""

import gzip
import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacgraph.stores.azure import decide
from rbacgraph.stores.azure.builtin_roles import builtin_roles
from rbacgraph.stores.azure.decision import READ, WRITE_ASSIGNMENT, WRITE_CREDENTIAL
from rbacgraph.stores.azure.roles import covers, gives, matches, normal

FOLDER = Path(__file__).parents[3] / "fixtures" / "stores" / "azure"
GROUP = "/subscriptions/s1/resourceGroups/rg1"
VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/v1"
CLUSTER = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/c1"
USER = "Key Vault Secrets User"


def derived(name):
    document = json.loads(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes()))
    roles = document.get("role_definitions_used", {})
    return [{"role_definitions": roles, **vector} for vector in document["vectors"]]


def question(*assignments, principal="p1", resource=f"{VAULT}/secrets/db", **more):
    asked = {"principal": principal, "resource": resource}
    return {"vault_rbac": True, "assignments": list(assignments), "ask": asked, **more}


def assigned(role=USER, principal="p1", scope=VAULT, **more):
    return {"principal": principal, "role": role, "scope": scope, **more}


@pytest.mark.parametrize(("name", "count"), [("rules-and-vectors", 41), ("vectors-2", 96)])
def test_derived_answers(name, count):
    vectors = derived(name)
    wrong = [one["name"] for one in vectors if decide(one) is not one["expected"]]
    assert not wrong
    assert len(vectors) == count


def test_another_kind_is_refused():
    with pytest.raises(ValueError, match="write-secret"):
        decide({"kind": "write-secret", "ask": {}})


PATTERNS = st.text("ab/*", max_size=12)


@given(PATTERNS, st.text("abAB/", max_size=12))
def test_a_pattern_is_the_regular_expression_that_it_looks_like(pattern, text):
    parts = [re.escape(part) for part in pattern.lower().split("*")]
    assert matches(pattern, text) == bool(re.fullmatch(".*".join(parts), text.lower()))


def test_many_stars_take_linear_time():
    started = time.process_time()
    assert not matches("*a" * 2000 + "b", "a" * 20000)
    assert time.process_time() - started < 5


@given(st.lists(st.sampled_from(["s1", "S1", "s10", "rg"]), min_size=1, max_size=4), st.data())
def test_a_scope_covers_what_begins_with_its_segments(segments, data):
    count = data.draw(st.integers(0, len(segments)))
    resource = normal("/" + "/".join(segments))
    above = "/" + "/".join(segments[:count]) if count else "/"
    assert covers(above, resource, ())
    assert covers(above.upper() + "/", resource, ())
    assert not covers("/" + "/".join([*segments, "more"]), resource, ())
    assert not covers("/" + "/".join([*segments[:-1], segments[-1] + "0"]), resource, ())


TWINS = [
    # what is asked, and the nearest that is answered otherwise
    (question(assigned()), True),
    (question(assigned(scope=f"{VAULT}0")), False),
    (question(assigned(role="Key Vault Reader")), False),
    (question(assigned(role="of tomorrow")), None),
    (question(assigned(condition="@Resource[x] StringEquals 'y'")), None),
    (question(assigned(principal="g1"), groups={"g1": ["g2"], "g2": ["p1"]}), True),
    (question(assigned(principal="g1"), groups={"g1": ["g2"], "g2": None}), None),
    (question(assigned(principal="g1"), groups={"g1": ["g1"]}), False),
    (question(assigned(principal="x", principalType="Group")), None),
    (question(assigned(principal="x", principalType="ServicePrincipal")), False),
    (question(assigned(principal="c-p1")), False),  # a client id is nobody
    (question(assigned(principal="P1")), True),
]


@pytest.mark.parametrize(("vector", "answer"), TWINS)
def test_roles(vector, answer):
    assert decide(vector) is answer


def denial(**more):
    entry = {"permissions": [{"dataActions": ["*"]}], "principals": ["everyone"], "scope": VAULT}
    return {**entry, **more}


@pytest.mark.parametrize(
    ("deny", "answer"),
    [
        (denial(), False),
        (denial(principals=[{"id": "00000000-0000-0000-0000-000000000000"}]), False),
        (denial(principals=["p2"]), True),
        (denial(principals=["g1"]), None),
        (denial(excludePrincipals=[{"id": "P1", "type": "ServicePrincipal"}]), True),
        (denial(excludePrincipals=["g1"]), None),
        (denial(condition="@Resource[x]"), None),
        (denial(doNotApplyToChildScopes=True), True),
        (denial(scope=f"{VAULT}/secrets/db", doNotApplyToChildScopes=True), False),
        (denial(scope=f"{VAULT}/secrets/other"), True),
    ],
)
def test_denials_win(deny, answer):
    assert decide(question(assigned(), deny_assignments=[deny])) is answer


@pytest.mark.parametrize("rbac", [True, False, None])
def test_the_mode_of_the_vault_alone_decides_which_counts(rbac):
    policy = {"objectId": "p1", "permissions": {"secrets": ["get"]}}
    by_role = question(assigned(), vault_rbac=rbac)
    by_policy = question(access_policies=[policy], vault_rbac=rbac)
    assert decide(by_role) is (rbac is True)
    assert decide(by_policy) is (rbac is not True)


@pytest.mark.parametrize(
    ("application", "asked", "answer"),
    [("app1", "app1", True), ("app1", "app2", False), ("app1", None, False), (None, "app1", True)],
)
def test_an_access_policy_of_an_application_holds_through_it_alone(application, asked, answer):
    policy = {"objectId": "p1", "applicationId": application, "permissions": {"secrets": ["all"]}}
    vector = question(access_policies=[policy], vault_rbac=False)
    vector["ask"]["application"] = asked
    assert decide(vector) is answer


@pytest.mark.parametrize(
    ("role", "rbac", "answer"),
    [
        ("Owner", True, True),
        ("User Access Administrator", True, True),
        ("Key Vault Data Access Administrator", True, None),  # its own condition limits it
        ("Contributor", True, False),
        ("Key Vault Contributor", True, False),
        ("Contributor", False, True),
        ("Reader", False, False),
    ],
)
def test_who_can_let_itself_read(role, rbac, answer):
    vector = question(assigned(role, scope=GROUP), vault_rbac=rbac, resource=VAULT)
    assert decide({"kind": "gain-read", **vector}) is answer


def test_a_denial_stops_what_one_gives_oneself():
    vector = question(assigned("Owner", scope=GROUP), resource=VAULT, kind="gain-read")
    assert decide({**vector, "deny_assignments": [denial()]}) is False
    assert decide({**vector, "deny_assignments": [denial(principals=["p2"])]}) is True


CREDENTIAL = {
    "issuer": "https://oidc.example/c1/",
    "subject": "system:serviceaccount:shop:api",
    "audiences": ["api://AzureADTokenExchange"],
}
TOKEN = {
    "issuer": CREDENTIAL["issuer"],
    "subject": CREDENTIAL["subject"],
    "audience": CREDENTIAL["audiences"][0],
}
FLEXIBLE = {
    "subject": None,
    "claimsMatchingExpression": {"value": "claims['sub'] matches 'system:*'", "languageVersion": 1},
}


@pytest.mark.parametrize(
    ("credential", "answer"),
    [
        ({}, True),
        ({"issuer": "https://oidc.example/c1"}, False),
        ({"subject": "system:serviceaccount:shop:*"}, False),
        ({"audiences": ["api://other"]}, False),
        ({"audiences": ["api://other", TOKEN["audience"]]}, True),
        (FLEXIBLE, None),
        ({**FLEXIBLE, "issuer": "https://oidc.example/c2/"}, False),
        ({**FLEXIBLE, "audiences": ["api://other"]}, False),
    ],
)
def test_a_federated_credential_is_exact(credential, answer):
    credentials = [{**CREDENTIAL, **credential}]
    vector = {"kind": "federate", "federated_credentials": credentials, "ask": {"token": TOKEN}}
    assert decide(vector) is answer


ENTRA = {"managed": True, "adminGroupObjectIDs": []}


def enters(role, outcome="admin", scope=CLUSTER, profile=None, *, local=True, namespace="shop"):
    return decide(
        {
            "kind": "cluster",
            "cluster": {"aadProfile": profile, "disableLocalAccounts": not local},
            "assignments": [assigned(role, scope=scope)],
            "ask": {"principal": "p1", "outcome": outcome, "namespace": namespace},
        }
    )


def test_who_administers_a_cluster():
    admin, user = (
        "Azure Kubernetes Service Cluster Admin Role",
        "Azure Kubernetes Service Cluster User Role",
    )
    assert enters(admin, profile=ENTRA)
    assert enters(admin, profile=ENTRA, local=False) is False
    assert enters(user)
    assert enters(user, profile=ENTRA) is False
    assert enters(admin, scope=f"{CLUSTER}0") is False


@pytest.mark.parametrize("spelling", ["enableAzureRBAC", "enableAzureRbac"])
def test_who_reads_the_secrets_of_a_cluster_by_azure_rbac(spelling):
    writer = "Azure Kubernetes Service RBAC Writer"
    whole = "Azure Kubernetes Service RBAC Cluster Admin"
    profile = {**ENTRA, spelling: True}
    inside = f"{CLUSTER}/namespaces/shop"
    assert enters(writer, "read-secrets", inside, profile)
    assert enters(writer, "read-secrets", inside, profile, namespace="dev") is False
    assert enters(writer, "read-secrets", inside, ENTRA) is False
    assert enters(writer, "admin", CLUSTER, profile) is False
    assert enters(whole, "admin", CLUSTER, profile, local=False)
    assert enters(whole, "admin", inside, profile, local=False) is False


def test_the_groups_that_entra_makes_administrators():
    profile = {**ENTRA, "adminGroupObjectIDs": ["G-1"]}
    vector = {
        "kind": "cluster",
        "cluster": {"aadProfile": profile},
        "ask": {"principal": "p1", "outcome": "admin"},
    }
    assert decide({**vector, "groups": {"g-1": ["p1"]}}) is True
    assert decide({**vector, "groups": {"g-1": []}}) is False
    assert decide({**vector, "groups": {"g-1": None}}) is None
    assert decide(vector) is None


def test_the_packaged_roles_say_what_the_derived_questions_say():
    asked = [(READ, True), (WRITE_ASSIGNMENT, False), (WRITE_CREDENTIAL, False)]
    roles = {}
    for vector in derived("vectors-2"):
        roles.update(vector["role_definitions"])
    compared = 0
    for name, fields in roles.items():
        packaged = builtin_roles().get(name.lower())
        if packaged is None:
            assert name.startswith("c:")
            continue
        compared += 1
        assert packaged.name == fields["id"]
        for action, data in asked:
            given = fields.get("dataActions" if data else "actions", [])
            taken = fields.get("notDataActions" if data else "notActions", [])
            told = any(matches(one, action) for one in given) and not any(
                matches(one, action) for one in taken
            )
            assert gives(packaged.permissions, action, data=data) is told, (name, action)
    assert compared == 15
