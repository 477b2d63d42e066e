"""Files of dumps of Azure and Google Cloud: spellings, places, and what cannot be read."""

import json
from pathlib import Path

import pytest

from rbacgraph.sources.clouds.azure import AzureReader
from rbacgraph.sources.clouds.gcp import GcpReader
from rbacgraph.sources.diagnostics.problems import Problems

STORES = Path(__file__).parents[2] / "fixtures" / "stores"
SUBSCRIPTION = "11111111-2222-4333-8444-555555555555"
READERS = {"azure": AzureReader, "gcp": GcpReader}


class Files:
    """Reads files that are given by name; what is left to other readers is ``others``."""

    def __init__(self, kind, files):
        problems = Problems()
        reader = READERS[kind](problems)
        scope = SUBSCRIPTION if kind == "azure" else "shop-prod"
        self.others = []
        for name, content in files.items():
            place = name if "/" in name and name.startswith("/") else f"x/{kind}/{scope}/{name}"
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            if not (reader.wants(place, named=False) and reader.read(place, data)):
                self.others.append(name)
        self.any = reader.any
        self.dump = reader.result()
        self.problems = problems.result()
        self.said = [
            f"{one.file.rpartition('/')[2]}:{one.line} {one.code}" for one in self.problems
        ]

    @property
    def part(self):
        (part,) = (
            self.dump.subscriptions if hasattr(self.dump, "subscriptions") else self.dump.projects
        )
        return part


ROLE = {"principalId": "P", "scope": "/", "roleDefinitionId": "/x/roleDefinitions/R"}
ARM = {"id": "/a", "name": "n", "type": "t", "properties": ROLE}


@pytest.mark.parametrize("content", [[ROLE], [ARM], {"value": [ARM]}, ARM])
def test_az_and_resource_manager_say_the_same(content):
    (one,) = Files("azure", {"role-assignments.json": content}).part.assignments
    assert (one.principal_id, one.scope, one.role) == ("P", "/", "R")


@pytest.mark.parametrize("spelling", ["enableAzureRbac", "enableAzureRBAC"])
@pytest.mark.parametrize("ids", ["adminGroupObjectIDs", "adminGroupObjectIds"])
def test_a_cluster_is_read_in_each_spelling(spelling, ids):
    profile = {"aadProfile": {spelling: True, ids: ["G"]}, "disableLocalAccounts": None}
    for content in ({"id": "/c", **profile}, {"id": "/c", "properties": profile}):
        (one,) = Files("azure", {"aks/c.json": content}).part.clusters
        assert one.aad_profile.enable_azure_rbac
        assert one.aad_profile.admin_group_object_ids == ("G",)
        assert not one.disable_local_accounts


def test_a_null_is_as_nothing_and_an_empty_policy_has_no_bindings():
    role = {"name": "G", "roleName": "r", "permissions": [{"actions": None, "dataActions": ["*"]}]}
    (one,) = Files("azure", {"role-definitions.json": [role]}).part.roles
    assert one.permissions[0].actions == ()
    files = Files("gcp", {"secrets/db.json": {"etag": "ACAB"}, "secrets.json": []})
    assert files.part.policies["secret/db"].bindings == ()
    assert files.part.secrets == ()
    assert (
        Files("gcp", {"project.json": {"projectId": "p", "projectNumber": "1"}}).part.secrets
        is None
    )


BAD = [
    # the file, what it holds, and what is said of it
    ("azure", "role-assignments.json", b"", ["role-assignments.json:0 azure-content"]),
    (
        "azure",
        "role-assignments.json",
        b'[{"principalId":',
        ["role-assignments.json:1 azure-content"],
    ),
    ("azure", "role-assignments.json", b"\xff\xfe[\x00", ["role-assignments.json:1 azure-content"]),
    (
        "azure",
        "deny-assignments.json",
        b"ERROR: (AuthorizationFailed)\n",
        ["deny-assignments.json:2 azure-content"],
    ),
    (
        "azure",
        "role-assignments.json",
        [ROLE, {"scope": "/"}],
        ["role-assignments.json:1 azure-content"],
    ),
    ("azure", "role-assignments.json", [3], ["role-assignments.json:1 azure-content"]),
    (
        "azure",
        "deny-assignments.json",
        {"value": [], "nextLink": "x"},
        ["deny-assignments.json:0 partial-list"],
    ),
    (
        "azure",
        "keyvault/kv.json",
        {"id": "/v", "name": "kv", "tags": {}},
        ["kv.json:1 azure-content"],
    ),  # of list
    (
        "gcp",
        "secrets.json",
        b"ERROR: (gcloud.secrets.list) PERMISSION_DENIED",
        ["secrets.json:1 gcp-content"],
    ),
    ("gcp", "secrets/db.json", {"password": "hunter2"}, ["db.json:1 gcp-content"]),
    (
        "gcp",
        "deny-policies/d.json",
        {"name": "d", "kind": "DenyPolicy"},
        ["d.json:1 gcp-content"],
    ),  # of list
    ("gcp", "clusters.json", [{"name": 7}], ["clusters.json:1 gcp-content"]),
    ("gcp", "secrets.json", b"[" * 100000, ["secrets.json:1 gcp-content"]),
]


@pytest.mark.parametrize(("kind", "name", "content", "said"), BAD)
def test_what_cannot_be_read_is_said_and_the_rest_is_read(kind, name, content, said):
    good = {"aks/c.json": {"id": "/c"}} if kind == "azure" else {"service-accounts.json": []}
    files = Files(kind, {name: content, **good})
    assert files.said == said
    assert files.part.clusters if kind == "azure" else files.part.accounts == ()
    assert files.part.partial
    assert "hunter2" not in str(files.problems)


def test_a_fault_has_its_line():
    text = b'[\n {"principalId": "p", "scope": "/"},\n {"principalId": "p", "scope": 3}\n]'
    files = Files("azure", {"role-assignments.json": text})
    assert files.said == ["role-assignments.json:3 azure-content"]
    assert [one.line for one in files.part.assignments] == [2]


VALUES = [
    (
        "azure",
        "keyvault/kv/secrets.json",
        {"id": "https://kv.vault.azure.net/secrets/db", "value": "hunter2"},
    ),
    ("azure", "keyvault/kv/secrets/db.json", {"id": "x", "value": "hunter2"}),
    ("azure", "keyvault/kv/secrets/db.json", b"hunter2"),
    ("gcp", "secrets/db.json", {"name": "x", "payload": {"data": "aHVudGVyMg=="}}),
    ("gcp", "secrets/db/1.json", b"hunter2"),
    ("gcp", "secrets/db/versions/latest.json", {"password": "hunter2"}),
]


@pytest.mark.parametrize(("kind", "name", "content"), VALUES)
def test_a_file_with_a_value_is_refused_and_named(kind, name, content):
    files = Files(kind, {name: content})
    assert files.said == [f"{name.rpartition('/')[2]}:0 {kind}-secret"]
    assert "hunter2" not in str((files.problems, files.dump))
    assert "aHVudGVyMg" not in str((files.problems, files.dump))
    assert not files.others


def test_what_a_credential_asks_of_claims_is_no_value():
    flexible = {"issuer": "i", "claimsMatchingExpression": {"value": "claims['sub'] matches 'x'"}}
    files = Files("azure", {"identity/a/federated-credentials.json": [flexible]})
    (one,) = files.part.credentials["a"]
    assert one.claims_matching_expression.value == "claims['sub'] matches 'x'"
    assert not files.problems


SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}}


@pytest.mark.parametrize(
    ("kind", "name", "content"),
    [
        ("gcp", "clusters.json", {"apiVersion": "v1", "kind": "List", "items": [SECRET]}),
        ("gcp", "secrets/db.json", SECRET),
        ("gcp", "secrets/shop/db.json", SECRET),
        ("gcp", "secrets.json", [SECRET]),
        ("gcp", "clusters.json", b'{"apiVersion": "v1", "kind": "Secret"}\n{"apiVersion": "v1"}'),
        ("gcp", "clusters.json", b"apiVersion: v1\nkind: Secret\n"),
        ("gcp", "deployment.json", {"a": 1}),
        ("azure", "aks/c.json", SECRET),
        ("azure", "aks/c/more.json", {"id": "/c"}),
        ("azure", "aks/c.yaml", {"id": "/c"}),
        ("azure", "/x/azure/prod/aks/c.json", {"id": "/c"}),
        ("azure", f"/x/other/{SUBSCRIPTION}/aks/c.json", {"id": "/c"}),
    ],
)
def test_what_is_no_part_of_a_dump_is_left_to_others(kind, name, content):
    files = Files(kind, {name: content})
    assert files.others == [name]
    assert not files.any
    assert files.dump is None
    assert not files.problems


def test_of_two_dumps_the_first_counts():
    first, second = (f"/{day}/azure/{SUBSCRIPTION}/aks/c.json" for day in ("monday", "tuesday"))
    same = Files("azure", {first: {"id": "/c"}, second: b'\n\n{"id": "/c"}'})
    assert not same.problems
    files = Files("azure", {first: {"id": "/c"}, second: {"id": "/d"}})
    assert files.said == ["c.json:1 azure-two-dumps"]
    assert [one.id for one in files.part.clusters] == ["/c"]


def test_a_saved_dump_is_taken_over():
    for kind, field in (("azure", "subscriptions"), ("gcp", "projects")):
        problems = Problems()
        first, second = READERS[kind](problems), READERS[kind](problems)
        for file in sorted((STORES / kind / "estate" / kind).rglob("*.json")):
            first.read(str(file), file.read_bytes())
        assert first.wants(str(file), named=False)
        second.take(first.result(), "saved.json")
        assert second.any
        assert second.result() == first.result()
        assert len(getattr(second.result(), field)) == 1
        assert not problems.result()


def test_a_dump_of_powershell_begins_with_a_mark():
    text = b"\xef\xbb\xbf" + json.dumps([ROLE]).encode()
    assert len(Files("azure", {"role-assignments.json": text}).part.assignments) == 1


NAMES = ["a|b", "\x1b[2J", "\u202ename", "имя"]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_any_letters_are_printed_clean(name):
    files = Files(
        "azure", {"role-assignments.json": [{"scope": name}, {"principalId": 3, "scope": name}]}
    )
    assert len(files.problems) == 2
    assert "\x1b" not in str(files.problems)
