"""One measurement, in a process of its own: ``tasks.py NAME FILE`` prints what it took.

Whatever a step stands on (a snapshot for the graph, a graph for a question) is made
before its clock starts.
"""

import gc
import gzip
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time, sleep
from typing import NamedTuple

_SAMPLE = 200
_REPEATS = 5


class Spent(NamedTuple):
    """Seconds of processors, those of processes started among them, and on the clock."""

    cpu: float
    wall: float


def _now() -> Spent:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Spent(process_time() + children.ru_utime + children.ru_stime, perf_counter())


def timed(call: Callable[[], object]) -> Spent:
    """Return what one call takes."""
    start = _now()
    call()
    end = _now()
    return Spent(end.cpu - start.cpu, end.wall - start.wall)


def timed_without_collector(call: Callable[[], object]) -> Spent:
    """Return what a baseline takes while the cyclic garbage collector is off.

    rbacgraph pauses it too where it loads and builds; with it, decoders take up to three
    times as long.
    """
    gc.disable()
    return timed(call)


def middle(found: Iterable[Spent]) -> Spent:
    """Return the medians of some calls."""
    cpu, wall = zip(*found, strict=True)
    return Spent(median(cpu), median(wall))


def _cluster(path: str):
    import rbacgraph

    cluster = rbacgraph.load(path)
    assert cluster.access_graph.nodes
    gc.freeze()
    return cluster


def _sample(found: list) -> list:
    """Some, from all over."""
    return found[:: max(1, len(found) // _REPEATS)]


def first_secret(path: str) -> str:
    """Return the first Secret by name."""
    return _first(_cluster(path))


def _first(cluster) -> str:
    return "/".join(min(cluster.access_graph.world.secrets))


def json_load(path: str) -> Spent:
    with Path(path).open("rb") as file:
        return timed_without_collector(lambda: json.load(file))


def audit(path: str) -> Spent:
    from rbacgraph.sources.audit.audit import read_audit

    return timed(lambda: read_audit(path))


def audit_json(path: str) -> Spent:
    """Decode each event, and no more."""

    def read() -> int:
        with gzip.open(path) if path.endswith(".gz") else Path(path).open("rb") as file:
            return sum(bool(json.loads(line)) for line in file)

    return timed_without_collector(read)


def yaml_load(path: str) -> Spent:
    import yaml

    with Path(path).open("rb") as file:
        return timed_without_collector(lambda: yaml.load(file, yaml.CSafeLoader))


def snapshot(path: str) -> Spent:
    from rbacgraph.sources.load import load

    return timed(lambda: load(path))


@contextmanager
def _one_by_one(path: str) -> Iterator[Path]:
    """Write a file for each object of a dump."""
    with Path(path).open("rb") as file:
        items = json.load(file)["items"]
    with TemporaryDirectory() as name:
        folder = Path(name)
        for number, item in enumerate(items):
            (folder / f"{number}.json").write_text(json.dumps(item, indent=2))
        del items
        gc.collect()
        yield folder


def folder(path: str) -> Spent:
    from rbacgraph.sources.load import load

    with _one_by_one(path) as found:
        return timed(lambda: load(found))


def folder_json(path: str) -> Spent:
    """Decode each file, and no more."""
    with _one_by_one(path) as found:
        return timed_without_collector(
            lambda: [json.loads(file.read_bytes()) for file in found.iterdir()]
        )


_GATED = 5_000


@contextmanager
def _repository(path: str) -> Iterator[Path]:
    """Commit a manifest for each of some objects, and then one that is changed."""
    from writers import write_manifest

    with Path(path).open("rb") as file:
        items = json.load(file)["items"][:_GATED]
    with TemporaryDirectory() as name:
        folder = Path(name)

        def git(*words: str) -> None:
            who = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")
            subprocess.run(["git", "-C", name, *who, *words], check=True)

        for number, item in enumerate(items):
            write_manifest(folder / f"{number}.yaml", item)
        git("init", "--quiet")
        git("add", "--all")
        git("commit", "--quiet", "--message", "one")
        with (folder / "0.yaml").open("a") as file:
            file.write("# changed\n")
        git("commit", "--quiet", "--all", "--message", "two")
        del items
        gc.collect()
        yield folder


def gate(path: str) -> Spent:
    """A whole process, of which both sides hold all files and one differs."""
    code = "from rbacgraph.cli import main; main()"
    words = ("diff", "--git", "HEAD~1..HEAD", "--fail-on", "gained", "-o", "json")
    with _repository(path) as found:
        command = [sys.executable, "-c", code, *words]
        return timed(
            lambda: subprocess.run(command, cwd=found, check=True, stdout=subprocess.DEVNULL)
        )


def gate_yaml(path: str) -> Spent:
    """Decode each file of one side, and no more."""
    import yaml

    with _repository(path) as folder:
        return timed_without_collector(
            lambda: [
                yaml.load(file.read_bytes(), yaml.CSafeLoader) for file in folder.glob("*.yaml")
            ]
        )


def save(path: str) -> Spent:
    """Write what a dump holds to a snapshot's file."""
    from rbacgraph.sources.load import load
    from rbacgraph.sources.snapshots.saving import save

    found = load(path)
    gc.freeze()
    with TemporaryDirectory() as folder:
        return timed(lambda: save(found, Path(folder, "cluster.json.zst")))


def saved(path: str) -> Spent:
    """Read a snapshot's file; it is made by another process, for the sake of memory."""
    from rbacgraph.sources.load import load

    with TemporaryDirectory() as folder:
        file = str(Path(folder, "cluster.json.zst"))
        code = "import sys, rbacgraph; rbacgraph.load(sys.argv[1]).save(sys.argv[2])"
        subprocess.run([sys.executable, "-c", code, path, file], check=True)
        return timed(lambda: load(file))


def graph(path: str) -> Spent:
    import rbacgraph
    import rbacgraph.graph

    cluster = rbacgraph.load(path)
    return timed(lambda: cluster.access_graph)


def graph_networkx(path: str) -> Spent:
    import networkx as nx

    assert nx.MultiDiGraph
    return timed_without_collector(_cluster(path).graph)


def who(path: str) -> Spent:
    """The reverse search alone."""
    from rbacgraph.query.arrays.path_filter import PathFilter
    from rbacgraph.query.search.shortest_tree import ShortestTree

    graph = _cluster(path).access_graph
    seeds = [graph.index["secret", *key] for key in _sample(sorted(graph.world.secrets))]
    ShortestTree(graph, PathFilter(), seeds[:1], backward=True)
    return middle(
        timed(lambda seed=seed: ShortestTree(graph, PathFilter(), [seed], backward=True))
        for seed in seeds
    )


def who_networkx(path: str) -> Spent:
    import networkx as nx

    whole = _cluster(path).graph()
    secrets = [node for node, kind in whole.nodes(data="kind") if kind == "secret"]
    return middle(
        timed_without_collector(lambda secret=secret: nx.ancestors(whole, secret))
        for secret in _sample(secrets)
    )


def paths(path: str) -> Spent:
    """The whole answer about one Secret: everybody's cheapest path with its evidence."""
    cluster = _cluster(path)
    names = ["/".join(key) for key in _sample(sorted(cluster.access_graph.world.secrets))]
    cluster.paths(secret=names[0])
    return middle(timed(lambda name=name: cluster.paths(secret=name)) for name in names)


def paths_networkx(path: str) -> Spent:
    """Everybody's cheapest path, without evidence."""
    import networkx as nx

    whole = _cluster(path).graph().reverse(copy=False)
    secrets = [node for node, kind in whole.nodes(data="kind") if kind == "secret"]
    return middle(
        timed_without_collector(
            lambda secret=secret: nx.single_source_dijkstra(whole, secret, weight="effort")
        )
        for secret in _sample(secrets)
    )


def explain(path: str) -> Spent:
    """Ten paths of the principal that is farthest from a Secret."""
    cluster = _cluster(path)
    name = _first(cluster)
    first = cluster.paths(secret=name)[-1].principal

    def ask() -> object:
        return cluster.paths(secret=name, source=first, max_paths=10)

    ask()
    return middle(timed(ask) for _ in range(_REPEATS))


def explain_networkx(path: str) -> Spent:
    import networkx as nx

    cluster = _cluster(path)
    name = _first(cluster)
    first = cluster.paths(secret=name)[-1].principal
    whole = nx.DiGraph(cluster.graph())
    found = nx.shortest_simple_paths(whole, first, f"secret:{name}", weight="effort")
    return timed_without_collector(lambda: list(islice(found, 10)))


def spread(path: str) -> Spent:
    """Who reaches each Secret, certainly and at all, as sets that are shared."""
    from rbacgraph.query.arrays.path_filter import PathFilter
    from rbacgraph.query.closure.certain_and_possible import secret_nodes, spreads

    graph = _cluster(path).access_graph

    def found() -> object:
        both = spreads(graph, graph.principals, PathFilter(), at_once=True)
        return both.reaching(secret_nodes(graph))

    return timed(found)


def exposure(path: str) -> Spent:
    import rbacgraph.query.access.exposure

    assert rbacgraph.query.access.exposure
    return timed(_cluster(path).exposure)


def exposure_networkx(path: str) -> Spent:
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
    spent = timed_without_collector(lambda: [nx.descendants(whole, node) for node in sample])
    scale = len(principals) / len(sample)
    return Spent(spent.cpu * scale, spent.wall * scale)


def cut(path: str) -> Spent:
    """The fewest changes, proven."""
    import rbacgraph.advice.cut.cut

    assert rbacgraph.advice.cut.cut
    cluster = _cluster(path)
    name = _first(cluster)
    return timed(lambda: cluster.cut(secret=name))


def cut_needs(path: str) -> Spent:
    """The same where each ServiceAccount needs some of its namespace, Secrets among it."""
    import rbacgraph.advice.cut.cut

    assert rbacgraph.advice.cut.cut
    cluster = _cluster(path)
    name = _first(cluster)
    with TemporaryDirectory() as folder:
        file = Path(folder, "needs.txt")
        file.write_text("\n".join(_needs(cluster)))
        return timed(lambda: cluster.cut(secret=name, need=file))


def _needs(cluster) -> Iterator[str]:
    chance, secrets = Random(1), dict[str, list[str]]()
    for namespace, name in sorted(cluster.access_graph.world.secrets):
        secrets.setdefault(namespace, []).append(name)
    for account in cluster.snapshot.service_accounts:
        namespace, known = account.metadata.namespace, secrets.get(account.metadata.namespace, [])
        who = f"sa:{namespace}/{account.metadata.name}"
        for name in chance.sample(known, min(3, len(known))):
            yield f"{who} get secrets {name}"
        yield f"{who} list pods"
        yield f"{who} get,list,watch configmaps"


def cut_networkx(path: str) -> Spent:
    """The fewest edges: a simpler question, answered once, without what changes can be made."""
    import networkx as nx

    cluster = _cluster(path)
    name = _first(cluster)
    principals = {path.principal for path in cluster.paths(secret=name)}
    whole = nx.DiGraph(cluster.graph())
    nx.set_edge_attributes(whole, 1, "capacity")
    whole.add_edges_from(("everybody", principal) for principal in principals)
    return timed_without_collector(lambda: nx.minimum_cut(whole, "everybody", f"secret:{name}"))


def report(path: str) -> Spent:
    """The page of everything, as far as it is told by default."""
    cluster = _cluster(path)
    return timed(lambda: cluster.survey(max_ways=100).report().render("html"))


@contextmanager
def _live(path: str) -> Iterator[str]:
    """Serve a file from a process of its own, which is not counted; gives the kubeconfig."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(Path(__file__).with_name("api.py")), path, folder]
        server = subprocess.Popen(command)
        while not Path(folder, "ready").exists():
            assert server.poll() is None
            sleep(0.05)
        try:
            yield Path(folder, "ready").read_text()
        finally:
            server.kill()  # and not waited for: its memory would count as this process's


def _listed(path: str, kind: str) -> Spent:
    """Return what one list takes on this side of the wire."""
    from rbacgraph.sources.live.connection.settings import Settings
    from rbacgraph.sources.live.discovery import discover
    from rbacgraph.sources.live.list_part import ListTask, read_part
    from rbacgraph.sources.live.load_live import connected
    from rbacgraph.sources.objects.object_kinds import KINDS

    wanted = next(one for one in KINDS if one.name == kind)
    with _live(path) as kubeconfig:
        with connected(Settings(kubeconfig=kubeconfig, qps=10_000)) as connection:
            served = discover(connection).find(wanted.groups, wanted.resource)
            assert served
            parts = []
            spent = timed_without_collector(
                lambda: parts.append(read_part(connection, ListTask(wanted, served)))
            )
        assert all(part.complete and part.count for part in parts)
        return spent


def _listed_typed(path: str, method: str) -> Spent:
    """Return the same by the client's own objects, page by page."""
    from kubernetes import client, config

    with _live(path) as kubeconfig:
        ask = getattr(client.CoreV1Api(config.new_client_from_config(kubeconfig)), method)
        ask(limit=1)

        def read() -> object:
            kept, token = [], None
            while token != "":
                page = ask(limit=500, _continue=token)
                kept += page.items
                token = page.metadata._continue or ""
            return kept

        return timed_without_collector(read)


def live_pods(path: str) -> Spent:
    return _listed(path, "Pod")


def live_pods_typed(path: str) -> Spent:
    return _listed_typed(path, "list_pod_for_all_namespaces")


def live_secrets(path: str) -> Spent:
    return _listed(path, "Secret")


def live_secrets_typed(path: str) -> Spent:
    return _listed_typed(path, "list_secret_for_all_namespaces")


def _permissions(count: int) -> list:
    """Some verbs on some resources, as nobody would choose them: the worst there is."""
    from rbacgraph.authz.questions.api_resources import STANDARD_VERBS
    from rbacgraph.authz.questions.known_resources import known_entries
    from rbacgraph.model.kubernetes.rbac import PolicyRule

    chance = Random(1)
    known = [(g, entry) for g, entries in known_entries().items() for entry in sorted(entries)]
    found = {
        (verb, group, entry)
        for group, entry in chance.sample(known, len(known))
        for verb in chance.sample(STANDARD_VERBS, chance.randint(1, 5))
    }
    return [PolicyRule((v,), (g,), (entry,)) for v, g, entry in sorted(found)[:count]]


def fewest_rules(_: str) -> Spent:
    """As few as there can be, which is proven."""
    from rbacgraph.advice.rules.fewest_rules import fewest_rules

    needed = _permissions(300)
    spent = timed(lambda: fewest_rules(needed))
    assert fewest_rules(needed).proven
    return spent


def fewest_rules_greedy(_: str) -> Spent:
    """Always the rule that takes most of what is left."""
    from rbacgraph.advice.rules.fewest_rules import fewest_rules

    needed = _permissions(300)
    spent = timed(lambda: fewest_rules(needed, budget=0))
    assert len(fewest_rules(needed, budget=0).rules) > len(fewest_rules(needed).rules)
    return spent


def _used(cluster):
    """A log in which most subjects of bindings use some of their rights."""
    from rbacgraph.authz.coverage import breakdown
    from rbacgraph.authz.match import ALL, Request
    from rbacgraph.authz.subjects import subject_user
    from rbacgraph.model.inputs.audit import AuditLog, Call, Caller

    chance = Random(1)
    calls: dict[str, dict[Request, None]] = {}
    groups: dict[str, str] = {}
    for binding in cluster.authorizer.bindings:
        namespace = binding.metadata.namespace
        roles = cluster.authorizer.roles_of(binding)
        parts = [p for role in roles for rule in role.rules or () for p in breakdown(rule)]
        parts = [p for p in parts if p.resources and ALL not in "".join(map(str, p.resources))]
        for subject in binding.subjects or ():
            user = subject_user(subject, namespace) or f"member-of-{subject.name}"
            if subject.kind == "Group":
                groups[user] = subject.name
            if parts and hash_of(user) % 7:
                for part in chance.sample(parts, min(len(parts), 4)):
                    (verb,), (resource,) = part.verbs, part.resources
                    group, name = part.api_groups[0], (part.resource_names or ("",))[0]
                    what = "get" if verb == ALL else verb, "apps" if group == ALL else group
                    request = Request(*what, *resource.partition("/")[::2], namespace, name)
                    calls.setdefault(user, {})[request] = None
    callers = tuple(
        Caller(
            user=user,
            groups=(groups[user],) if user in groups else (),
            borrowed=(),
            allowed=tuple(Call(request, 1, "") for request in found),
            denied=(),
        )
        for user, found in sorted(calls.items())
    )
    return AuditLog(
        events=1, requests=1, undecided=0, first="", last="", levels={}, stages={}, callers=callers
    )


def hash_of(text: str) -> int:
    """A number for a text, the same in every process."""
    return sum(text.encode())


def suggest_all(path: str) -> Spent:
    """Narrow every role, each proven."""
    import rbacgraph
    from rbacgraph.advice.needs.needs import needs_of
    from rbacgraph.advice.suggest.suggest import suggest

    cluster = rbacgraph.load(path)
    needs = needs_of(_used(cluster))
    assert suggest(cluster.authorizer, needs).roles
    return timed(lambda: suggest(cluster.authorizer, needs))


def usage_of_all(path: str) -> Spent:
    """Say of each right whether it was used."""
    import rbacgraph
    from rbacgraph.query.rights.usage import usage

    cluster = rbacgraph.load(path)
    log = _used(cluster)
    return timed(lambda: usage(cluster.authorizer, log))


if __name__ == "__main__":
    _, name, path = sys.argv
    sys.stdout.write(json.dumps(globals()[name](path)))
