"""Wildcards, masking and order against what they mean: sets of resources, read in order."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacgraph.encryption_at_rest.entry_matching import GroupResource, parse_resource, read_rules
from rbacgraph.encryption_at_rest.examine import examine
from rbacgraph.encryption_at_rest.kms_endpoint import parse_endpoint
from rbacgraph.encryption_at_rest.resource_storage import decide
from rbacgraph.encryption_at_rest.validate import validate
from rbacgraph.model.inputs.encryption_config import (
    EncryptionConfig,
    EncryptionKey,
    Kms,
    Provider,
    ResourcesEntry,
)
from rbacgraph.model.inputs.snapshot import CustomResource, Snapshot

GROUPS = ("", "apps", "example.com")
RESOURCES = ("a", "b")
UNIVERSE = [GroupResource(group, resource) for group in GROUPS for resource in RESOURCES]
EVERYTHING = "*.*"
NAMES = [*map(str, UNIVERSE), "*.", "*.apps", "*.example.com", EVERYTHING, "a."]

KEY = Provider(secretbox=(EncryptionKey("k", 32),))
IDENTITY = Provider(identity=True)

names = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4).map(tuple)
entries = st.lists(names, min_size=1, max_size=4)
providers = st.lists(st.sampled_from([KEY, IDENTITY, Provider()]), min_size=1, max_size=3)


def meant(text):
    """The resources of the universe that a name stands for."""
    resource, _, group = text.partition(".")
    return {
        found
        for found in UNIVERSE
        if text == EVERYTHING or (found.group == group and resource in {"*", found.resource})
    }


def breadth(text):
    return len(meant(text))


def config(lists, provider=KEY):
    return EncryptionConfig(
        file="enc", entries=tuple(ResourcesEntry(n, (provider,)) for n in lists)
    )


def is_masked(lists, at, text):
    """Whether a wildcard of an earlier entry leaves nothing of a name."""
    earlier = [name for names in lists[:at] for name in names if name.startswith("*")]
    return any(meant(text) <= meant(name) for name in earlier)


@given(entries)
def test_masked_is_what_an_earlier_wildcard_has_whole(lists):
    found = {(m.entry, m.position) for m in read_rules(config(lists).entries).masked}
    assert found == {
        (at, position)
        for at, names in enumerate(lists)
        for position, text in enumerate(names)
        if is_masked(lists, at, text)
    }


@given(entries)
def test_the_narrowest_rule_decides_with_all_entries_that_have_it(lists):
    rules = read_rules(config(lists).entries)
    for resource in UNIVERSE:
        applying = [
            (breadth(text), at)
            for at, names in enumerate(lists)
            for text in names
            if resource in meant(text) and not is_masked(lists, at, text)
        ]
        narrowest = min((width for width, _ in applying), default=0)
        expected = sorted({at for width, at in applying if width == narrowest})
        assert list(decide(config(lists), rules, resource).entries) == expected


@given(names)
def test_a_list_overlaps_where_two_of_its_names_share_a_resource_by_a_wildcard(resources):
    ids = {refusal.id for refusal in validate(config([resources]), reload=False)}
    pairs = list(combinations(resources, 2))
    shared = [(a, b) for a, b in pairs if meant(a) & meant(b)]
    wild = [(a, b) for a, b in shared if a.startswith("*") or b.startswith("*")]
    twice = [(a, b) for a, b in pairs if parse_resource(a) == parse_resource(b)]
    assert ("overlapping-resources" in ids) == bool(wild)
    assert ("duplicate-resource" in ids) == bool(twice)


@given(providers)
def test_the_first_provider_writes_and_identity_reads_plaintext(chain):
    found = EncryptionConfig(file="enc", entries=(ResourcesEntry(("secrets",), tuple(chain)),))
    stored = decide(found, read_rules(found.entries), GroupResource("", "secrets"))
    if chain[0] == IDENTITY:
        expected = "written"
    elif chain[0] == Provider():
        expected = "unknown"
    else:
        expected = "may-remain" if IDENTITY in chain else "unreadable"
    assert stored.plaintext == expected


def test_what_no_entry_has_is_plaintext():
    found = config([("configmaps",)])
    stored = decide(found, read_rules(found.entries), GroupResource("", "secrets"))
    assert (stored.rule, stored.plaintext) == (None, "written")


@pytest.mark.parametrize(
    ("endpoint", "scheme", "host", "path"),
    [
        ("unix:///run/kms.sock", "unix", "", "/run/kms.sock"),
        ("unix:/run/kms.sock", "unix", "", "/run/kms.sock"),
        ("UNIX:///run/kms.sock", "unix", "", "/run/kms.sock"),
        ("unix:run/kms.sock", "unix", "", ""),
        ("unix://run/kms.sock", "unix", "run", "/kms.sock"),
        ("unix:///@kms.sock", "unix", "", "/@kms.sock"),
        ("unix://u@run:1/kms.sock?x#y", "unix", "run:1", "/kms.sock"),
        ("/run/kms.sock", "", "", "/run/kms.sock"),
        ("run/kms.sock", "", "", ""),
        ("tcp://localhost:1", "tcp", "localhost:1", ""),
        ("///run:x", "", "", "///run:x"),
        ("unix://[::1]/x", "unix", "[::1]", "/x"),
    ],
)
def test_endpoints(endpoint, scheme, host, path):
    found = parse_endpoint(endpoint)
    assert not found.error
    assert (found.scheme, found.host) == (scheme, host)
    assert found.path == path or (path == "" and not endpoint.startswith("unix://"))


@pytest.mark.parametrize(
    ("endpoint", "error"),
    [
        (":x", "missing protocol scheme"),
        ("un ix:x", "first path segment in URL cannot contain colon"),
        ("1:x", "first path segment in URL cannot contain colon"),
        ("unix://run:x/y", 'invalid port ":x" after host'),
        ("unix://a b/y", 'invalid character " " in host name'),
        ("unix:///%zz", 'invalid URL escape "%zz"'),
        ("unix:///%", 'invalid URL escape "%"'),
        ("unix:///a\x00", "net/url: invalid control character in URL"),
        ("unix://[::1/x", "missing ']' in host"),
    ],
)
def test_endpoints_that_go_refuses(endpoint, error):
    assert parse_endpoint(endpoint).error == error


def kms(name, version="v2"):
    size = 1000 if version == "v1" else None
    return Provider(
        kms=Kms(name=name, endpoint="unix:///x", api_version=version, timeout=1, cache_size=size)
    )


@pytest.mark.parametrize(
    ("first", "second", "refused", "refused_on_reload"),
    [
        (kms("a"), kms("b"), False, False),
        (kms("a"), kms("a"), True, True),
        (kms("a", "v1"), kms("a"), True, True),
        (kms("a"), kms("a", "v1"), False, True),
        (kms("a", "v1"), kms("a", "v1"), False, True),
        (kms("a", "v1"), kms("b", "v1"), False, False),
    ],
)
def test_names_of_kms_providers(first, second, refused, refused_on_reload):
    found = EncryptionConfig(
        file="enc",
        entries=(ResourcesEntry(("secrets",), (first,)), ResourcesEntry(("events",), (second,))),
    )
    for reload, expected in ((False, refused), (True, refused_on_reload)):
        ids = [refusal.id for refusal in validate(found, reload=reload)]
        assert ids == (["kms-name-duplicate"] if expected else [])


@pytest.mark.parametrize("kind", ["aescbc", "aesgcm", "secretbox"])
@pytest.mark.parametrize("length", [*range(40), 64])
def test_lengths_of_keys(kind, length):
    provider = Provider(**{kind: (EncryptionKey("k", length),)})
    ids = [r.id for r in validate(config([("secrets",)], provider), reload=False)]
    fits = length == 32 or (kind != "secretbox" and length in {16, 24})
    assert ids == ([] if fits else ["key-length"])


@pytest.mark.parametrize(
    ("version", "found", "absent"),
    [
        ((1, 26), {"kms-v2-off", "wildcard-too-new"}, set()),
        ((1, 27), set(), {"kms-v2-off", "wildcard-too-new"}),
        (None, set(), {"kms-v2-off", "wildcard-too-new"}),
    ],
)
def test_what_depends_on_the_version(version, found, absent):
    answer = examine(config([("*.*",)], kms("a")), kubernetes_version=version)
    ids = {finding.id for finding in answer.findings}
    assert found <= ids
    assert not ids & absent


@pytest.mark.parametrize(
    ("version", "severity"), [((1, 28), "medium"), ((1, 29), "high"), (None, "high")]
)
def test_kms_v1_is_off_since_1_29(version, severity):
    answer = examine(config([("secrets",)], kms("a", "v1")), kubernetes_version=version)
    assert [f.severity for f in answer.findings if f.id == "kms-v1"] == [severity]
    assert answer.loads


def test_any_resource_can_be_asked_about():
    answer = examine(config([("*.apps",)]), resources=["deployments.apps", "pods"])
    rows = {row.resource: row.plaintext for row in answer.resources}
    assert rows["deployments.apps"] == "unreadable"
    assert rows["pods"] == "written"


@pytest.mark.parametrize(
    ("name", "listed", "unknown"),
    [
        ("secrets", True, False),
        ("secret", False, True),
        ("*.", True, False),
        ("*.*", True, False),
        ("*.apps", True, False),
        ("*.core", False, True),
        ("deployments", False, True),
        ("deployments.apps", True, False),
        ("pandas.bears.example", True, False),
        ("*.bears.example", True, False),
        ("koalas.bears.example", False, False),
        ("koalas.bears.example", True, True),
        ("*.koalas.example", False, False),
        ("*.koalas.example", True, True),
    ],
)
def test_names_that_no_resource_has(name, listed, unknown):
    """A custom resource is unknown only where the input lists all of them."""
    cluster = Snapshot(
        listed=frozenset({("CustomResourceDefinition", "")} if listed else ()),
        custom_resources=(CustomResource("bears.example", "pandas", "Panda", True),),
    )
    answer = examine(config([(name,)]), cluster)
    assert ("unknown-resource" in {finding.id for finding in answer.findings}) == unknown
