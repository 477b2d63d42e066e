"""Words of nodes without a name: each kind's, and no two nodes with the same."""

import subprocess
import sys
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rbacgraph as rg
from rbacgraph.model.node import CREATED, EACH_NAMESPACE, format_node
from rbacgraph.model.node_keys import (
    AS_ANOTHER,
    ActedAs,
    Acting,
    BoundToItself,
    ConjunctionName,
    HeldParts,
    NamedRight,
    PartOfActing,
    PartOfGrants,
    RightPart,
    RoleForPart,
    RoleName,
    SelfBoundParts,
    VaultChoice,
    VaultToken,
)
from rbacgraph.report.text.node_words import key_words
from rbacgraph.report.text.words import describe, title

VIEW = RoleName("ClusterRole", "view")
LOCAL = "grant", "shop", RoleName("Role", "a b")
WIDE, EACH = ("grant", "", VIEW), ("grant", EACH_NAMESPACE, VIEW)
BY = Acting((LOCAL, WIDE))
CAROL = ActedAs("carol", BY)
PART = RightPart("", "pods", "exec", ("get",), ("get",), (), by_name=False, scope="", given_by=())
SOME = RightPart(
    "apps",
    "jobs",
    "",
    ("update",),
    ("update", "patch"),
    ("x", "a b"),
    by_name=True,
    scope="shop",
    given_by=("Role", "shop", "r"),
)
SAID = {
    VIEW: "ClusterRole/view",
    NamedRight("create-secret"): "create-secret",
    NamedRight("create-secret", "x y"): "create-secret x y",
    NamedRight("bind", VIEW): "bind ClusterRole/view",
    BY: "act-as-another by Role a\\ b in shop and ClusterRole view",
    Acting((EACH,), ("kubelet", "", "n 1")): (
        "act-as-another by ClusterRole view in every namespace on kubelet n\\ 1"
    ),
    PartOfActing((WIDE,)): "part of acting as another by ClusterRole view",
    CAROL: "carol by Role a\\ b in shop and ClusterRole view",
    PartOfGrants("user", "", CAROL): "user:carol by Role a\\ b in shop and ClusterRole view",
    PartOfGrants("serviceaccount", "shop", CAROL): (
        "serviceaccount:shop/carol by Role a\\ b in shop and ClusterRole view"
    ),
    PartOfGrants("user", "", CAROL, newly=True): (
        "user:carol by Role a\\ b in shop and ClusterRole view, where bound anew"
    ),
    BoundToItself(VIEW): "ClusterRole view bound to itself",
    BoundToItself(None): "full control bound to itself",
    HeldParts((PART,), itself=False): "get on pods/exec in the whole cluster",
    HeldParts((SOME, PART), itself=True): (
        "get on pods/exec in the whole cluster and update (of update/patch) on jobs.apps"
        " named x a\\ b by name in shop by Role shop r itself"
    ),
    RoleForPart(PART): "a role to bind for get on pods/exec in the whole cluster",
    SelfBoundParts((LOCAL, ("grant", "shop", BoundToItself(VIEW)))): (
        "grant:shop/Role/a b with grant:shop/ClusterRole view bound to itself"
    ),
    ConjunctionName("bind-role", ("x y", VIEW)): "bind-role x\\ y ClusterRole/view",
    ConjunctionName("bind-role", (BY, "by", LOCAL), AS_ANOTHER): (
        "bind-role as another act-as-another\\ by\\ Role\\ a\\\\\\ b\\ in\\ shop\\ and"
        "\\ ClusterRole\\ view by grant:shop/Role/a\\ b"
    ),
    ConjunctionName("bind-role", ("x",), 1): "bind-role in each namespace 1 x",
}


@pytest.mark.parametrize("key", SAID, ids=lambda key: type(key).__name__)
def test_each_key_has_its_words(key):
    assert key_words(key) == SAID[key]
    assert format_node(("ability", "shop", key)) == f"ability:shop/{SAID[key]}"


NAMES = st.sampled_from(["a", "and", "by", "in", "itself", "with", "as", "\\and", "", "*", "a b"])
PARTS = st.builds(
    RightPart,
    st.just(""),
    st.sampled_from(["pods", "jobs"]),
    st.just(""),
    st.just(("get",)),
    st.just(("get",)),
    st.lists(NAMES, min_size=1, max_size=3).map(tuple),
    by_name=st.booleans(),
    scope=st.sampled_from(["", "a", "in"]),
    given_by=st.sampled_from([(), ("Role", "a", "in"), ("ClusterRole", "", "itself")]),
)
HELD = st.builds(
    HeldParts, st.lists(PARTS, min_size=1, max_size=2).map(tuple), itself=st.booleans()
)


@given(HELD, st.sampled_from(["a", "in", ""]))
def test_no_names_spell_what_follows_them(key, scope):
    """The words after a list of names, as names themselves, make other words."""
    words, first = key_words(key), key.parts[0]
    spelled = words.partition(" named ")[2].split(" ")
    for end in range(1, len(spelled)):
        other = first._replace(names=tuple(spelled[:end]), by_name=False, scope=scope, given_by=())
        for one in (HeldParts((other,), itself=itself) for itself in (True, False)):
            assert key_words(one) != words or one == key


@given(st.lists(NAMES | st.just("another"), max_size=3).map(tuple), st.sampled_from([None, -1, 0]))
def test_no_names_spell_a_variant(names, variant):
    key = ConjunctionName("t", names, variant)
    spelled = ConjunctionName("t", ("as", "another", *names)), ConjunctionName("t", names)
    also = ConjunctionName("t", ("in", "each", "namespace", "0", *names))
    said = {key_words(one) for one in {key, also, *spelled}}
    assert len(said) == len({key, also, *spelled})


def test_no_policies_are_called_what_another_token_reads_like():
    words = ["no", "policy", "in", "with", "*", "", "a b"]
    policies = [(), *product(words), *product(words, repeat=2), ("no", "policy", "in")]
    filled = [(), *product(words), ("with", "in")]
    for make in (VaultToken, VaultChoice):
        keys = [
            make(*parts) for parts in product(["", "in", "with", "no policy"], policies, filled)
        ]
        assert len(set(map(key_words, keys))) == len(keys)


@pytest.mark.parametrize("namespace", ["*", "\\*", "* (created)", "*\\ (created)", "\\"])
def test_a_namespace_is_not_called_what_stands_for_each(namespace):
    """No server has one of these names, but files may hold it."""
    others = EACH_NAMESPACE, CREATED, "*", "\\*", "* (created)", "\\\\*"
    said = [format_node(("grant", one, VIEW)) for one in {*others, namespace}]
    assert len(set(said)) == len(said)


ROLES = st.builds(
    RoleName,
    st.sampled_from(["Role", "ClusterRole"]),
    st.sampled_from(["x", "x bound to itself", "x in shop", "x in the whole cluster", "x\\ in"]),
)
GRANTED = ROLES | st.builds(BoundToItself, st.none() | ROLES)


@given(*[st.tuples(st.just("grant"), st.sampled_from(["", "shop"]), GRANTED)] * 2)
def test_no_role_is_called_what_another_grant_reads_like(one, other):
    """A role named "x bound to itself" does not read in a picture like the self-bound x."""
    for words in (describe, title):
        assert (words(format_node(one)) == words(format_node(other))) == (one == other)


def test_a_cluster_brings_the_words():
    code = (
        "import rbacgraph as rg; from rbacgraph.model.node import KeyWords\n"
        "rg.load('fixtures/clusters/shop').access_graph; print(KeyWords.say.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "key_words\n"


@pytest.mark.parametrize(
    ("twin", "itself"), [("bind-role/yes-beside-group", True), ("bind-role/yes-beside", False)]
)
def test_rights_that_no_headers_carry_are_those_of_somebody_itself(twin, itself):
    nodes = rg.load(f"fixtures/edges/{twin}.yaml", bootstrap=False).graph()
    held = [name for name in nodes if name.startswith("ability:") and " and " in name]
    assert {name.endswith(" itself") for name in held} == {itself}
