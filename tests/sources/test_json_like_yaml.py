"""The same input in JSON and in YAML, however its Lists are nested: the same cluster."""

import gzip
import io
import json
from itertools import count, product

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import rbacgraph as rg
from rbacgraph.model.inputs.snapshot import OBJECTS as FIELDS
from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.sources.files.streams import Window
from rbacgraph.sources.finish import finish
from rbacgraph.sources.json import from_json
from rbacgraph.sources.json.workers import Processes
from rbacgraph.sources.load import load
from rbacgraph.sources.objects.collector import Collector
from rbacgraph.sources.yaml11 import parser
from rbacgraph.sources.yaml11.faults import YamlFault


class PlainDumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):
    def ignore_aliases(self, _data):
        return True


def documents(path):
    """Return what a file holds, as kubectl understands it."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if path.name.removesuffix(".gz").endswith(".json"):
        value = json.loads(data)
        return [value.get("objects", value) if isinstance(value, dict) else value]
    found = []
    for text in ("\n" + data.decode()).split("\n---"):
        value = parser.load(text).value
        found += [] if value is None else [value]
    return found


def a_list(items):
    return {"apiVersion": "v1", "kind": "List", "metadata": {}, "items": items}


def flat(documents):
    """Return the objects alone."""
    for one in documents:
        if isinstance(one, list):
            yield from flat(one)
        elif not isinstance(one, dict):
            continue
        elif isinstance(one.get("items"), list) and str(one.get("kind")) == "List":
            yield from flat(one["items"])
        else:
            yield one


def nested(documents):
    """Put objects into Lists in Lists, arrays among them."""
    objects = list(flat(documents))
    half, third = len(objects) // 2, len(objects) // 3
    inner = a_list([a_list(objects[:third]), *objects[third:half]])
    return a_list([inner, a_list([]), objects[half:]])


JSON = {
    "minified": json.dumps,
    "kubectl": lambda value: json.dumps(value, indent=4),
    "sorted": lambda value: json.dumps(value, indent=2, sort_keys=True),
    "kind first": lambda value: json.dumps(_kind_first(value), indent=4),
}
YAML = {
    "block": lambda value: yaml.dump(value, Dumper=PlainDumper),
    "flow": lambda value: yaml.dump(value, Dumper=PlainDumper, default_flow_style=True),
    "kind first": lambda value: yaml.dump(_kind_first(value), Dumper=PlainDumper, sort_keys=False),
}


def _kind_first(value):
    if isinstance(value, dict):
        return {k: value[k] for k in sorted(value, key=lambda key: (key != "kind", key))}
    return value


def told(snapshot):
    """Return all of a snapshot but where it stands and in which order."""
    objects = {
        field: sorted(json.dumps(_plain(one), sort_keys=True) for one in every)
        for field, every in snapshot.objects()
    }
    others = {
        "listed": sorted(snapshot.listed),
        "groups": dict(snapshot.groups),
        "version": snapshot.kubernetes_version,
        "skipped": dict(snapshot.skipped),
        "custom": snapshot.custom_resources,
        "diagnostics": sorted(d.code for d in snapshot.diagnostics),
    }
    return objects | others


def _plain(value):
    built = msgspec.to_builtins(value)
    built.pop("(origin)", None)
    return built


def read(text):
    return load(io.BytesIO(text.encode()))


def fixtures(root):
    folder = root / "fixtures"
    yield from sorted((folder / "clusters").rglob("*.yaml"))
    yield from sorted((folder / "oracle" / "reach").glob("world-1.json.gz"))
    yield folder / "oracle" / "bootstrap.json.gz"
    yield from sorted((folder / "edges").glob("*/*.yaml"))
    yield from sorted((folder / "bad").glob("*.yaml"))


def readable(root):
    for path in fixtures(root):
        try:
            found = documents(path)
        except (YamlFault, UnicodeDecodeError):
            continue
        if found:
            yield path, found


def test_every_fixture(root):
    """Each file is read in a JSON and a YAML form, now plain, now in Lists in Lists."""
    forms = list(product((nested, a_list, list), JSON, YAML))
    for number, (path, found) in enumerate(readable(root)):
        shape, json_form, yaml_form = forms[number % len(forms)]
        value = shape(found)
        as_json, as_yaml = told(read(JSON[json_form](value))), told(read(YAML[yaml_form](value)))
        words = f"{path} as {shape.__name__}: JSON {json_form}, YAML {yaml_form}"
        assert as_json == as_yaml, words
        plain = told(read("\n---\n".join(map(json.dumps, flat(found)))))
        assert {f: as_json[f] for f in FIELDS} == {f: plain[f] for f in FIELDS}, words


def test_the_graph_is_the_same(root):
    """A List of a server's objects alone is complete, so what a person wrote stands beside it."""
    found = [
        d
        for path in sorted((root / "fixtures/clusters/shop").glob("*.yaml"))
        for d in documents(path)
    ]
    written = [one for one in found if one["kind"] != "List"]
    listed = [one for one in found if one["kind"] == "List"]
    assert written

    def exposed(text):
        return rg.load(io.BytesIO(text.encode())).exposure().report().render("csv")

    forms = [
        write([shape(listed), written])
        for shape in (a_list, nested, list)
        for write in (JSON["kubectl"], JSON["minified"], YAML["block"])
    ]
    assert len({exposed(form) for form in forms}) == 1


NAMES = iter(f"a{number}" for number in count())
OBJECTS = st.sampled_from(["ServiceAccount", "Secret", "ConfigMap", "Event"]).map(
    lambda kind: {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {"name": next(NAMES), "namespace": "shop", "uid": "u"},
    }
)
TYPED = st.lists(st.booleans(), max_size=3).map(
    lambda every: {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleList",
        "metadata": {"resourceVersion": "1"},
        "items": [{"metadata": {"name": next(NAMES), "namespace": "shop"}} for _ in every],
    }
)
SHAPES = st.recursive(
    OBJECTS | TYPED,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.builds(
            lambda items, header: {**header, "items": items},
            st.none() | st.lists(inner, max_size=4),
            st.sampled_from(
                [
                    {"apiVersion": "v1", "kind": "List"},
                    {"apiVersion": "v1", "kind": "List", "metadata": {"continue": "x"}},
                    {
                        "apiVersion": "v1",
                        "kind": "SecretList",
                        "metadata": {"resourceVersion": "1"},
                    },
                ]
            ),
        )
        # what does not say that it is a List, but holds objects
        | st.builds(
            lambda items, header: {**header, "items": items},
            st.lists(OBJECTS, min_size=1, max_size=4),
            st.sampled_from([{"apiVersion": "example.org/v1", "kind": "Boat"}, {}]),
        )
    ),
    max_leaves=12,
)


@given(SHAPES)
def test_lists_in_lists(value):
    results = [told(read(write(value))) for write in (*JSON.values(), *YAML.values())]
    assert all(result == results[0] for result in results)


@given(SHAPES)
def test_nothing_is_dropped_without_a_word(value):
    """Every object stands in the snapshot, or among the kinds that are not read."""

    def names(one):
        if isinstance(one, list):
            return sum(map(names, one))
        if isinstance(one.get("items"), list) and (
            one.get("kind", "").endswith("List") or says_kind(one["items"])
        ):
            return sum(map(names, one["items"]))
        return 1

    def says_kind(items):
        return bool(items) and isinstance(items[0], dict) and bool(items[0].get("kind"))

    snapshot = read(json.dumps(value))
    kept = sum(len(objects) for _, objects in snapshot.objects())
    left = sum(not d.code.startswith("empty") for d in snapshot.diagnostics)
    assert kept + sum(snapshot.skipped.values()) + left >= names(value) - null_lists(value)


def null_lists(one):
    if isinstance(one, list):
        return sum(map(null_lists, one))
    items = one.get("items", 0)
    if items is None and one.get("kind", "").endswith("List"):
        return 1
    return sum(map(null_lists, items)) if isinstance(items, list) else 0


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_processes_leave_lists_to_the_reader(tmp_path, processes):
    """A List among thousands of items, in the part of another process."""

    def accounts(first, last):
        return [
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": f"a{number}"}}
            for number in range(first, last)
        ]

    items = []
    for begin in range(0, 3000, 100):
        boat = {"apiVersion": "example.org/v1", "kind": "Boat", "metadata": {"name": "b"}}
        items += [*accounts(begin, begin + 98), boat, a_list(accounts(begin + 98, begin + 100))]
        items.append(
            {
                "apiVersion": "example.org/v1",
                "kind": "Boats",
                "items": accounts(5000 + begin, 5001 + begin),
            }
        )
    path = tmp_path / "list.json"
    path.write_text(json.dumps(a_list(items), indent=4))
    collector = Collector(Problems())
    collector.open_file("x")
    with path.open("rb") as file:
        window = Window(file)
        window.fill()
        from_json.read(window, collector, lambda *_: False, Processes(processes, 1 << 10))
    collector.close_file()
    snapshot = finish(collector, groups={}, version=None)
    expected = {f"a{n}" for n in range(3000)} | {f"a{n}" for n in range(5000, 8000, 100)}
    assert {o.metadata.name for o in snapshot.service_accounts} == expected
    assert snapshot.skipped == {"Boat.example.org": 30}


def test_what_is_listed_completely_is_known_of_the_inner_list():
    """Lists of two namespaces in one are not what a server lists of the whole cluster."""

    def secrets(namespace, **metadata):
        names = {"name": "db", "namespace": namespace, "uid": "u"}
        item = {"apiVersion": "v1", "kind": "Secret", "metadata": names}
        return {**a_list([item]), "metadata": metadata}

    for write in (*JSON.values(), *YAML.values()):
        snapshot = read(write(a_list([secrets("shop"), secrets("pay")])))
        assert snapshot.listed == {("Secret", "shop"), ("Secret", "pay")}
        one_page = secrets("pay", **{"continue": "x"})
        assert read(write(a_list([secrets("shop"), one_page]))).listed == {("Secret", "shop")}


@pytest.mark.parametrize("depth", [80, 2000, 100_000])
def test_depth_is_bounded(depth):
    inner = json.dumps({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}})
    text = '{"kind":"List","apiVersion":"v1","items":[' * depth + inner + "]}" * depth
    snapshot = read(text)
    if depth == 80:
        assert len(snapshot.service_accounts) == 1
    else:
        assert "too-deep" in {d.code for d in snapshot.diagnostics}
    pretty = json.dumps(a_list(["REPLACE"]), indent=4).replace('"REPLACE"', "{\n        }")
    pretty = pretty.replace(
        "{\n        }",
        '{\n            "kind": "List",\n            "items": [' + text + "]\n        }",
    )
    assert isinstance(read(pretty).service_accounts, tuple)
