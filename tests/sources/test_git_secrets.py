"""Secrets in Git: what is kept of files that SOPS encrypts, of its rules, and of references."""

import io
import json
from pathlib import Path

import pytest
import yaml

import rbacgraph as rg
from rbacgraph.model.stores.sops import KeyPlace, Recipient, Selection

REPO = Path(__file__).parents[2] / "fixtures" / "stores" / "sops" / "repo"
ENC = "ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]"
AGE = {"recipient": "age1cluster", "enc": "x"}
METADATA = {"age": [AGE], "lastmodified": "2026-01-01T00:00:00Z", "mac": ENC, "version": "3.11.0"}
FINGERPRINT = "85D77543B3D624B63CEA9E6DBC17301B491B3F21"
KMS = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd"


def secret(name="db", namespace="shop", **more):
    place = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": place,
        "stringData": {"password": ENC},
        "sops": {**METADATA, "encrypted_regex": "^(data|stringData)$"},
        **more,
    }


def written(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return rg.load(folder, allow_empty=True).snapshot


def codes(snapshot):
    return sorted((one.code, one.line) for one in snapshot.diagnostics if one.severity != "note")


# --- files -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["prod.yaml", "prod.json", "prod.env", "prod.ini"])
def test_every_format_that_sops_writes_is_read(name):
    (found,) = rg.load(REPO / "values" / name).snapshot.git.documents
    assert [[one.kind for one in group] for group in found.groups] == [["age"]]
    assert found.threshold == 1
    assert found.mac
    assert found.selection == Selection()
    assert not found.plain  # name_unencrypted is meant to be so


def test_an_encrypted_secret_is_the_secret_that_it_becomes():
    snapshot = rg.load(REPO / "clusters/shop/secret-db.yaml").snapshot
    (kept,) = snapshot.secrets
    assert (kept.metadata.namespace, kept.metadata.name) == ("shop", "db")
    assert kept.keys == ("password", "user")
    assert snapshot.git.documents[0].secrets == (("shop", "db"),)
    assert not [one for one in snapshot.diagnostics if one.code != "no-bindings"]


def test_a_type_that_is_encrypted_is_no_reason_to_refuse_the_secret(tmp_path):
    snapshot = written(tmp_path, {"a.yaml": secret(type=ENC, immutable=ENC)})
    (kept,) = snapshot.secrets
    assert (kept.type, kept.immutable) == ("Opaque", False)
    text = json.dumps(secret(type=ENC, immutable=ENC)).encode()
    (kept,) = rg.load(io.BytesIO(text)).snapshot.secrets
    assert (kept.type, kept.immutable) == ("Opaque", False)


def test_an_encrypted_name_is_no_name(tmp_path):
    files = {
        "name.yaml": secret(name=ENC),
        "namespace.yaml": secret(namespace=ENC),
        "all.yaml": {**secret(), "apiVersion": ENC, "kind": ENC},
    }
    snapshot = written(tmp_path, files)
    assert not snapshot.secrets
    assert codes(snapshot) == [("encrypted-field", 1), ("encrypted-name", 1), ("encrypted-name", 1)]
    assert {one.severity for one in snapshot.diagnostics} == {"error"}
    assert {one.file for one in snapshot.unread} == {str(tmp_path / name) for name in files}
    assert [one.secrets for one in snapshot.git.documents] == [(), (), ()]
    assert not any(ENC[:4] in kind for kind in snapshot.skipped)


def test_each_document_has_its_own_metadata(tmp_path):
    other = {**METADATA, "age": [{"recipient": "age1other"}]}
    documents = [secret("a"), secret("b", sops=other), {"kind": "ConfigMap", "x": 1}]
    text = yaml.safe_dump_all(documents, explicit_start=True)
    found = written(tmp_path, {"a.yaml": text}).git
    names = [(one.secrets, one.groups[0][0].name) for one in found.documents]
    assert names == [((("shop", "a"),), "age1cluster"), ((("shop", "b"),), "age1other")]
    lines = text.split("\n")
    assert [lines[one.line - 1] for one in found.documents] == ["apiVersion: v1"] * 2


def test_all_kinds_of_recipients(tmp_path):
    metadata = {
        **METADATA,
        "age": [],
        "kms": [{"arn": KMS, "role": "arn:aws:iam::1:role/x", "context": {"a": "b"}}],
        "gcp_kms": [{"resource_id": "projects/p/locations/l/keyRings/r/cryptoKeys/k"}],
        "hckms": [{"key_id": "eu:1"}],
        "azure_kv": [{"vault_url": "https://Shop.vault.azure.net", "name": "sops", "version": "1"}],
        "hc_vault": [
            {"vault_address": "https://v:8200", "engine_path": "transit", "key_name": "shop"}
        ],
        "pgp": [{"fp": FINGERPRINT.lower()}],
    }
    rule = {
        "kms": KMS,
        "gcp_kms": metadata["gcp_kms"][0]["resource_id"],
        "hckms": ["eu:1"],
        "azure_keyvault": "https://shop.vault.azure.net/keys/sops/1",
        "hc_vault_transit_uri": "https://v:8200/v1/transit/keys/shop",
        "pgp": FINGERPRINT,
    }
    group = {
        "kms": [{"arn": KMS, "role": "x"}],
        "gcp_kms": [{"resource_id": rule["gcp_kms"]}],
        "hckms": [{"key_id": "eu:1"}],
        "azure_keyvault": [{"vaultUrl": "https://shop.vault.azure.net", "key": "sops"}],
        "hc_vault": ["https://v:8200/v1/transit/keys/shop"],
        "pgp": [FINGERPRINT],
    }
    rules = {"creation_rules": [rule, {"path_regex": "x", "key_groups": [{"merge": [group]}]}]}
    git = written(tmp_path, {"a.yaml": secret(sops=metadata), ".sops.yaml": rules}).git
    expected = {
        Recipient("aws-kms", KMS),
        Recipient("gcp-kms", rule["gcp_kms"]),
        Recipient("huaweicloud-kms", "eu:1"),
        Recipient("azure-kv", "shop/keys/sops"),
        Recipient("hc-vault", "transit/decrypt/shop", "v:8200"),
        Recipient("pgp", FINGERPRINT),
    }
    assert set(git.documents[0].groups[0]) == expected
    assert [set(one.groups[0]) for one in git.configs[0].rules] == [expected] * 2


@pytest.mark.parametrize(
    "odd",
    [
        {"sops": [1]},
        {"sops": {**METADATA, "age": [{"recipient": 5}]}},
        {"sops": {**METADATA, "age": "age1x"}},
        {"sops": {**METADATA, "age": [], "key_groups": [7]}},
        {"sops": {**METADATA, "encrypted_regex": "a", "encrypted_suffix": "b"}},
    ],
)
def test_wrong_metadata_is_reported_with_its_line(odd, tmp_path):
    snapshot = written(tmp_path, {"a.yaml": secret(**odd), "b.yaml": secret("other")})
    assert codes(snapshot) == [("no-bindings", 0), ("sops-metadata", 1)]
    assert {one.metadata.name for one in snapshot.secrets} == {"db", "other"}
    assert snapshot.git.documents[-1].groups == ((Recipient("age", "age1cluster"),),)


def test_what_is_only_called_sops_is_no_metadata(tmp_path):
    values = {"sops": {"enabled": True, "age": {"secret": "x"}}, "replicas": 2}
    snapshot = written(tmp_path, {"values.yaml": values})
    assert snapshot.git is None


def test_aliases_and_depth_end():
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
    )
    own = "sops: &a\n  mac: x\n  age: [*a]\n"
    deep = f"x: {'[' * 300}{ENC!r}{']' * 300}\nsops: {{mac: x}}\n"
    for text in (bomb + f"sops: {{mac: {ENC!r}}}\n", own, deep):
        snapshot = rg.load(io.BytesIO(text.encode()), allow_empty=True).snapshot
        assert snapshot.git is None or not snapshot.git.documents[0].groups


def test_no_value_is_kept(tmp_path):
    cluster = rg.load(REPO)
    cluster.save(tmp_path / "cluster.json")
    text = (tmp_path / "cluster.json").read_text()
    assert "CANARY" not in text
    assert "ENC[" not in text
    assert "BEGIN AGE" not in text
    assert rg.load(tmp_path / "cluster.json").snapshot.git == cluster.snapshot.git


# --- plaintext ---------------------------------------------------------------------------


def rules(*given):
    return {"creation_rules": [{"age": "age1cluster", **one} for one in given]}


PLAIN = {key: value for key, value in secret().items() if key != "sops"} | {
    "stringData": {"password": "CANARY", "empty": ""}
}
CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "b"}}


def plain(folder, rule, files):
    git = written(folder, {".sops.yaml": rules(*rule), **files}).git
    return {(Path(one.file).relative_to(folder).as_posix(), one.plain_count) for one in git.plain}


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        ({}, 5),  # name, namespace, apiVersion and kind too
        ({"path_regex": r"\.yaml$"}, 5),
        ({"path_regex": "^a", "encrypted_regex": "^(data|stringData)$"}, 1),
        ({"path_regex": "^a", "encrypted_regex": "^nothing$"}, 1),  # it is a Secret's
        ({"encrypted_suffix": "_secret"}, 1),
    ],
)
def test_a_secret_in_plaintext_is_found_by_any_rule(rule, count, tmp_path):
    assert plain(tmp_path, [rule], {"a.yaml": PLAIN}) == {("a.yaml", count)}


def test_another_file_only_by_a_rule_that_means_it(tmp_path):
    files = {"config.yaml": CONFIG, "app/config.yaml": CONFIG, "app/.env": "KEY=CANARY\n"}
    assert plain(tmp_path / "1", [{}], files) == set()
    assert plain(tmp_path / "2", [{"path_regex": r".*\.yaml$"}], files) == set()
    assert plain(tmp_path / "3", [{"path_regex": "^app/"}], files) == {
        ("app/config.yaml", 4),
        ("app/.env", 1),
    }
    only = [{"path_regex": "^app/", "encrypted_regex": "^data$"}]
    assert plain(tmp_path / "4", only, files) == {("app/config.yaml", 1)}


def test_the_nearest_configuration_counts(tmp_path):
    files = {
        ".sops.yaml": rules({"path_regex": "secret"}),
        "app/.sops.yaml": rules({"path_regex": "^x-"}),
        "app/secret.yaml": PLAIN,
        "app/x-1.yaml": PLAIN,
        "secret.yaml": PLAIN,
    }
    found = written(tmp_path, files).git.plain
    assert {Path(one.file).name: Path(one.rule.file).parent.name for one in found} == {
        "x-1.yaml": "app",
        "secret.yaml": tmp_path.name,
    }
    assert Path(next(one.file for one in found if "secret" in one.file)).parent == tmp_path


def test_a_value_in_plaintext_is_found_with_its_line(tmp_path):
    text = yaml.safe_dump(secret(stringData={"password": ENC, "user": "CANARY", "n": None}))
    (found,) = written(tmp_path, {"a.yaml": text}).git.documents
    line = text.split("\n").index("  user: CANARY") + 1
    assert found.plain == (KeyPlace(line, ("stringData", "user")),)


def test_a_configuration_that_sops_refuses_is_reported(tmp_path):
    refused = {
        ".sops.yaml": yaml.safe_dump(
            {
                "creation_rules": [
                    {"path_regex": "[", "age": "age1x"},
                    {
                        "path_regex": "a",
                        "encrypted_regex": "a",
                        "encrypted_suffix": "b",
                        "age": "x",
                    },
                    {"path_regex": "b"},
                    {"path_regex": "c", "age": 5},
                    {"path_regex": "d", "key_groups": [{"age": ["x"]}] * 2, "shamir_threshold": 3},
                    "text",
                ]
            },
            sort_keys=False,
        ),
        "a/.sops.yaml": "creation_rules: 5\n",
        "b/.sops.yaml": "a: [\n",
        "c/.sops.yaml": "- a\n",
        "d/.sops.yml": "creation_rules: []\n",
        "secret.yaml": secret(),
    }
    snapshot = written(tmp_path, refused)
    found = [one for one in snapshot.diagnostics if one.code == "sops-config"]
    places = [(Path(one.file).relative_to(tmp_path).as_posix(), one.line) for one in found]
    lines = refused[".sops.yaml"].split("\n")
    starts = [number for number, line in enumerate(lines, 1) if line.startswith("- ")]
    assert sorted(places) == sorted(
        [
            *((".sops.yaml", line) for line in starts),
            *(("a/.sops.yaml", 1), ("b/.sops.yaml", 2), ("c/.sops.yaml", 1), ("d/.sops.yml", 0)),
        ]
    )
    assert [one.metadata.name for one in snapshot.secrets] == ["db"]


# --- references --------------------------------------------------------------------------


def test_what_names_encrypted_files(tmp_path):
    source = {"helm": {"valueFiles": ["secrets://a.yaml", "plain.yaml"]}}
    by_secret = "secrets+age-import-kubernetes://argocd/keys#key.txt?b.yaml"
    files = {
        "app.yaml": {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": "web", "namespace": "argocd"},
            "spec": {"source": source, "sources": [{"helm": {"valueFiles": [by_secret]}}]},
        },
        "release.yaml": {
            "apiVersion": "helm.toolkit.fluxcd.io/v2",
            "kind": "HelmRelease",
            "metadata": {"name": "web", "namespace": "flux"},
            "spec": {
                "targetNamespace": "shop",
                "chart": {"spec": {"valuesFiles": ["secrets+gpg-import://key.asc?c.yaml"]}},
            },
        },
        "helmfile.yaml": {
            "releases": [
                {"name": "api", "namespace": "shop", "secrets": ["d.yaml"]},
                {"name": "db", "values": ["ref+sops://e.yaml#/a/b", "f.yaml", {"x": 1}]},
            ]
        },
    }
    found = written(tmp_path, files).git.references
    assert [(one.path, one.namespace, one.release, one.imports) for one in found] == [
        ("a.yaml", "", "", ""),
        ("b.yaml", "", "", "age"),
        ("d.yaml", "shop", "api", ""),
        ("e.yaml", "default", "db", ""),
        ("c.yaml", "flux", "shop-web", "pgp"),
    ]
    assert found[1].key_secret == ("argocd", "keys")


def test_a_configuration_that_is_no_text_or_too_large_is_reported(tmp_path):
    files = {".sops.yaml": "# " + "x" * (2 << 20), "a/.sops.yaml": "", "secret.yaml": secret()}
    snapshot = written(tmp_path, files)
    assert [one.code for one in snapshot.diagnostics if one.severity == "error"] == [
        "sops-config"
    ] * 2
    (tmp_path / "a/.sops.yaml").write_bytes(b"\xff\xfe\xfa")
    assert [one.metadata.name for one in rg.load(tmp_path).snapshot.secrets] == ["db"]


def test_a_secret_in_plaintext_behind_an_encrypted_one_is_found(tmp_path):
    behind = {**PLAIN, "metadata": {"name": "behind"}, "data": {"old": ENC}}
    text = yaml.safe_dump_all([secret("a"), behind])
    selected = {"encrypted_regex": "^(data|stringData)$"}
    git = written(tmp_path, {".sops.yaml": rules(selected), "a.yaml": text}).git
    (found,) = git.plain
    assert found.secrets == (("default", "behind"),)
    assert [place.keys for place in found.plain] == [("stringData", "password")]
    assert not found.encrypted  # the metadata of the first document is for it too


def test_a_decrypted_copy_that_is_named_is_read(tmp_path):
    (tmp_path / "a.yaml.dec").write_text(yaml.safe_dump(PLAIN))
    assert not rg.load(tmp_path, allow_empty=True).snapshot.secrets
    assert len(rg.load(tmp_path / "a.yaml.dec").snapshot.secrets) == 1


def test_two_files_of_one_secret_are_one_way(tmp_path):
    once = [secret(), PLAIN | {"metadata": {"name": "sops-age", "namespace": "flux"}}]
    once[1]["stringData"] = {"age.agekey": "CANARY"}
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump_all(once))
    edges = [
        (source, target)
        for source, target, edge in rg.load(tmp_path).graph().edges(data="edge")
        if edge == "sops-decrypt"
    ]
    assert edges == [("age:age1cluster", "secret:shop/db")]


# --- links, and Git's own folder ---------------------------------------------------------


def test_a_link_does_not_take_the_place_of_the_file_that_it_leads_to(tmp_path):
    rules = {"creation_rules": [{"path_regex": "^clusters/", "age": AGE["recipient"]}]}
    (tmp_path / "a-link.yaml").symlink_to("clusters/db.yaml")
    snapshot = written(tmp_path, {".sops.yaml": rules, "clusters/db.yaml": secret()})
    (document,) = snapshot.git.documents
    assert document.file == str(tmp_path / "clusters/db.yaml")
    assert document.rule is not None


def test_a_link_of_a_mounted_config_map_keeps_its_name(tmp_path):
    (tmp_path / "..data").symlink_to("..2026_01_01")
    (tmp_path / "db.yaml").symlink_to("..data/db.yaml")
    (document,) = written(tmp_path, {"..2026_01_01/db.yaml": secret()}).git.documents
    assert document.file == str(tmp_path / "db.yaml")


def test_a_branch_that_is_called_like_a_manifest_is_none(tmp_path):
    files = {".git/refs/heads/fix.yaml": f"{'0' * 40}\n", "db.yaml": secret()}
    assert "not-an-object" not in {code for code, _ in codes(written(tmp_path, files))}


# --- large files -------------------------------------------------------------------------


@pytest.mark.parametrize(("pad", "encrypted", "reported"), [(1, 1, 0), (2500, 1, 1), (2500, 0, 0)])
def test_what_a_large_dump_might_decrypt_with_is_reported(pad, encrypted, reported, tmp_path):
    flux = {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": "apps", "namespace": "flux-system"},
        "spec": {"decryption": {"provider": "sops", "secretRef": {"name": "keys"}}},
    }
    large = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b" * 1000}}
    items = [flux, *({**large, "metadata": {"name": f"c{n}"}} for n in range(pad))]
    listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    found = written(tmp_path, {"dump.json": listed, **({"db.yaml": secret()} if encrypted else {})})
    messages = [one.message for one in found.diagnostics if one.code == "left-out"]
    assert len(messages) == reported
    assert all("Kustomization.kustomize.toolkit.fluxcd.io" in one for one in messages)
