"""ServiceAccounts really log in to a real server and read; paths says the same beforehand."""

from collections import defaultdict

import pytest

import rbacgraph as rg
from tests.stores.vault import attacks
from tests.stores.vault.conftest import ROOT
from tests.stores.vault.login_worlds import ACCOUNTS, Signer, World
from tests.worlds import drawn


@pytest.fixture(scope="module")
def started(server):
    """The server, a key for tokens of ServiceAccounts, and an API server that reviews them."""
    pytest.importorskip("hvac")
    with attacks.api_server() as url:
        yield server, Signer(server), url


def cluster_with(world, folder):
    """Return the cluster of a world with a dump of the server that is taken now."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAULT_TOKEN", ROOT)
        connection = world.server.connection
        address = f"http://{connection.host}:{connection.port}"
        rg.load_vault(address, world.top).save(folder / "vault.json")
    (folder / "cluster.yaml").write_text(world.cluster)
    return rg.load(folder / "cluster.yaml", folder / "vault.json", vault_mounts=world.this_clusters)


def said_of(cluster, path):
    """Return by principal whether a path is certain; none for those without one."""
    found = defaultdict(bool)
    for one in cluster.paths(secret=f"vault:{path}").result.secrets[0].paths:
        found[one.principal] |= one.certain
    return found


def test_paths_says_who_really_reads(started, tmp_path):
    seen, wrong = set(), []
    for seed in (0, 1, *drawn(4)):
        world = World(*started, seed)
        cluster = cluster_with(world, tmp_path)
        truth = world.truth(asked := world.rng.sample(world.secrets, 6))
        for path in asked:
            said = said_of(cluster, path)
            for account in ACCOUNTS:
                own, every = (path in found for found in truth[account])
                certain = said.get("serviceaccount:{}/{}".format(*account))
                seen.add((own, every, certain))
                if (certain and not own) or (every and certain is None):
                    wrong.append((seed, account, path, own, every, certain))
            for namespace in ("a", "b"):
                every = any(path in truth[one][1] for one in ACCOUNTS if one[0] == namespace)
                certain = said.get(f"user:tokens-{namespace}")
                # Who makes Pods may give them a token for any audience, if the Pods start.
                pods = said.get(f"user:pods-{namespace}")
                acts = said.get(f"user:act-{namespace}")
                if (certain and not every) or (every and None in {certain, pods}) or acts:
                    wrong.append((seed, namespace, path, every, certain, pods, acts))
    assert not wrong
    assert {(True, True, True), (False, False, None), (False, True, False)} <= seen
