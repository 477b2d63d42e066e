"""A List that several processes read comes out as one that is read by one."""

import io
import json
import random
import re
import sys
from subprocess import PIPE, Popen

import pytest

from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.sources.files.streams import Window
from rbacgraph.sources.json import from_json
from rbacgraph.sources.json.items import recognise
from rbacgraph.sources.json.workers import Processes, WorkerBlock, WorkerPart, divide
from rbacgraph.sources.objects.collector import Collector

RBAC = "rbac.authorization.k8s.io"
ALONE = Processes(1)
MANY = Processes(4, worth=1 << 10)


def _object(api_version, kind, name, **rest):
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": name, "namespace": f"ns-{name[-1]}", "uid": f"uid-{name}"},
        **rest,
    }


SPEC = {
    "nodeName": "n1",
    "containers": [
        {
            "name": "c",
            "envFrom": [{"secretRef": {"name": "db"}}],
            "volumeMounts": [{"name": "t", "mountPath": "/t"}],
        }
    ],
    "imagePullSecrets": [{"name": "pull"}],
    "volumes": [{"name": "t", "projected": {"sources": [{"serviceAccountToken": {}}]}}],
}
OWNERS = [{"kind": "ReplicaSet", "name": "web-1", "uid": "u"}]
META = {"name": "p", "namespace": "ns-0", "ownerReferences": OWNERS, "annotations": {"a": "b"}}
REF = {"apiGroup": RBAC, "kind": "ClusterRole", "name": "view"}
RULES = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
CRD = {"group": "example.com", "names": {"kind": "Shop", "plural": "shops", "shortNames": ["sh"]}}
SOUND = [
    lambda n: _object("v1", "Secret", f"s{n}", data={f"k{n}": "YQ=="}, type="Opaque"),
    lambda n: _object("v1", "Secret", f"t{n}", type="kubernetes.io/tls"),
    lambda n: _object("v1", "Pod", f"p{n}", spec=SPEC, status={"phase": "Running"}),
    lambda n: _object("v1", "Pod", f"q{n}") | {"metadata": META | {"name": f"q{n}"}},
    lambda n: _object("apps/v1", "Deployment", f"d{n}", spec={"template": {"spec": SPEC}}),
    lambda n: _object(f"{RBAC}/v1", "Role", f"r{n}", rules=RULES),
    lambda n: _object(f"{RBAC}/v1", "RoleBinding", f"b{n}", roleRef=REF, subjects=None),
    lambda n: _object("v1", "Namespace", f"n{n}", metadata={"name": f"n{n}", "labels": {"a": "ü"}}),
    lambda n: _object("v1", "ServiceAccount", f"a{n}", automountServiceAccountToken=False),
    lambda n: _object("v1", "Node", f"n{n}", status={"nodeInfo": {"kubeletVersion": "v1.34.1"}}),
    lambda n: _object("apiextensions.k8s.io/v1", "CustomResourceDefinition", f"c{n}", spec=CRD),
    lambda n: _object("v1", "PersistentVolumeClaim", f"v{n}", spec={"volumeName": "v"}),
    lambda n: _object("v1", "ConfigMap", f"m{n}", data={"text": "},\n        {\n" * (n % 3)}),
    lambda n: _object("serving.knative.dev/v1", "Service", f"k{n}"),
]
ODD = [
    lambda n: _object("v1", "Role", f"r{n}"),
    lambda n: _object("v1", "Secret", f"s{n}", data=[n]),
    lambda n: _object("v1", "Secret", f"{{{{ .x{n}", data={"a": None}),
    lambda n: {"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": f"g{n}-"}},
    lambda n: {"apiVersion": "v1", "kind": "Secret", "metadata": {"note": n}},
    lambda n: {"apiVersion": "v1", "kind": n, "metadata": {"name": "x"}},
    lambda n: {"apiVersion": "v1", "metadata": {"name": f"x{n}"}},
    lambda n: {"apiVersion": "v1", "kind": "Pod\\", "metadata": {"name": f"x{n}", "x": None}},
    lambda n: _object("v1", f"${{KIND{n}}}", f"h{n}"),
    lambda n: _object("v1", f"ENC[AES256_GCM,data:{n}]", f"h{n}"),
    lambda n: {
        "apiVersion": f"{RBAC}/v1",
        "kind": "Role",
        "metadata": {"name": f"h{n}", "namespace": "${NS}"},
        "rules": RULES,
    },
    lambda n: {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": f"k{n}", "namespace": "flux"},
    },
]


def listing(items, **rest):
    return json.dumps({"apiVersion": "v1", "items": items, "kind": "List", **rest}, indent=4)


def collected(path, processes):
    problems = Problems()
    collector = Collector(problems)
    collector.open_file("first")
    collector.close_file()
    collector.open_file(path.name)
    with path.open("rb") as file:
        window = Window(file, step=1 << 12)
        window.fill()
        from_json.read(window, collector, lambda *_: False, processes)
    collector.close_file()
    hiding = [(one.line, one.value, one.text) for one in collector.doubtful]
    found = hiding, collector.kustomizations, problems.unread, collector.openshift_roles
    return collector.objects, problems.result(), collector.listed, collector.skipped, found


def processes_of(path, processes=MANY, meanwhile=None):
    with path.open("rb") as file:
        window = Window(file)
        window.fill()
        layout = recognise(window)
        window.advance(layout.head)
        with divide(window, layout, processes, meanwhile) as parts:
            return len(parts)


def texts():
    rng = random.Random(7)
    sound = [make(n) for n in range(40) for make in SOUND]
    mixed = [rng.choice(ODD if rng.random() < 0.2 else SOUND)(n) for n in range(400)]
    whole, odd = listing(sound), listing(mixed)
    own = _object("authorization.openshift.io/v1", "Role", "r0", rules=RULES)
    middle = len(odd) // 2
    return {
        "sound": whole,
        "shuffled": listing(rng.sample(sound, len(sound))),
        "the last is OpenShift's": listing([*sound, own, *sound[:10]]),
        "odd": odd,
        "one page": listing(sound, metadata={"continue": "x", "resourceVersion": "1"}),
        "cut off": odd[: len(odd) * 3 // 4],
        "damaged": odd[:middle] + '"}]{,\\\n\x00' + odd[middle + 9 :],
        "a hole": odd[:middle] + odd[middle + 5000 :],
        "two lists": whole + "\n" + odd,
        "the list ends early": listing(sound[:150]) + "\n" + whole + whole,
        "then lines": whole + "\n" + "\n".join(json.dumps(o) for o in mixed),
        "not utf-8": odd.replace("uid-p1", "uid-\udcff"),
    }


TEXTS = texts()


@pytest.mark.parametrize("case", TEXTS)
def test_many_processes_read_what_one_reads(case, tmp_path):
    path = tmp_path / "dump.json"
    path.write_bytes(TEXTS[case].encode("utf-8", "surrogateescape"))
    assert processes_of(path) == MANY.most - 1
    assert collected(path, MANY) == collected(path, ALONE)


def test_what_is_divided(tmp_path):
    path = tmp_path / "dump.json"
    sound = [make(n) for n in range(40) for make in SOUND]
    path.write_text(listing(sound))
    assert processes_of(path) == MANY.most - 1
    assert processes_of(path, ALONE) == 0
    assert processes_of(path, Processes(4, worth=path.stat().st_size)) == 0
    assert processes_of(path, Processes(9, worth=path.stat().st_size // 4)) == 3 - 1
    items = [{key: o[key] for key in o if key != "kind"} for o in sound]
    path.write_text(json.dumps({"kind": "PodList", "apiVersion": "v1", "items": items}, indent=4))
    assert processes_of(path) == 0


def test_what_there_is_to_do_meanwhile_is_done_once_while_others_read(tmp_path):
    path, told = tmp_path / "dump.json", []
    path.write_text(TEXTS["sound"])
    assert processes_of(path, ALONE, lambda: told.append(1)) == 0
    assert told == []
    assert processes_of(path, MANY, lambda: told.append(1)) == MANY.most - 1
    assert told == [1]


def test_each_process_reads_its_part_and_no_more(tmp_path):
    path = tmp_path / "dump.json"
    path.write_text(TEXTS["odd"], encoding="utf-8")
    items = [found.end() - 2 for found in re.finditer(rb"},\n {8}\{\n", path.read_bytes())]
    with path.open("rb") as file:
        window = Window(file)
        window.fill()
        layout = recognise(window)
        window.advance(layout.head)
        with divide(window, layout, MANY) as parts:
            assert window.offset < parts[0].begin < parts[1].begin < parts[2].begin < items[-1]
            firsts = [min(item for item in items if item >= part.begin) for part in parts]
            read = [list(part.blocks(first)) for part, first in zip(parts, firsts, strict=True)]
    assert [blocks[-1].end for blocks in read] == [*firsts[1:], items[-1]]
    assert sum(len(block.secrets) for blocks in read for block in blocks) > 20
    assert sum(bool(block.odd) for blocks in read for block in blocks) > 20
    assert {kind for blocks in read for block in blocks for kind in block.skipped} == {
        "ConfigMap",
        "Pod\\",
        "Service.serving.knative.dev",
    }


def test_streams_are_not_divided():
    window = Window(io.BytesIO(TEXTS["sound"].encode()))
    window.fill()
    layout = recognise(window)
    window.advance(layout.head)
    with divide(window, layout, MANY) as parts:
        assert parts == []


def _part(output):
    code = f"import sys; sys.stdout.buffer.write({output!r})"
    return WorkerPart(7, Popen([sys.executable, "-c", code], stdout=PIPE))


BLOCKS = [
    WorkerBlock(7, 90, 3).message(),
    WorkerBlock(90, 200, 9, skipped={"ConfigMap": 2}).message(),
]


@pytest.mark.parametrize(
    ("output", "ends"),
    [
        (b"".join(BLOCKS), [90, 200]),
        (b"", []),
        (b"Traceback (most recent call last)", []),
        (BLOCKS[0] + BLOCKS[1][:-1], [90]),
        (BLOCKS[0] + BLOCKS[1][:5], [90]),
        (BLOCKS[0] + BLOCKS[0], [90]),
        (BLOCKS[1], []),
    ],
)
def test_only_what_follows_without_a_gap_is_taken(output, ends):
    part = _part(output)
    try:
        assert [block.end for block in part.blocks(7)] == ends
    finally:
        part.close()
