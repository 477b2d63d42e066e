"""One measurement, in a process of its own: ``tasks.py NAME FILE`` prints its seconds.

Whatever a step stands on (a snapshot for the graph, a graph for a question) is made
before its clock starts.
"""

import gc
import json
import subprocess
import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

_SAMPLE = 200
_REPEATS = 5


def timed(call: Callable[[], object]) -> float:
    """Return the seconds of one call."""
    start = perf_counter()
    call()
    return perf_counter() - start


def _cluster(path: str):
    import rbacgraph

    cluster = rbacgraph.load(path)
    assert cluster.access_graph.nodes
    gc.freeze()
    return cluster


def _sample(found: list) -> list:
    """Some, from all over."""
    return found[:: max(1, len(found) // _REPEATS)]


def json_load(path: str) -> float:
    with Path(path).open("rb") as file:
        return timed(lambda: json.load(file))


def yaml_load(path: str) -> float:
    import yaml

    with Path(path).open("rb") as file:
        return timed(lambda: yaml.load(file, yaml.CSafeLoader))


def snapshot(path: str) -> float:
    from rbacgraph.sources import load

    return timed(lambda: load(path))


def save(path: str) -> float:
    """Write what a dump holds to a snapshot's file."""
    from rbacgraph.sources import load
    from rbacgraph.sources.saving import save

    found = load(path)
    gc.freeze()
    with TemporaryDirectory() as folder:
        return timed(lambda: save(found, Path(folder, "cluster.json.zst")))


def saved(path: str) -> float:
    """Read a snapshot's file; it is made by another process, for the sake of memory."""
    from rbacgraph.sources import load

    with TemporaryDirectory() as folder:
        file = str(Path(folder, "cluster.json.zst"))
        code = "import sys, rbacgraph; rbacgraph.load(sys.argv[1]).save(sys.argv[2])"
        subprocess.run([sys.executable, "-c", code, path, file], check=True)
        return timed(lambda: load(file))


def graph(path: str) -> float:
    import rbacgraph
    import rbacgraph.graph

    cluster = rbacgraph.load(path)
    return timed(lambda: cluster.access_graph)


def graph_networkx(path: str) -> float:
    import networkx as nx

    assert nx.MultiDiGraph
    return timed(_cluster(path).graph)


def who(path: str) -> float:
    """The reverse search alone."""
    from rbacgraph.query.limits import Limits
    from rbacgraph.query.search import grow

    graph = _cluster(path).access_graph
    seeds = [graph.index["secret", *key] for key in _sample(sorted(graph.world.secrets))]
    grow(graph, Limits(), seeds[:1], backward=True)
    return median(
        timed(lambda seed=seed: grow(graph, Limits(), [seed], backward=True)) for seed in seeds
    )


def who_networkx(path: str) -> float:
    import networkx as nx

    whole = _cluster(path).graph()
    secrets = [node for node, kind in whole.nodes(data="kind") if kind == "secret"]
    return median(
        timed(lambda secret=secret: nx.ancestors(whole, secret)) for secret in _sample(secrets)
    )


def paths(path: str) -> float:
    """The whole answer about one Secret: everybody's cheapest path with its evidence."""
    cluster = _cluster(path)
    names = ["/".join(key) for key in _sample(sorted(cluster.access_graph.world.secrets))]
    cluster.paths(secret=names[0])
    return median(timed(lambda name=name: cluster.paths(secret=name)) for name in names)


def paths_networkx(path: str) -> float:
    """Everybody's cheapest path, without evidence."""
    import networkx as nx

    whole = _cluster(path).graph().reverse(copy=False)
    secrets = [node for node, kind in whole.nodes(data="kind") if kind == "secret"]
    return median(
        timed(lambda secret=secret: nx.single_source_dijkstra(whole, secret, weight="effort"))
        for secret in _sample(secrets)
    )


def explain(path: str) -> float:
    """Ten paths of the principal that is farthest from a Secret."""
    cluster = _cluster(path)
    name = "/".join(min(cluster.access_graph.world.secrets))
    first = cluster.paths(secret=name)[-1].principal

    def ask() -> object:
        return cluster.paths(secret=name, source=first, max_paths=10)

    ask()
    return median(timed(ask) for _ in range(_REPEATS))


def explain_networkx(path: str) -> float:
    import networkx as nx

    cluster = _cluster(path)
    name = "/".join(min(cluster.access_graph.world.secrets))
    first = cluster.paths(secret=name)[-1].principal
    whole = nx.DiGraph(cluster.graph())
    found = nx.shortest_simple_paths(whole, first, f"secret:{name}", weight="effort")
    return timed(lambda: list(islice(found, 10)))


def exposure(path: str) -> float:
    import rbacgraph.query.exposure

    assert rbacgraph.query.exposure
    return timed(_cluster(path).exposure)


def exposure_networkx(path: str) -> float:
    """Every principal's descendants, from a sample of them."""
    import networkx as nx

    cluster = _cluster(path)
    whole = cluster.graph()
    principals = [
        node
        for node, kind in whole.nodes(data="kind")
        if kind in {"user", "group", "serviceaccount"}
    ]
    sample = principals[:: max(1, len(principals) // _SAMPLE)]
    seconds = timed(lambda: [nx.descendants(whole, node) for node in sample])
    return seconds * len(principals) / len(sample)


if __name__ == "__main__":
    _, name, path = sys.argv
    sys.stdout.write(repr(globals()[name](path)))
