"""Who comes into a cluster of EKS: entries, access policies, aws-auth, and which cluster it is."""

import json
import shutil
from pathlib import Path

import pytest

import rbacgraph as rg
from rbacgraph.errors import NotFoundError
from rbacgraph.facts.external.aws_entries import access_policies

EDGES = Path(__file__).parents[2] / "fixtures" / "edges"
ENTRIES = EDGES / "store-entry"
ROLE = "arn:aws:iam::111122223333:role/"
IN = "aws/111122223333/eu-west-1/eks/prod"
SESSION = "arn:aws:sts::111122223333:assumed-role/{}/{{{{SessionName}}}}"


def copied(tmp_path, file, **cluster):
    shutil.copytree(ENTRIES / "aws", tmp_path / "aws")
    shutil.copy(ENTRIES / f"{file}.yaml", tmp_path)
    about = tmp_path / IN / "cluster.json"
    value = json.loads(about.read_text())
    value["cluster"] |= cluster
    about.write_text(json.dumps(value))
    return tmp_path


def second(folder):
    shutil.copytree(folder / IN, folder / f"{IN}-2")
    about = folder / f"{IN}-2" / "cluster.json"
    text = about.read_text().replace("prod", "dev").replace("EXAMPLE", "OTHER")
    about.write_text(text)
    for file in (folder / f"{IN}-2").rglob("*.json"):
        file.write_text(file.read_text().replace("prod", "dev"))
    (folder / f"{IN}-2").rename(folder / "aws/111122223333/eu-west-1/eks/dev")


def got(folder, role, **more):
    cluster = rg.load(folder, **more)
    try:
        answer = cluster.reach(source=f"aws-role:{ROLE}{role}")
    except NotFoundError:
        return "nothing"
    found = {one.target: "certain" if one.certain else "conditional" for one in answer}
    return found.get("secret:shop/db", "nothing")


@pytest.mark.parametrize(
    ("mode", "role", "file", "gets"),
    [
        ("API", "admin", "yes", "certain"),
        ("CONFIG_MAP", "admin", "yes", "nothing"),
        ("API", "old", "yes-aws-auth", "nothing"),
        ("CONFIG_MAP", "old", "yes-aws-auth", "certain"),
        ("CONFIG_MAP", "both", "no-aws-auth", "certain"),  # no entry counts, so its mapping does
        ("", "old", "yes-aws-auth", "conditional"),
        ("", "admin", "yes", "certain"),
    ],
)
def test_the_authentication_mode_decides_who_counts(tmp_path, mode, role, file, gets):
    config = {"accessConfig": {"authenticationMode": mode}}
    assert got(copied(tmp_path, file, **config), role) == gets


def test_of_several_clusters_the_issuer_or_the_name_tells_which(tmp_path):
    folder = copied(tmp_path, "yes")
    second(folder)
    assert got(folder, "admin") == "conditional"
    issuer = "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE"
    assert got(folder, "admin", oidc_issuers=[issuer]) == "certain"
    assert got(folder, "admin", oidc_issuers=["https://elsewhere"]) == "nothing"
    assert got(folder, "admin", eks_cluster="prod") == "certain"
    assert got(folder, "admin", eks_cluster="gone") == "nothing"


def test_access_policies_answer_as_roles_do(tmp_path):
    cluster = rg.load(copied(tmp_path, "yes"), bootstrap=False)
    admin, viewer = SESSION.format("admin"), SESSION.format("viewer")
    assert cluster.can_i("get", "secrets", namespace="shop", user=admin)
    assert not cluster.can_i("get", "secrets", namespace="shop", user=viewer)
    assert cluster.can_i("list", "pods", namespace="shop", user=viewer)
    decision = cluster.can_i("get", "secrets", namespace="shop", user=admin)
    assert any(one.file.endswith("access-entries/1.json") for one in decision.evidence)
    cluster.save(tmp_path / "saved.json")
    saved = rg.load(tmp_path / "saved.json", bootstrap=False)
    assert saved.can_i("get", "secrets", namespace="shop", user=admin)
    assert "eks/AmazonEKS" not in (tmp_path / "saved.json").read_text()


def test_which_access_policies_read_secrets():
    def reads(name):
        return any(
            {"", "*"} & set(one.api_groups or ())
            and {"secrets", "*"} & set(one.resources or ())
            and {"get", "list", "watch", "*"} & set(one.verbs)
            for one in access_policies()[name]
        )

    assert {name for name in access_policies() if reads(name)} == {
        f"AmazonEKS{one}Policy"
        for one in ("ClusterAdmin", "Admin", "AdminView", "Edit", "SecretReader")
    }
    assert len(access_policies()["AmazonEKSAdminPolicy"]) == 21
