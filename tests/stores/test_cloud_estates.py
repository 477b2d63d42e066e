"""Whole dumps of Azure and Google Cloud: who is which identity, and what these read and change."""

import json
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from rbacgraph.model.node import EVERY, GROUP, SECRETS
from rbacgraph.model.stores import azure_dump as az
from rbacgraph.model.stores import gcp_dump as gc
from rbacgraph.sources.clouds.azure import AzureReader
from rbacgraph.sources.clouds.gcp import GcpReader
from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.stores.azure.estate import AzureEstate
from rbacgraph.stores.gcp.estate import GcpEstate
from rbacgraph.stores.gcp.members import account_caller
from rbacgraph.stores.truth import all_of, any_of

STORES = Path(__file__).parents[2] / "fixtures" / "stores"
SUBSCRIPTION = "11111111-2222-4333-8444-555555555555"
IN_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
VAULT = f"{IN_GROUP}/providers/Microsoft.KeyVault/vaults/kv"
AKS = f"{IN_GROUP}/providers/Microsoft.ContainerService/managedClusters/c"
ISSUER, OTHER = "https://oic.example/a/", "https://oic.example/b/"


def read(kind, reader):
    problems = Problems()
    found = reader(problems)
    folder = STORES / kind / "estate"
    for file in sorted((folder / kind).rglob("*.json")):
        assert found.wants(str(file), named=False)
        assert found.read(str(file), file.read_bytes())
    assert not problems.result()
    return found.result(), json.loads((folder / "truth.json").read_text())["pairs"]


def word(answer):
    return {True: "yes", False: "no"}.get(answer, "maybe")


def azure_reads(estate, namespace, name, secret):
    return any_of(
        all_of([step.doubts or True, estate.read(principal, ("azure", "", secret))])
        for principal, step in estate.logins(namespace, name)
    )


def callers(estate, namespace, name):
    found, todo = {}, [(caller, step.doubts) for caller, step in estate.logins(namespace, name)]
    while todo:
        caller, doubts = todo.pop()
        if caller not in found:
            found[caller] = doubts
            more = estate.next_accounts(caller)
            todo += [(account, doubts | step.doubts) for account, step in more]
    return found


def gcp_reads(estate, namespace, name, secret):
    return any_of(
        all_of([doubts or True, estate.read(caller, ("gcp", "", secret))])
        for caller, doubts in callers(estate, namespace, name).items()
    )


@pytest.mark.parametrize(
    ("kind", "reader", "estate", "reads", "count"),
    [
        ("azure", AzureReader, AzureEstate, azure_reads, 28),
        ("gcp", GcpReader, GcpEstate, gcp_reads, 18),
    ],
)
def test_every_pair_of_the_estate(kind, reader, estate, reads, count):
    dump, pairs = read(kind, reader)
    whole = estate(dump)
    for pair, truth in pairs.items():
        account, secret = pair.removeprefix("sa:").split()
        answer = reads(whole, *account.split("/"), secret.removeprefix(f"{kind}:"))
        assert word(answer) == truth, pair
    assert len(pairs) == count


def test_what_identities_of_google_read_is_what_they_may_read():
    """The list of what a caller reads takes a short way past most secrets, and misses none."""
    estate = GcpEstate(read("gcp", GcpReader)[0])
    secrets = [node for node in estate.resources if node[0] == "gcp"]
    for account in ("shop/api", "shop/web", "batch/job", "batch/org", "batch/imp"):
        for caller in callers(estate, *account.split("/")):
            listed = {step.target: step.doubts for step in estate.reads(caller)}
            each = {node: estate.read(caller, node) for node in secrets}
            assert listed == {
                node: frozenset() if answer is True else answer
                for node, answer in each.items()
                if answer is not False
            }


def test_who_enters_the_clusters_of_the_estates():
    estate = AzureEstate(read("azure", AzureReader)[0])
    entries = {(step.source[2][:8], step.target) for step in estate.entries()}
    assert entries == {
        ("00000160", (GROUP, "", "system:masters")),
        ("00000161", (SECRETS, "shop", EVERY)),
        ("00000162", (GROUP, "", "system:masters")),
        ("c0000103", (GROUP, "", "00000150-1111-4222-8333-444444444444")),
    }
    gained = {step.target[2] for step in estate.gains("00000162-1111-4222-8333-444444444444")}
    assert {one for one in gained if "/" in one} == {"shop-old/db", "shop-old/web"}
    entered = {(step.source[:1], step.target) for step in gcp_entries()}
    assert entered == {(("user",), (SECRETS, "", EVERY))}


def gcp_entries():
    return GcpEstate(read("gcp", GcpReader)[0]).entries(())


def subscription(*roles, scope=VAULT, **more):
    assignments = tuple(
        az.AzureAssignment("p1", scope, role_definition_name=role) for role in roles
    )
    given = {
        "assignments": assignments,
        "denials": (),
        "roles": (),
        "identities": (az.AzureIdentity(f"{IN_GROUP}/x/api", "P1", "C1"),),
        "credentials": {"api": (credential(),)},
        "vaults": (az.AzureVault(VAULT, "", True, secrets=("db",)),),
        "clusters": (cluster(),),
    }
    return az.AzureSubscription(SUBSCRIPTION, **(given | more))


def credential(issuer=ISSUER, subject="system:serviceaccount:shop:api", **more):
    return az.AzureCredential(issuer, subject, ("api://AzureADTokenExchange",), **more)


def cluster(issuer=ISSUER, name=AKS, **more):
    return az.AzureCluster(name, az.AzureIssuer(issuer), **more)


USER = "Key Vault Secrets User"


def asked(one, issuers=(), who=("shop", "api")):
    answer = azure_reads(AzureEstate(az.AzureDump((one,)), issuers), *who, "kv/db")
    return sorted(one.name for one in answer) if isinstance(answer, frozenset) else answer


@pytest.mark.parametrize(
    ("one", "answer"),
    [
        (subscription(USER), True),
        (subscription(USER, credentials={"api": (credential(OTHER),)}), False),
        (subscription(USER, credentials={"api": (credential(ISSUER[:-1]),)}), False),  # exact
        (
            subscription(USER, credentials={"api": (credential(claims_matching_expression="x"),)}),
            ["x"],
        ),
        (subscription("of tomorrow"), ["of tomorrow"]),
        (subscription(assignments=None), [f"azure/{SUBSCRIPTION}/role-assignments.json"]),
        (subscription(partial={"assignments": "a.json"}), ["a.json"]),
        (subscription(USER, partial={"assignments": "a.json"}), True),
        (subscription(USER, clusters=(cluster(), cluster(OTHER, f"{AKS}2"))), [ISSUER]),
        (subscription(USER, clusters=(cluster(OTHER),)), False),
        (subscription(USER, clusters=()), [ISSUER]),
    ],
)
def test_who_reads_a_key_vault(one, answer):
    assert asked(one) == answer


def test_the_issuer_tells_the_cluster_of_azure():
    two = subscription(USER, clusters=(cluster(), cluster(OTHER, f"{AKS}2")))
    assert asked(two, [ISSUER[:-1]]) is True  # the cluster's own spelling counts
    assert asked(two, [OTHER]) is False
    assert asked(subscription(USER, clusters=()), [ISSUER]) is True


def test_two_identities_of_one_name_keep_their_own_credentials():
    one, two = (f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{name}/x/api" for name in "ab")
    identities = az.AzureIdentity(one, "p1", "c1"), az.AzureIdentity(two, "p2", "c2")
    given = {"api": (credential(id=f"{two}/federatedIdentityCredentials/f"),)}
    assert asked(subscription(USER, identities=identities, credentials=given)) is False
    given = {"api": (credential(id=f"{one.upper()}/federatedIdentityCredentials/f"),)}
    assert asked(subscription(USER, identities=identities, credentials=given)) is True


def test_roles_of_a_management_group_count_below_it():
    group = "/providers/Microsoft.Management/managementGroups/mg"
    assert asked(subscription(USER, scope=group)) is True
    vault = az.AzureVault(VAULT.replace("1111", "2222"), "", True, secrets=("db",))
    other = az.AzureSubscription(
        SUBSCRIPTION.replace("1111", "2222"), assignments=(), vaults=(vault,)
    )
    estate = AzureEstate(az.AzureDump((subscription(USER, scope=group, vaults=()), other)))
    assert azure_reads(estate, "shop", "api", "kv/db") is False  # nothing says it is below


ACCESS = "roles/secretmanager.secretAccessor"
POOL = "//iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/proj.svc.id.goog"
API = f"principal:{POOL}/subject/ns/shop/sa/api"
LINK = "https://container.googleapis.com/v1/projects/proj/locations/e/clusters/"


def project(*members, role=ACCESS, level="secret/db", **more):
    policy = gc.GcpPolicy((gc.GcpBinding(role, members),))
    given = {
        "ancestors": (
            gc.GcpAncestor("proj", "project", policy if level == "project" else gc.GcpPolicy()),
            gc.GcpAncestor(
                "9", "organization", policy if level == "organization" else gc.GcpPolicy()
            ),
        ),
        "secrets": (gc.GcpSecret("projects/123/secrets/db"),),
        "policies": {"secret/db": gc.GcpPolicy()} | ({level: policy} if "/" in level else {}),
        "clusters": (gke("c1"),),
    }
    return gc.GcpProject("proj", "123", **(given | more))


def gke(name, pool="proj.svc.id.goog"):
    return gc.GcpCluster(name, "e", LINK + name, gc.GcpPool(pool))


def google(*projects, issuers=(), who=("shop", "api"), secret="proj/db"):
    estate = GcpEstate(gc.GcpDump(projects), issuers, [secret])
    answer = gcp_reads(estate, *who, secret)
    return sorted(one.name for one in answer) if isinstance(answer, frozenset) else answer


IN_CLUSTER = f"principalSet:{POOL}/kubernetes.cluster/{LINK}"


@pytest.mark.parametrize(
    ("one", "answer"),
    [
        (project(API), True),
        (project(API, level="organization"), True),
        (project("group:sre@example.com"), False),
        (project(API, role="roles/of.tomorrow"), ["roles/of.tomorrow"]),
        (project(API, role="projects/proj/roles/gone"), ["projects/proj/roles/gone"]),
        (project(API, clusters=(gke("c1", ""),)), False),  # without Workload Identity
        (project(API, clusters=(gke("c1"), gke("c2"))), True),
        (project(API, clusters=(gke("c1"), gke("c2", "other.svc.id.goog"))), ["proj.svc.id.goog"]),
        (project(f"{IN_CLUSTER}c1"), True),
        (project(f"{IN_CLUSTER}c2"), False),
        (project(f"{IN_CLUSTER}c1", clusters=(gke("c1"), gke("c2"))), [f"{LINK}c1"]),
        (project(ancestors=None), ["gcp/proj/ancestors.json"]),
        (project(API, ancestors=None), True),
        (project(policies={}), ["gcp/proj/secrets/db.json"]),
        (project(policies={}, assets=()), False),
    ],
)
def test_who_reads_a_secret_of_google(one, answer):
    assert google(one) == answer


def test_the_issuer_tells_the_cluster_of_google():
    two = project(f"{IN_CLUSTER}c1", clusters=(gke("c1"), gke("c2")))
    assert google(two, issuers=[f"{LINK}c1"]) is True
    assert google(two, issuers=[f"{LINK}c2"]) is False
    assert google(project(API), issuers=["https://other.example"]) is False
    assert google(project(API, clusters=None), issuers=[f"{LINK}c9"]) is True
    assert google(project(API, clusters=None)) == ["proj.svc.id.goog"]


def test_assets_stand_for_single_policies():
    policy = gc.GcpPolicy((gc.GcpBinding(ACCESS, (API,)),))
    named = "//secretmanager.googleapis.com/projects/123/secrets/db"
    assert google(project(policies={}, assets=(gc.GcpAsset(named, policy),))) is True
    above = "//cloudresourcemanager.googleapis.com/organizations/9"
    assets = gc.GcpAsset(above, policy), gc.GcpAsset(named)
    assert google(project(policies={}, ancestors=None, assets=assets)) is True
    assets = gc.GcpAsset(above), gc.GcpAsset(named)
    assert google(project(policies={}, ancestors=None, assets=assets)) is False


def test_a_deny_policy_counts_where_it_is_attached():
    rule = gc.GcpDenyRule((API,), ("secretmanager.googleapis.com/versions.access",))
    for place, answer in (
        ("projects%2F123", False),
        ("projects%2F456", True),
        ("organizations%2F9", False),
        ("folders%2F7", True),
    ):
        name = f"policies/cloudresourcemanager.googleapis.com%2F{place}/denypolicies/d"
        denials = (gc.GcpDenyPolicy(name, (gc.GcpDenyItem(rule),)),)
        assert google(project(API, denials=denials)) is answer, place


def accounts(role, *others, level="service-account/r@proj.example"):
    read_it = gc.GcpPolicy((gc.GcpBinding(ACCESS, ("serviceAccount:r@proj.example",)),))
    given = gc.GcpPolicy((gc.GcpBinding(role, (API,)),))
    return project(
        accounts=(gc.GcpAccount("R@proj.example"), *others),
        policies={"secret/db": read_it, level: given},
    )


def test_a_service_account_is_become_by_its_own_policy():
    assert google(accounts("roles/iam.workloadIdentityUser")) is True
    assert google(accounts("roles/iam.serviceAccountUser")) is False
    assert google(accounts("roles/iam.serviceAccountAdmin")) is False
    estate = GcpEstate(gc.GcpDump((accounts("roles/iam.serviceAccountAdmin"),)))
    caller = next(caller for caller, _ in estate.logins("shop", "api"))
    assert [step.target[2] for step in estate.gains(caller)] == ["r@proj.example"]
    assert not list(estate.gains(account_caller("serviceAccount:r@proj.example")))


def test_a_project_has_one_name_by_number_and_by_id():
    assert google(project(API), secret="proj/db") is True
    estate = GcpEstate(gc.GcpDump((project(API),)), (), ["123/other"])
    assert ("gcp", "", "proj/other") in estate.resources
    assert google(replace(project(API), number=""), secret="proj/db") is True


def test_an_application_has_credentials_and_no_object_id_here():
    one = subscription(USER, credentials={"c9": (credential(),)})
    assert asked(one) == [f"azure/{SUBSCRIPTION}/identity.json"]
    assert asked(one, who=("shop", "web")) is False


def test_assets_name_secrets_and_accounts_too():
    read_it = gc.GcpPolicy((gc.GcpBinding(ACCESS, ("serviceAccount:r@proj.example",)),))
    become = gc.GcpPolicy((gc.GcpBinding("roles/iam.workloadIdentityUser", (API,)),))
    assets = (
        gc.GcpAsset("//secretmanager.googleapis.com/projects/123/secrets/db", read_it),
        gc.GcpAsset("//iam.googleapis.com/projects/proj/serviceAccounts/77", become),
    )
    given = {"secrets": None, "policies": {}, "assets": assets}
    account = gc.GcpAccount("r@proj.example", "77")
    assert google(project(**given, accounts=(account,))) is True
    assert google(project(**given, accounts=(replace(account, unique_id="78"),))) is False
    estate = GcpEstate(gc.GcpDump((project(**given),)))
    assert ("gcp", "", "proj/db") in estate.resources


def test_of_several_clusters_the_name_tells_which_it_is():
    two = cluster(), cluster(OTHER, f"{AKS}2")
    role = "Azure Kubernetes Service Cluster Admin Role"
    one = subscription(USER, role, scope=IN_GROUP, clusters=two)
    for name, answer, doubts in (
        ("", [ISSUER], [ISSUER]),
        ("c", True, []),
        ("c2", False, []),
        ("other", [ISSUER], [ISSUER]),
    ):
        estate = AzureEstate(az.AzureDump((one,)), cluster=name)
        found = azure_reads(estate, "shop", "api", "kv/db")
        assert (sorted(x.name for x in found) if isinstance(found, frozenset) else found) == answer
        least = min((step.doubts for step in estate.entries()), key=len)
        assert bool(least) is bool(doubts)
    both = project(f"{IN_CLUSTER}c1", clusters=(gke("c1"), gke("c2")))
    for name, answer in (("c1", True), ("c2", False)):
        estate = GcpEstate(gc.GcpDump((both,)), cluster=name)
        assert gcp_reads(estate, "shop", "api", "proj/db") is answer


def test_a_large_subscription_takes_little_time():
    """2,000 assignments to 400 identities, 500 vaults of 10 secrets, in less than seconds."""
    number = range(400)
    identities = tuple(az.AzureIdentity(f"{IN_GROUP}/x/i{n}", f"p{n}", f"c{n}") for n in number)
    credentials = {
        f"i{n}": (credential(subject=f"system:serviceaccount:shop:i{n}"),) for n in number
    }
    names = tuple(f"s{n}" for n in range(10))
    vaults = tuple(az.AzureVault(f"{VAULT}{n}", "", n % 4 > 0, secrets=names) for n in range(500))
    roles = [USER, "Key Vault Reader", "Contributor"]
    assignments = tuple(
        az.AzureAssignment(f"p{n % 400}", vaults[n % 500].id, role_definition_name=roles[n % 3])
        for n in range(2000)
    )
    given = {"identities": identities, "credentials": credentials, "vaults": vaults}
    started = time.process_time()
    estate = AzureEstate(az.AzureDump((subscription(assignments=assignments, **given),)))
    found = 0
    for n in number:
        (principal,) = [one for one, _ in estate.logins("shop", f"i{n}")]
        found += len([*estate.reads(principal), *estate.gains(principal)])
    assert found > 5000
    assert time.process_time() - started < 5


def test_a_large_organisation_takes_little_time():
    """300 projects of 20 secrets in one organisation, 400 ServiceAccounts."""

    def one(number):
        named = [f"{API.removesuffix('api')}s{(number + n) % 400}" for n in range(20)]
        secrets = {
            f"secret/s{n}": gc.GcpPolicy((gc.GcpBinding(ACCESS, (named[n],)),)) for n in range(20)
        }
        return gc.GcpProject(
            f"proj{number}" if number else "proj",
            str(123 + number),
            ancestors=project(API, level="organization").ancestors,
            secrets=tuple(gc.GcpSecret(f"projects/1/secrets/s{n}") for n in range(20)),
            policies=secrets,
            clusters=() if number else (gke("c1"),),
        )

    started = time.process_time()
    estate = GcpEstate(gc.GcpDump(tuple(map(one, range(300)))))
    found = 0
    for n in range(400):
        (caller,) = [one for one, _ in estate.logins("shop", f"s{n}")]
        found += len([*estate.reads(caller), *estate.gains(caller), *estate.next_accounts(caller)])
    assert found == 6000
    (caller,) = [one for one, _ in estate.logins("shop", "api")]
    assert len(list(estate.reads(caller))) == 6000
    assert time.process_time() - started < 5
