"""Roles of auth/kubernetes that admit some ServiceAccounts and nobody else."""

from itertools import product
from random import Random

from rbacgraph.advice.vault.narrow_role import (
    Admission,
    admits_only,
    admitted_blocks,
    is_narrow,
)
from rbacgraph.stores.vault.kubernetes_role import admits
from tests.worlds import law

NAMES, SPACES = "bound_service_account_names", "bound_service_account_namespaces"
SELECTOR = "bound_service_account_namespace_selector"


def test_namespaces_with_the_same_names_share_a_role():
    users = [("dev", "api"), ("dev", "web"), ("prod", "api"), ("prod", "web"), ("ops", "batch")]
    assert admitted_blocks(users) == [
        Admission(("api", "web"), ("dev", "prod")),
        Admission(("batch",), ("ops",)),
    ]


def test_names_with_the_same_namespaces_share_a_role_if_that_gives_fewer():
    users = [("a", "x"), ("b", "x"), ("c", "x"), ("a", "y"), ("b", "z")]
    assert len(admitted_blocks(users)) == 3


EVERY = list(product(("a", "b", "c"), ("x", "y", "z")))


def users_of(seed):
    random = Random(seed)
    return random.sample(EVERY, random.randint(1, len(EVERY)))


@law(users_of, 60)
def test_blocks_admit_the_users_alone(seed):
    users = users_of(seed)
    blocks = admitted_blocks(users)
    admitted = [
        (namespace, name)
        for namespace, name in EVERY
        for block in blocks
        if admits(
            {NAMES: block.names, SPACES: block.namespaces},
            namespace=namespace,
            serviceaccount=name,
        )
    ]
    assert sorted(admitted) == sorted(users)


def test_what_is_narrow_already():
    users = [("shop", "api")]
    assert is_narrow({NAMES: ("api",), SPACES: ("shop",)}, users)
    assert not is_narrow({NAMES: ("api", "web"), SPACES: ("shop",)}, users)
    assert not is_narrow({NAMES: ("*",), SPACES: ("shop",)}, users)
    assert not is_narrow({NAMES: ("api",), SPACES: ("shop",), SELECTOR: "{}"}, users)


def test_a_block_never_admits_more_than_the_role():
    block = Admission(("api",), ("shop",))
    assert admits_only(block, {NAMES: ("a*",), SPACES: ("shop",)}, {})
    assert not admits_only(block, {NAMES: ("web",), SPACES: ("shop",)}, {})
    selects = {NAMES: ("api",), SPACES: (), SELECTOR: '{"matchLabels": {"env": "prod"}}'}
    assert admits_only(block, selects, {"shop": {"env": "prod"}})
    assert not admits_only(block, selects, {})
