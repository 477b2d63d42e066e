"""How an EncryptionConfiguration is decoded: as Go does it, with places and without keys."""

import base64
import io
import json
import pickle

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rbacgraph.encryption_at_rest.examine import examine
from rbacgraph.errors import InputError
from rbacgraph.model.go.duration import parse_duration
from rbacgraph.model.inputs.encryption_config import NOT_BASE64, FieldPlace
from rbacgraph.sources.config.encryption_config import read_encryption

HEAD = "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n"


def read(text):
    return read_encryption(io.BytesIO(text.encode() if isinstance(text, str) else text))


def one(provider):
    return read(f"{HEAD}resources: [{{resources: [secrets], providers: [{provider}]}}]")


def length(secret):
    found = one(json.dumps({"aescbc": {"keys": [{"name": "k", "secret": secret}]}}))
    assert not found.faults
    (key,) = found.entries[0].providers[0].keys
    return key.length


@pytest.mark.parametrize(
    ("secret", "expected"),
    [
        ("", None),
        ("QUE=", 2),
        ("QUE", NOT_BASE64),
        ("QUFB", 3),
        ("QUFB\n", 3),
        ("Q\r\nU\nFB", 3),
        ("\n", 0),
        (" QUFB", NOT_BASE64),
        ("QUE=QUE=", NOT_BASE64),
        ("QUE==", NOT_BASE64),
        ("=", NOT_BASE64),
        ("QU-_", NOT_BASE64),
        ("ä", NOT_BASE64),
    ],
)
def test_base64_as_go_takes_it(secret, expected):
    assert length(secret) == expected


@given(st.binary(min_size=1, max_size=70))
def test_the_length_is_that_of_the_key(key):
    assert length(base64.b64encode(key).decode()) == len(key)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3s", 3),
        ("1h2m3.5s", 3723.5),
        (".5s", 0.5),
        ("1.s", 1),
        ("-2ms", -0.002),
        ("+1us", 1e-6),
        ("1\u00b5s", 1e-6),
        ("1\u03bcs", 1e-6),
        ("0", 0),
        ("-0", 0),
        ("7ns", 7e-9),
    ],
)
def test_durations(text, seconds):
    assert parse_duration(text) == round(seconds * 10**9)


@pytest.mark.parametrize(
    "text", ["", "3", "s", "3 s", ".s", "1e3s", "3d", "-", "9999999999h", "٣s"]
)
def test_durations_that_go_refuses(text):
    assert parse_duration(text) is None


def test_defaults_of_kms():
    kms = one("{kms: {name: a, endpoint: 'unix:///x'}}").entries[0].providers[0].kms
    assert (kms.api_version, kms.timeout, kms.cache_size) == ("v1", 3_000_000_000, 1000)
    kms = one("{kms: {name: a, apiVersion: v2}}").entries[0].providers[0].kms
    assert (kms.api_version, kms.cache_size, kms.endpoint) == ("v2", None, "")


@pytest.mark.parametrize(
    ("provider", "kinds"),
    [
        ("{identity: {}}", ("identity",)),
        ("{identity: }", ()),
        ("{aescbc: null}", ()),
        ("{aescbc: {}}", ("aescbc",)),
        ("{secretbox: {keys: []}, kms: {}}", ("kms", "secretbox")),
        ("null", ()),
    ],
)
def test_a_provider_is_set_where_it_is_not_null(provider, kinds):
    found = one(provider)
    assert found.entries[0].providers[0].kinds == kinds
    assert not found.faults


def test_places_are_those_of_the_fields():
    found = read(f"{HEAD}resources:\n- resources:\n  - secrets\n  providers:\n  - identity: {{}}\n")
    assert found.place("resources") == FieldPlace(3, 1)
    assert found.place("resources[0]") == FieldPlace(4, 3)
    assert found.place("resources[0].resources[0]") == FieldPlace(5, 5)
    assert found.place("resources[0].providers[0].identity") == FieldPlace(7, 5)
    assert found.place("resources[0].providers[0].kms.name") == FieldPlace(7, 5)
    assert found.place("nothing") == FieldPlace()


def test_yaml_and_json_are_the_same():
    value = {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "EncryptionConfiguration",
        "resources": [
            {
                "resources": ["secrets", "*.apps"],
                "providers": [
                    {"aesgcm": {"keys": [{"name": "k", "secret": "QUFB"}]}},
                    {
                        "kms": {
                            "name": "a",
                            "endpoint": "unix:///x",
                            "timeout": "5s",
                            "cachesize": 7,
                        }
                    },
                    {"identity": {}},
                ],
            }
        ],
    }
    as_json, as_yaml = read(json.dumps(value)), read(yaml.safe_dump(value))
    assert as_json.entries == as_yaml.entries
    assert not as_json.faults
    assert not as_yaml.faults


def test_numbers_are_those_of_the_format():
    text = '{"kind": "EncryptionConfiguration", "apiVersion": "apiserver.config.k8s.io/v1", '
    text += '"resources": [{"resources": ["a"], "providers": [{"kms": {"cachesize": 1e3}}]}]}'
    assert [fault.id for fault in read(text).faults] == ["wrong-type"]
    found = one("{kms: {cachesize: 1e3}}")
    assert found.entries[0].providers[0].kms.cache_size == 1000


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (f"{HEAD}resources: []\nresources: []\n", ["duplicate-field"]),
        (f"{HEAD}metadata: {{}}\nresources: []\n", ["unknown-field"]),
        (f"{HEAD}Resources: []\n", ["unknown-field"]),
        (f"{HEAD}resources: {{}}\n", ["wrong-type"]),
        ("[1]", ["wrong-kind"]),
        ("- 1\n", ["wrong-kind"]),
        (f"{HEAD}kind: EncryptionConfig\nresources: []\n", ["duplicate-field", "wrong-kind"]),
        ("kind: EncryptionConfiguration\nresources: []\n", ["wrong-kind"]),
        ("kind: [a]\napiVersion: v1\n", ["wrong-type", "wrong-kind"]),
        (b"kind: \xff", ["not-utf-8"]),
        ("a: &a [*a]", ["yaml-syntax"]),
        ("{" * 5000, ["json-syntax"]),
        ('{"a": NaN}', ["json-syntax"]),
    ],
)
def test_what_the_decoder_refuses(text, ids):
    assert [fault.id for fault in read(text).faults] == ids


def test_json_refused_as_a_whole_is_refused_at_its_first_line():
    (fault,) = read('{"a":\n NaN}').faults
    assert (fault.id, fault.place.line) == ("json-syntax", 1)


def test_behind_an_alias_places_are_those_of_the_anchor():
    found = read(f"{HEAD}resources:\n- resources: &r [secrets]\n- resources: *r\n")
    assert found.entries[0].resources == found.entries[1].resources == ("secrets",)
    assert found.place("resources[1].resources[0]") == found.place("resources[0].resources[0]")


def test_anchors_that_libyaml_refuses_cost_the_places_only():
    text = f"{HEAD}resources:\n- resources: &r [secrets]\n- resources: &r [pods]\n  resources: *r\n"
    found = read(text)
    assert [entry.resources for entry in found.entries] == [("secrets",), ("pods",)]
    assert [(fault.id, fault.place.line) for fault in found.faults] == [("duplicate-field", 6)]


@pytest.mark.parametrize("behind", ["---\n", "---\n# nothing\n", "...\n", "\n\n"])
def test_nothing_behind_the_document(behind):
    assert read(f"{HEAD}resources: []\n{behind}").ignored is None


def test_something_behind_the_document():
    assert read(f"{HEAD}resources: []\n---\nkind: x\n").ignored == FieldPlace(4)


def test_files_that_are_none(tmp_path):
    with pytest.raises(InputError, match="no file or folder"):
        read_encryption(str(tmp_path / "nothing.yaml"))
    with pytest.raises(InputError, match="one file is wanted"):
        read_encryption(tmp_path)
    with pytest.raises(InputError, match="larger than any"):
        read(b"#" * (2 << 20))


KEY = base64.b64encode(b"A" * 32).decode()
SHORT = base64.b64encode(b"B" * 16).decode()


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}resources: [{{resources: [{KEY}], providers: [{{aescbc: {{keys: [{KEY}]}}}}]}}]",
        f"{HEAD}{KEY}: a\n",
        (
            f"{HEAD}resources: [{{resources: [a], providers: [{{kms: {{name: {KEY}, endpoint: "
            f"'unix:///{SHORT}', timeout: {SHORT}, apiVersion: {KEY}}}}}]}}]"
        ),
        (
            f"{HEAD}resources: [{{resources: [a], providers: [{{aescbc: {{keys: [{{name: {SHORT}, "
            f"secret: [{KEY}]}}]}}}}]}}]"
        ),
        f"kind: {KEY}\napiVersion: {SHORT}\n",
        f"kind: [{KEY}]\napiVersion: [{SHORT}]\n",
        f"{HEAD}resources: {KEY}\n  secret: {SHORT}\n",
        f"{KEY}\n",
        f'{{"kind": "{KEY}", "apiVersion": "{SHORT}" x',
    ],
)
def test_a_key_in_the_wrong_place_is_not_kept(text):
    found = read(text)
    assert found.faults or any("[REDACTED" in str(entry) for entry in found.entries)
    stored = repr(found) + pickle.dumps(found).decode("latin-1")
    assert KEY not in stored
    assert SHORT not in stored


@pytest.mark.parametrize(
    "name", ["validatingadmissionpolicybindings", "key-2024-01-01-production", "prodKey2024"]
)
def test_names_are_no_keys(name):
    found = one(json.dumps({"aescbc": {"keys": [{"name": name, "secret": KEY}]}}))
    assert found.entries[0].providers[0].keys[0].name == name


FIELDS = (
    *("apiVersion", "kind", "resources", "providers", "aescbc", "aesgcm", "secretbox"),
    *("identity", "kms", "keys", "name", "secret", "cachesize", "endpoint", "timeout", "odd"),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 1 << 40),
    st.just(0.5),
    st.sampled_from(["", KEY, SHORT, "v1", "v2", "*.*", "*.", "secrets", "unix:///x", "3s", "a:b"]),
    st.text(max_size=5),
)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS), inner),
    max_leaves=25,
)
HEADER = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "EncryptionConfiguration"}


@given(
    st.one_of(
        trees,
        trees.map(lambda tree: {**HEADER, "resources": tree}),
        st.lists(trees, max_size=3).map(
            lambda found: {**HEADER, "resources": [{"resources": ["a"], "providers": found}]}
        ),
    )
)
def test_whatever_the_file_holds_it_is_read_alike_and_without_keys(value):
    found = read(json.dumps(value))
    again = read(yaml.safe_dump(value, sort_keys=False))
    if isinstance(value, dict):
        assert (found.entries, [f.id for f in found.faults]) == (
            again.entries,
            [f.id for f in again.faults],
        )
    for config in (found, again):
        said = f"{config!r} {examine(config)!r}"
        assert KEY not in said
        assert SHORT not in said
