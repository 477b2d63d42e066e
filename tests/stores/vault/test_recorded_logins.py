"""Every recorded login of a ServiceAccount through auth/kubernetes and auth/jwt."""

from rbacgraph.stores.vault import admits
from rbacgraph.stores.vault.jwt_role import jwt_admits, serviceaccount_claims
from rbacgraph.stores.vault.role_fields import token_policies
from tests.stores.vault.recorded import recorded

LOOPBACK = "127.0.0.1"  # from there the recorded logins came


def test_kubernetes_roles():
    records = recorded("kubernetes-auth.json")
    asked, wrong = 0, []
    for role in records["roles"]:
        for login in role.get("logins", ()):
            asked += 1
            admitted = admits(
                role["read"],
                namespace=login["namespace"],
                serviceaccount=login["serviceaccount"],
                namespace_labels=records["namespaces"][login["namespace"]],
                audiences=login["audiences"],
                remote_addr=LOOPBACK,
            )
            policies = list(token_policies(role["read"])) if admitted else None
            expected = login["policies"] if login["admitted"] else None
            if policies != expected:
                wrong.append((role["role"], login, policies))
    assert not wrong
    assert asked == 448


def test_an_address_that_is_not_known_is_taken_to_be_bound():
    role = next(
        entry["read"]
        for entry in recorded("kubernetes-auth.json")["roles"]
        if entry["role"] == "cidr"
    )
    assert admits(role, namespace="prod", serviceaccount="app")
    assert not admits(role, namespace="prod", serviceaccount="app", remote_addr=LOOPBACK)
    assert admits(role, namespace="prod", serviceaccount="app", remote_addr="10.1.2.3")


def test_jwt_roles():
    asked, wrong = 0, []
    for role in recorded("jwt-auth.json")["roles"]:
        for login in role.get("logins", ()):
            asked += 1
            claims = serviceaccount_claims(
                login["namespace"], login["serviceaccount"], audiences=login["audiences"]
            )
            if jwt_admits(role["read"], claims) != login["admitted"]:
                wrong.append((role["role"], login))
    assert not wrong
    assert asked == 252
