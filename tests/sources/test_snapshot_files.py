"""What a snapshot's file gives is what was written, for whatever could be read."""

import gzip
import io
import json
import os
import random

import pytest
from msgspec.structs import replace

import rbacgraph
from rbacgraph.errors import RbacGraphError, UsageError
from rbacgraph.model.inputs.snapshot import Collected, Snapshot
from rbacgraph.sources.load import load
from rbacgraph.sources.snapshots.saving import save
from rbacgraph.sources.snapshots.snapshot_files import encoded

SUFFIXES = ("json", "json.gz", "json.zst")


def _written(snapshot):
    return b"".join(encoded(snapshot))


def _again(snapshot):
    return load(io.BytesIO(_written(snapshot)))


def _check(snapshot):
    data = _written(snapshot)
    again = load(io.BytesIO(data))
    # Digests of files that may hold values of Secrets are kept in none.
    assert not any(file.content and file.content.encode() in data for file in snapshot.unread)
    unread = tuple(replace(file, content="") for file in snapshot.unread)
    assert again == replace(snapshot, unread=unread)
    assert _written(again) == data


def _texts(path):
    cluster = rbacgraph.load(path)
    accounts = sorted(cluster.snapshot.service_accounts, key=lambda a: a.metadata.name)
    first = accounts[0].metadata
    answers = (
        cluster.exposure(system=True),
        cluster.paths(secret="*"),
        cluster.reach(source="group:system:masters"),
        cluster.reach(source=f"sa:{first.namespace}/{first.name}"),
    )
    return [answer.report().render(name) for answer in answers for name in ("json", "wide")]


@pytest.fixture
def fixtures(root, monkeypatch):
    monkeypatch.chdir(root)
    return root / "fixtures"


@pytest.mark.parametrize(("name", "suffix"), [("shop", "json.zst"), ("shop-manifests", "json.gz")])
def test_every_answer_is_the_same_to_the_byte(fixtures, tmp_path, name, suffix):
    path = tmp_path / f"cluster.{suffix}"
    cluster = rbacgraph.load(fixtures / "clusters" / name)
    cluster.save(path)
    assert rbacgraph.load(path).diagnostics == cluster.diagnostics
    assert _texts(path) == _texts(fixtures / "clusters" / name)


def test_the_fixtures_of_the_edges(fixtures):
    for path in sorted((fixtures / "edges").glob("*/*.yaml")):
        _check(load(path))


def test_bad_input(fixtures):
    for path in sorted((fixtures / "bad").iterdir()):
        _check(load(path))
    _check(load(fixtures / "bad"))


def test_worlds(fixtures):
    for path in sorted((fixtures / "oracle" / "reach").glob("world*.json.gz")):
        world = json.loads(gzip.decompress(path.read_bytes()))
        items = {"apiVersion": "v1", "kind": "List", "items": world["objects"]}
        _check(load(io.BytesIO(json.dumps(items).encode())))


def test_the_servers_of_encryption(fixtures, tmp_path):
    servers = fixtures / "encryption" / "servers"
    rbacgraph.load(servers).save(tmp_path / "x.json")
    one, other = (rbacgraph.load(path).encryption() for path in (servers, tmp_path / "x.json"))
    assert one.result == other.result


@pytest.mark.only_in_all
def test_real_input(shared):
    for folder in (*sorted((shared / "corpora").iterdir()), shared / "dumps" / "A"):
        if folder.is_dir():
            _check(load(folder))
    path = shared / "dumps" / "A" / "all.json"
    if path.exists():
        _holds_no_value(path, _written(load(path)).decode())


def _holds_no_value(path, text):
    assert "CANARY" not in text
    held = [item for item in json.loads(path.read_text())["items"] if item["kind"] == "Secret"]
    values = {value for secret in held for value in (secret.get("data") or {}).values()}
    assert len(values) > 20
    assert [value for value in values if len(value) > 11 and value in text] == []


def test_what_no_object_tells():
    snapshot = Snapshot(
        files=("a.yaml", os.fsdecode(b"\xff.yaml"), "ümlaut.yaml"),
        listed=frozenset((kind, namespace) for kind in ("Pod", "Secret") for namespace in "abc"),
        groups={"zoe": ("b", "a"), "alice": ()},
        kubernetes_version=(1, 30),
        skipped={"ConfigMap": 3},
        collected=Collected(
            context="prod", server_version="v1.36.2", forbidden=(("Secret", ""), ("Pod", "x"))
        ),
    )
    _check(snapshot)


def test_it_is_a_list_that_other_tools_read(fixtures):
    snapshot = load(fixtures / "clusters" / "shop")
    found = json.loads(_written(snapshot))
    assert (found["apiVersion"], found["kind"]) == ("v1", "List")
    assert found["rbacgraph"]["version"] == 2
    assert all(item["apiVersion"] and item["metadata"]["name"] for item in found["items"])
    kinds = [item["kind"] for item in found["items"]]
    assert kinds.count("Pod") == len(snapshot.pods)
    role = next(item for item in found["items"] if item["kind"] == "Role")
    assert set(role["rules"][0]) >= {"apiGroups", "resources", "verbs"}
    pod = next(item for item in found["items"] if item["kind"] == "Pod")
    assert pod["spec"]["serviceAccount"]
    assert pod["spec"]["nodeName"]


SMALL = b"""
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop, annotations: {last-applied-configuration: CANARY}}
stringData: {password: CANARY}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  nodeName: node-1
  containers:
  - {name: web, image: w, env: [{name: KEY, value: CANARY}], envFrom: [{secretRef: {name: db}}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]
"""
WRITTEN = """\
{"apiVersion":"v1","kind":"List","metadata":{},"rbacgraph":{
"version":2,
"files":["<stream>"]
},"items":[
{"apiVersion":"v1","kind":"Secret",\
"metadata":{"name":"db","namespace":"shop","annotations":{}},\
"keys":["password"],"(origin)":1099511627778},
{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role",\
"metadata":{"name":"reader","namespace":"shop"},\
"rules":[{"verbs":["get"],"apiGroups":[""],"resources":["secrets"]}],"(origin)":1099511627791},
{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"shop"},\
"spec":{"nodeName":"node-1",\
"secrets":[{"secret":"db","keys":[],"starting":false,"container":"web","by":"envFrom"}],\
"drivers":[],"automounts":[{"audience":"","starting":false,"container":"web"}],\
"violates":"restricted","images":["w"]},\
"labels":",app=web,","(origin)":1099511627783}
]}
"""


def test_this_is_the_format():
    """Where it changes so that older files mean something else, so must its version."""
    assert _written(load(io.BytesIO(SMALL))).decode() == WRITTEN


def as_version_1(snapshot):
    """Leave out what version 1 does not hold."""

    def bare(objects):
        return tuple(
            replace(one, spec=replace(one.spec, images=(), drivers=None)) for one in objects
        )

    return replace(snapshot, pods=bare(snapshot.pods), workloads=bare(snapshot.workloads))


@pytest.mark.parametrize(
    "names", [("version-1.json", "pods.yaml"), ("api-servers-version-1.json", "api-servers.yaml")]
)
def test_version_1_is_still_read(fixtures, names):
    """The version that was before wrote it of this file, without images and CSI drivers."""
    old, source = (fixtures / "snapshots" / name for name in names)
    assert load(old) == as_version_1(load(source.relative_to(fixtures.parent)))
    again = load(io.BytesIO(_written(load(old))))
    assert again == load(old)


def test_csi_drivers_that_an_older_file_lacks_are_not_known(fixtures):
    """A kubelet may get a token for a driver, and who writes CSIDrivers may have it ask."""
    whole = _written(load(fixtures / "edges" / "edit-csi-driver" / "yes.yaml"))
    older = whole.replace(b'"drivers":["files.example.com"],', b"")
    assert older != whole
    found = []
    for data in (whole, older):
        cluster = rbacgraph.load(io.BytesIO(data), kubernetes_version="1.36")
        for source in ("kubelet:n1", "user:alice"):
            reached = {one.target: one.certain for one in cluster.reach(source=source)}
            certain = reached.get("serviceaccount:shop/web", "never")
            found.append(certain if certain == "never" else bool(certain))
    assert found == ["never", True, False, False]


CLAIMED = """\
apiVersion: storage.k8s.io/v1
kind: CSIDriver
metadata: {name: disk.csi.azure.com}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: disk}
spec: {SOURCE, claimRef: {name: disk, namespace: shop}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: disk, namespace: shop}
spec: {volumeName: disk}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  automountServiceAccountToken: false
  nodeName: n1
  serviceAccountName: web
  containers: [{name: web, image: w, volumeMounts: [{name: disk, mountPath: /disk}]}]
  volumes: [{name: disk, persistentVolumeClaim: {claimName: disk}}]
status: {phase: Running}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: ask}
rules:
- {apiGroups: [""], resources: ["*"], verbs: [request-serviceaccounts-token-audience]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: ask}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ask}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:nodes"}]
"""


@pytest.mark.parametrize("source", ["nfs", "azureDisk"])
def test_the_source_of_a_volume_that_an_older_file_lacks_is_not_known(source):
    """A right to ask for tokens serves a kubelet if the API server finds all drivers of a Pod."""
    given = CLAIMED.replace("SOURCE", f"{source}: {{path: /, server: a}}")
    whole = _written(load(io.BytesIO(given.encode())))
    older = whole.replace(f'"{source}":{{}},'.encode(), b"")
    assert older != whole
    found = []
    for data in (whole, older):
        cluster = rbacgraph.load(io.BytesIO(data), kubernetes_version="1.36")
        reached = {one.target: one.certain for one in cluster.reach(source="kubelet:n1")}
        found.append(bool(reached["serviceaccount:shop/web"]))
    assert found == [True, False]


@pytest.mark.parametrize(
    ("held", "damage"),
    [
        ('"how":"envFrom"', '"how":"envelope"'),
        ('"how":"envFrom"', '"how":7'),
        ('"how":"envFrom"', '"who":"envFrom"'),
        ('["share","driver of volume share"]', '["share"]'),
        ('["share","driver of volume share"]', '["share","conductor of volume share"]'),
        ('["share","driver of volume share"]', "7"),
        ('"kubelet":[', '"kubelet":7,"x":['),
    ],
)
def test_a_damaged_version_1_is_refused_as_a_whole(fixtures, held, damage):
    text = (fixtures / "snapshots" / "version-1.json").read_text()
    assert held in text
    found = load(io.BytesIO(text.replace(held, damage).encode()))
    assert {"bad-snapshot", "empty-input"} == {one.code for one in found.diagnostics}
    assert not found.pods


def test_laid_out_anew_it_is_still_read(fixtures):
    snapshot = load(fixtures / "clusters" / "shop")
    pretty = json.dumps(json.loads(_written(snapshot)), indent=2).encode()
    assert load(io.BytesIO(pretty)) == snapshot


def test_what_was_cut_out_of_one_is_refused(fixtures):
    """As Kubernetes' own objects they would say less than they know."""
    found = json.loads(_written(load(fixtures / "clusters" / "shop")))
    del found["rbacgraph"]
    for text in (json.dumps(found), json.dumps(found, indent=4), "---\n" + json.dumps(found)):
        left = load(io.BytesIO(text.encode()))
        assert {*left.pods, *left.workloads, *left.secrets} == set()
        assert left.roles
        assert "cut-out" in {one.code for one in left.diagnostics}
        assert not left.is_listed("Pod", "shop")


def test_beside_other_files(fixtures, tmp_path):
    shop, more = fixtures / "clusters" / "shop", fixtures / "edges" / "exec" / "yes.yaml"
    save(load(shop), tmp_path / "x.json")
    assert load(tmp_path / "x.json", more) == load(shop, more)
    assert load(more, tmp_path / "x.json") == load(more, shop)
    save(load(more), tmp_path / "y.json")
    assert load(tmp_path / "x.json", tmp_path / "y.json") == load(shop, more)


def test_secrets_in_git_of_several_inputs_are_all_kept(fixtures, tmp_path):
    repo = fixtures / "stores" / "sops" / "repo"
    one, other = repo / "values", repo / "clusters"
    both = load(one, other).git
    for folder, name in ((one, "x.json"), (other, "y.json")):
        save(load(folder), tmp_path / name)
    assert load(one).git != both != load(other).git
    assert load(tmp_path / "x.json", tmp_path / "y.json").git == both
    assert load(tmp_path / "x.json", other).git == both


def test_what_the_caller_says_is_believed_before_it(fixtures):
    snapshot = load(fixtures / "clusters" / "shop", groups={"a": ["x"], "b": ["y"]})
    data = _written(snapshot)
    again = load(io.BytesIO(data), groups={"b": ["z"]}, kubernetes_version="1.30")
    assert again.groups == {"a": ("x",), "b": ("z",)}
    assert again.kubernetes_version == (1, 30)
    changed = replace(again, groups=snapshot.groups, kubernetes_version=(1, 36))
    assert changed == snapshot


def test_damaged_it_is_refused_as_a_whole(fixtures, tmp_path):
    data = _written(load(fixtures / "clusters" / "shop"))
    damaged = [
        data[: len(data) // 2],
        data.replace(b'"version":2', b'"version":4'),
        data.replace(b'"kind":"Pod"', b'"kind":"Pud"'),
        data.replace(b'"(origin)":', b'"(origin)":9'),
        data.replace(b'"verbs":[', b'"verbs":[1,'),
        data.replace(b'"listed":[', b'"listed":[7,'),
    ]
    for one in damaged:
        found = load(io.BytesIO(one))
        assert {"bad-snapshot", "empty-input"} == {d.code for d in found.diagnostics}
        assert not found.roles
    for pack in (gzip.compress, _zstd):
        path = tmp_path / "x.json.packed"
        path.write_bytes(pack(data)[:-40])
        found = load(path)
        assert {"unreadable", "empty-input"} == {d.code for d in found.diagnostics}
        assert not found.roles


def _zstd(data):
    import zstandard

    return zstandard.ZstdCompressor().compress(data)


def test_noise_never_raises(fixtures):
    data = bytearray(_written(load(fixtures / "clusters" / "shop-manifests")))
    draw = random.Random(7)
    for _ in range(300):
        noisy = bytearray(data)
        for _ in range(draw.randint(1, 3)):
            noisy[draw.randrange(70, len(noisy))] = draw.randrange(256)
        load(io.BytesIO(noisy))


# --- files -----------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_snapshot_gives_the_same_bytes(fixtures, tmp_path, suffix):
    snapshot = load(fixtures / "clusters" / "shop")
    for name in ("one", "other"):
        save(snapshot, tmp_path / f"{name}.{suffix}")
    one, other = sorted(path.read_bytes() for path in tmp_path.iterdir())
    assert one == other


def test_another_name_is_refused(tmp_path):
    for name in ("x.yaml", "x", "x.zst"):
        with pytest.raises(UsageError, match="cannot be written to"):
            save(Snapshot(), tmp_path / name)
    with pytest.raises(RbacGraphError, match="No such file"):
        save(Snapshot(), tmp_path / "gone" / "x.json")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_broken_off_it_leaves_what_was_there(tmp_path, monkeypatch, suffix, error):
    def some(_):
        yield b'{"apiVersion": '
        raise error

    path = tmp_path / f"x.{suffix}"
    path.write_bytes(b"before")
    monkeypatch.setattr("rbacgraph.sources.snapshots.saving.encoded", some)
    with pytest.raises((KeyboardInterrupt, RbacGraphError)):
        save(Snapshot(), path)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [(path.name, b"before")]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_only_its_owner_may_read_it_whatever_was_there(tmp_path, suffix):
    new, old, link, target, dangling, later = (
        tmp_path / f"{name}.{suffix}" for name in ("new", "old", "link", "target", "no", "later")
    )
    for path in (old, target):
        path.write_text("before")
        path.chmod(0o666)
    link.symlink_to(target)
    dangling.symlink_to(later)
    before = target.open("rb")  # as a reader that waits for what comes
    for path in (new, old, link, dangling):
        save(Snapshot(), path)
    with before:
        assert before.read() == b"before"
    for path in (new, old, target, later):
        assert path.stat().st_mode & 0o777 == 0o600
        assert load(path).files == ()
    assert link.is_symlink()
    assert dangling.is_symlink()
    assert len(list(tmp_path.iterdir())) == 6


ALIKE = b"".join(
    b"---\n{apiVersion: rbac.authorization.k8s.io/v1, kind: Role,"
    b" metadata: {name: reader, namespace: n%d},"
    b" rules: [{apiGroups: [''], resources: [secrets], verbs: [get, list]}]}\n" % number
    for number in range(3)
)


def test_equal_rules_are_one_object_whatever_they_were_read_from():
    """The graph asks what rules give once for each object."""
    whole = load(io.BytesIO(ALIKE))
    kept = (whole, _again(whole), load(io.BytesIO(_written(whole)), io.BytesIO(ALIKE)))
    for snapshot in kept:
        assert len(snapshot.roles) == 3
        assert len({id(role.rules) for role in snapshot.roles}) == 1
