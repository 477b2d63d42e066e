"""What nobody can read where it decides rights: placeholders, and values that SOPS encrypted."""

import io
import itertools
import json

import pytest
import yaml

import rbacgraph as rg
from rbacgraph.model.inputs.unread import BUILT
from rbacgraph.sources.files.git import Blob
from rbacgraph.sources.load import load
from rbacgraph.sources.objects.deciding_fields import DECIDING, hides_kind
from rbacgraph.sources.objects.object_kinds import KINDS

ENC = "ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]"
FORMS = {"flux": "${X}", "helm": "{{ .X }}", "kustomize": "$(X)", "within": "a-${X}-b", "sops": ENC}
RBAC = "rbac.authorization.k8s.io"
LISTS = frozenset(
    {
        *("rules", "verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs"),
        *("subjects", "clusterRoleSelectors", "matchExpressions", "values", "imagePullSecrets"),
        *("volumes", "sources", "containers", "initContainers", "ephemeralContainers"),
        *("env", "envFrom", "secrets", "users", "groups"),
    }
)
ANY = {("volumes", "*"): "cephfs", ("labels", "*"): f"{RBAC}/aggregate-to-view"}
VERSIONS = {kind.name: f"{kind.groups[0]}/v1".lstrip("/") for kind in KINDS}
SPEC = {"containers": [{"name": "x", "image": "x"}]}
TEMPLATE = {"spec": SPEC}
BARE = {
    "Role": {"rules": []},
    "ClusterRole": {"rules": []},
    "RoleBinding": {
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "view"},
        "subjects": [{"kind": "User", "name": "x", "apiGroup": RBAC}],
    },
    "ServiceAccount": {},
    "Secret": {},
    "Pod": {"spec": SPEC},
    "CronJob": {"spec": {"jobTemplate": {"spec": {"template": TEMPLATE}}}},
    "PodTemplate": {"template": TEMPLATE},
    "Node": {},
    "Group": {"users": []},
    "SecurityContextConstraints": {},
}
BARE["ClusterRoleBinding"] = BARE["RoleBinding"]


def bare(kind):
    """Return an object of a kind that hides nothing."""
    rest = BARE.get(kind, {"spec": {"template": TEMPLATE}})
    metadata = {"name": "one", "namespace": "shop"}
    found = {"apiVersion": VERSIONS[kind], "kind": kind, "metadata": metadata, **rest}
    return json.loads(json.dumps(found))


def with_field(kind, path, value):
    """Return an object of a kind with a value at a path of the table."""
    found = holder = bare(kind)
    above = ""
    for key, behind in itertools.pairwise((*path, None)):
        name = ANY.get((above, key), "key" if key == "*" else key)
        if behind is None:
            holder[name] = [value] if name in LISTS else value
            break
        if name in LISTS:
            items = holder.setdefault(name, [])
            if not items:
                items.append({"name": "x"} if "ontainers" in name or name == "volumes" else {})
            holder = items[0]
        else:
            holder = holder.setdefault(name, {})
        above = name
    return found


def read(*objects, form="yaml"):
    if form == "yaml":
        text = yaml.safe_dump_all(objects)
    elif form == "lines":
        text = "\n".join(map(json.dumps, objects))
    else:
        items = list(objects)
        text = json.dumps({"apiVersion": "v1", "items": items, "kind": "List"}, indent=4)
    return load(io.BytesIO(text.encode()))


def told(snapshot):
    return [one for one in snapshot.diagnostics if one.severity == "error"]


ROWS = [(kind, path) for kind, paths in DECIDING.items() for path in paths]


@pytest.mark.parametrize("form", ["yaml", "lines", "kubectl"])
@pytest.mark.parametrize("mark", FORMS)
def test_each_field_that_decides_is_an_error_where_it_is_hidden(mark, form):
    wrong = []
    for kind, path in ROWS:
        switch = path[0] == "automountServiceAccountToken"
        plain = told(read(with_field(kind, path, switch or "x"), form=form))
        snapshot = read(with_field(kind, path, FORMS[mark]), bare("Node"), form=form)
        if plain or len(told(snapshot)) != 1 or len(snapshot.unread) != 1:
            wrong.append((kind, ".".join(path), [str(one) for one in told(snapshot)], plain))
        assert not any("ENC[" in str(one) for one in snapshot.diagnostics)
    assert not wrong


WRITTEN = [
    *(r'"\x24{X}"', r'"\u0024{X}"', r'"\U00000024{X}"', r'"$\u007bX}"', r'"\x24\x28X)"'),
    *(r'"\x7b\x7b X }}"', r'"\u007B\u007B X }}"', '"$\\\n   {X}"', '"{\\\n   {X}}"'),
    *('"{{ X }}"', "'${X}'", "${X}", ">-\n   ${X}", "&a ${X}", r'"\x45NC[AES256_GCM,x]"'),
]
"""Ways of YAML to write a placeholder, or what SOPS writes."""


@pytest.mark.parametrize("code", ["utf-8", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("value", [*WRITTEN, "x", "'a}b'"])
def test_a_placeholder_is_found_however_it_is_written(value, code):
    text = f"apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  namespace: shop\n  name: {value}\n"
    mark = "\ufeff" if code == "utf-16-be" else ""
    assert bool(load(io.BytesIO((mark + text).encode(code))).unread) == (value in WRITTEN)


TWINS = {
    "a label": {"metadata": {"labels": {"app": "VALUE"}}},
    "an annotation": {"metadata": {"annotations": {"app": "VALUE"}}},
}
OF_PODS = {
    "an argument": {"args": ["VALUE"]},
    "a value": {"env": [{"name": "X", "value": "VALUE"}]},
    "an image": {"image": "shop:VALUE"},
    "a path in a container": {"volumeMounts": [{"name": "x", "mountPath": "/VALUE"}]},
    "a field reference": {
        "env": [{"name": "X", "valueFrom": {"fieldRef": {"fieldPath": "VALUE"}}}]
    },
}


@pytest.mark.parametrize("form", ["yaml", "lines", "kubectl"])
@pytest.mark.parametrize("mark", FORMS)
def test_elsewhere_it_hides_nothing(mark, form):
    for kind, (twin, more) in itertools.product(DECIDING, TWINS.items()):
        found = bare(kind)
        for field, value in more["metadata"].items():
            found["metadata"][field] = dict.fromkeys(value, FORMS[mark])
        snapshot = read(found, form=form)
        assert not told(snapshot), (kind, twin)
        assert not snapshot.unread
    for twin, more in OF_PODS.items():
        found = bare("Pod")
        text = json.dumps(more).replace("VALUE", FORMS[mark])
        found["spec"]["containers"][0].update(json.loads(text))
        snapshot = read(found, form=form)
        assert not told(snapshot), twin
        assert not snapshot.unread
        assert len(snapshot.pods) == 1


@pytest.mark.parametrize("form", ["yaml", "lines", "kubectl"])
def test_what_a_server_printed_is_as_it_stands(form):
    """A Role may be called so; a namespace may not, so that this is a template with a uid."""
    role = bare("Role")
    role["metadata"] |= {"name": "${X}", "uid": "0e1c7a2e-0000-4000-8000-000000000001"}
    snapshot = read(role, bare("Role"), form=form)
    assert not snapshot.unread
    assert {one.metadata.name for one in snapshot.roles} == {"${X}", "one"}
    role["metadata"]["namespace"] = "${NS}"
    assert len(told(read(role, form=form))) == 2
    role["metadata"]["namespace"] = "shop"
    role["rules"] = [{"verbs": [ENC], "apiGroups": [""], "resources": ["secrets"]}]
    assert [one.code for one in told(read(role, form=form))] == ["encrypted-field"]


def test_a_label_decides_where_an_aggregated_role_selects_by_it():
    role = bare("ClusterRole")
    role["metadata"]["labels"] = {"team": "{{ team }}"}
    assert not read(role).unread
    summing = bare("ClusterRole")
    summing["metadata"]["name"] = "all"
    summing["aggregationRule"] = {"clusterRoleSelectors": [{"matchLabels": {"team": "a"}}]}
    (found,) = told(read(role, summing))
    assert "metadata.labels.team" in found.message
    role["metadata"]["labels"] = {f"{RBAC}/aggregate-to-${{TO}}": "true"}
    assert read(role).unread
    role["metadata"]["labels"] = {"shop.example.com/${TO}": "true"}
    assert not read(role).unread


@pytest.mark.parametrize(
    ("api_version", "kind", "hidden"),
    [
        (f"{RBAC}/v1", "${KIND}", True),
        (f"{RBAC}/v1", ENC, True),
        ("v1", "{{ .kind }}", True),
        ("${API}", "Role", True),
        ("{{ .Values.api }}/v1", "Role", True),
        (ENC, ENC, True),
        (ENC, "RoleBinding", True),
        ("shop.example.com/v1", "${KIND}", False),
        ("${API}", "Basket", False),
        ("", "${KIND}", False),
        ("v1", "Event", False),
    ],
)
@pytest.mark.parametrize("form", ["yaml", "lines", "kubectl"])
def test_a_kind_that_nobody_can_read(api_version, kind, hidden, form):
    header = {"apiVersion": api_version, "kind": kind} if api_version else {"kind": kind}
    snapshot = read({**header, "metadata": {"name": "x"}}, bare("Role"), form=form)
    assert bool(hides_kind(api_version, kind)) == hidden
    assert [one.code for one in told(snapshot)] == (
        ["encrypted-field" if ENC in (api_version, kind) else "placeholder"] if hidden else []
    )
    assert bool(snapshot.unread) == hidden
    assert len(snapshot.roles) == 1
    assert not any("ENC[" in str(one) for one in snapshot.diagnostics)


def test_the_report_names_the_field_and_its_line():
    text = """\
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ServiceAccount
  metadata: {name: a, namespace: shop, labels: {app: "${NS}"}}
- apiVersion: rbac.authorization.k8s.io/v1
  kind: RoleBinding
  metadata:
    name: "${NS}"
  roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: x}
  subjects:
  - kind: User
    name: a
  - kind: ServiceAccount
    name: b
    namespace: ${NS}
"""
    found = [(one.line, one.message) for one in told(load(io.BytesIO(text.encode())))]
    title = "RoleBinding ${NS} has the placeholder '${NS}' in"
    assert found == [
        (10, f"{title} metadata.name"),
        (17, f"{title} subjects[1].namespace"),
    ]
    (in_json,) = told(read(with_field("Role", ("rules", "verbs"), "${X}"), form="kubectl"))
    assert in_json.line > 8


def test_it_is_still_read_for_all_else():
    binding = bare("ClusterRoleBinding")
    del binding["metadata"]["namespace"]
    binding["subjects"].append({"kind": "User", "name": "${WHO}", "apiGroup": RBAC})
    binding["roleRef"]["name"] = "cluster-admin"
    cluster = rg.load(io.BytesIO(yaml.safe_dump(binding).encode()))
    assert cluster.can_i("get", "secrets", user="x").allowed
    assert {str(one.principal) for one in cluster.admins()} >= {"user:x", "user:${WHO}"}


def test_a_right_is_unknown_where_a_role_hides_one_and_not_where_a_pod_does():
    pod = with_field("Pod", ("spec", "serviceAccountName"), "${X}")
    role = with_field("Role", ("rules", "verbs"), "${X}")
    rights = [bare("RoleBinding"), bare("Role")]
    for hiding, unknown in ((pod, False), (role, True), ({**bare("Secret"), "kind": ENC}, True)):
        text = yaml.safe_dump_all([hiding, *rights])
        found = rg.load(io.BytesIO(text.encode())).can_i("delete", "nodes", user="x")
        assert bool(found.missing) == unknown


# --- Flux --------------------------------------------------------------------------------


def kustomization(path="./k8s", name="shop", source="flux-system", **build):
    more = build.pop("spec", {})
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": name, "namespace": "flux-system"},
        "spec": {
            "path": path,
            "sourceRef": {"kind": "GitRepository", "name": source},
            **({"postBuild": build} if build else {}),
            **more,
        },
    }


def account(name):
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": name, "namespace": "shop"},
    }


def config_map(data, name="vars"):
    metadata = {"name": name, "namespace": "flux-system"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def names(files):
    """Return the names of the ServiceAccounts, with a star at each file that was not read.

    Whether rbacgraph builds a kustomization is another question.
    """
    blobs = [Blob(name, yaml.safe_dump(content).encode()) for name, content in files.items()]
    snapshot = load(*blobs)
    unread = sum(one.code != BUILT for one in snapshot.unread)
    return " ".join(sorted(one.metadata.name for one in snapshot.service_accounts)) + "*" * unread


GIVEN = {"substitute": {"X": "ci"}}
A_MAP = {"kind": "ConfigMap", "name": "vars"}
A_SECRET = {"kind": "Secret", "name": "vars", "optional": True}
FROM_MAP, FROM_SECRET = {"substituteFrom": [A_MAP]}, {"substituteFrom": [A_SECRET]}


@pytest.mark.parametrize(
    ("text", "build", "name"),
    [
        ("${X}", GIVEN, "ci"),
        ("a-${X}.${X}", GIVEN, "a-ci.ci"),
        ("${X:=other}", GIVEN, "ci"),
        ("${X:-other}", GIVEN, "ci"),
        ("${X=other}", GIVEN, "ci"),
        ("${Y:=other}", GIVEN, "other"),
        ("${Y:-other}", GIVEN, "other"),
        ("${Y=other}", GIVEN, "other"),
        ("${X:=other}", {"substitute": {"X": ""}}, "other"),
        ("${X}", {"substitute": {"X": "c\ni"}}, "ci"),
        # What Flux does with these depends on more than is done here, or it refuses them.
        ("${Y}", GIVEN, "${Y}*"),
        ("${X-other}", GIVEN, "${X-other}*"),
        ("${X:0:1}", GIVEN, "${X:0:1}*"),
        ("${X^^}", GIVEN, "${X^^}*"),
        ("${Y:=${X}}", GIVEN, "${Y:=${X}}*"),
        ("$${X}", GIVEN, "$${X}*"),
        ("{{ X }}", GIVEN, "{{ X }}*"),
        ("${X}", {"substitute": {"X": "${Y}"}}, "${X}*"),
        ("${X}", {"substitute": {"X": 5}}, "${X}*"),
        ("${X}", {"substitute": {"X": "5"}}, "${X}*"),
        ("${X}", {"substitute": {"X": "a: b"}}, "${X}*"),
        ("${X}", {"substitute": {"X": "*"}}, "${X}*"),
        # Without any variable, Flux replaces nothing.
        ("${X:=other}", {}, "${X:=other}*"),
        # Where values come from.
        ("${X}", FROM_MAP, "map"),
        ("${X}", {**FROM_MAP, **GIVEN}, "ci"),
        ("${Y:=other}", FROM_MAP, "other"),
        ("${X}", FROM_SECRET, "${X}*"),
        ("${X:=other}", FROM_SECRET, "${X:=other}*"),
        ("${X}", {**FROM_SECRET, **GIVEN}, "ci"),
        ("${X}", {"substituteFrom": [A_SECRET, A_MAP]}, "map"),
        ("${X}", {"substituteFrom": [A_MAP, A_SECRET]}, "${X}*"),
        ("${X:=a}", {"substituteFrom": [{**A_MAP, "name": "none", "optional": True}]}, "${X:=a}*"),
        # What changes the object beforehand.
        ("${X}", {**GIVEN, "spec": {"targetNamespace": "x"}}, "${X}*"),
        ("${X}", {**GIVEN, "spec": {"patches": [{"patch": "x"}]}}, "${X}*"),
    ],
)  # fmt: skip
def test_what_flux_fills_in(text, build, name):
    files = {
        "k8s/a.yaml": account(text),
        "clusters/flux.yaml": kustomization(**build),
        "clusters/vars.yaml": config_map({"X": "map"}),
    }
    assert names(files) == name


LEFT = "${X:=other}*"
A, B = {"substitute": {"X": "a"}}, {"substitute": {"X": "b"}}


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({}, "${X:=other}"),
        ({"c/flux.yaml": kustomization(**A)}, "a"),
        ({"k8s/flux.yaml": kustomization(**A)}, "a"),
        ({"c/flux.yaml": kustomization("k8s/", **A)}, "a"),
        ({"c/flux.yaml": kustomization("/k8s", **A)}, "a"),
        # Another folder, or a variable that may be of this one.
        ({"c/flux.yaml": kustomization("./k8", **A)}, LEFT),
        ({"c/flux.yaml": kustomization("./k8", substitute={"Y": "a"})}, "other"),
        # Several.
        ({"c/1.yaml": kustomization(**A), "c/2.yaml": kustomization(name="2", **A)}, "a"),
        ({"c/1.yaml": kustomization(**A), "c/2.yaml": kustomization(name="2", **B)}, LEFT),
        ({"c/1.yaml": kustomization(**A), "c/2.yaml": kustomization(name="2")}, LEFT),
        ({"c/1.yaml": kustomization(**A), "c/2.yaml": kustomization("./c", "2", **B)}, "a"),
        # One that builds the folder from elsewhere.
        (
            {
                "c/1.yaml": kustomization(**A),
                "c/2.yaml": kustomization("./prod", "2", **B),
                "prod/kustomization.yaml": {"resources": ["../k8s"]},
            },
            LEFT,
        ),
        (
            {
                "c/2.yaml": kustomization("./prod", "2", **B),
                "prod/kustomization.yaml": {"resources": ["../k8s/a.yaml"]},
            },
            "b",
        ),
        (
            {
                "c/1.yaml": kustomization(**A),
                "k8s/kustomization.yaml": {"resources": ["other.yaml"]},
            },
            LEFT,
        ),
        # The top of the repository.
        ({"k8s/flux.yaml": kustomization("./", **A)}, "a"),
        ({"flux.yaml": kustomization("./", **A)}, "a"),
        ({"c/flux.yaml": kustomization("./", **A)}, LEFT),
        ({"c/flux.yaml": kustomization("./${Y}", **A)}, LEFT),
        # Another repository.
        (
            {
                "c/1.yaml": kustomization("./c", "own"),
                "c/2.yaml": kustomization("./${Y}", "2", source="other"),
                "c/3.yaml": kustomization(name="3", **A),
            },
            "a",
        ),
        (
            {
                "c/1.yaml": kustomization("./c", "own"),
                "c/2.yaml": kustomization(name="2", source="other", **A),
            },
            LEFT,
        ),
        (
            {
                "c/1.yaml": kustomization("./c", "own"),
                "c/2.yaml": kustomization(name="2", source="other", **B),
                "c/3.yaml": kustomization(name="3", **A),
            },
            "a",
        ),
        (
            {
                "c/1.yaml": kustomization(**A),
                "c/2.yaml": kustomization("./d", "2", source="other"),
            },
            LEFT,
        ),
        (
            {
                "c/1.yaml": kustomization(
                    **A, spec={"sourceRef": {"kind": "OCIRepository", "name": "x"}}
                )
            },
            LEFT,
        ),
    ],
)  # fmt: skip
def test_which_files_flux_fills_in(files, name):
    filled = name if files else "other"
    assert names({"k8s/a.yaml": account("${X:=other}"), **files}) == filled


def test_flux_leaves_what_says_so():
    found = account("${X:=other}")
    found["metadata"]["annotations"] = {"kustomize.toolkit.fluxcd.io/substitute": "disabled"}
    assert names({"k8s/a.yaml": found, "f.yaml": kustomization(**GIVEN)}) == LEFT


def test_a_number_that_is_filled_in_is_no_string():
    """Without a value the object is refused, as Kubernetes would."""
    found = bare("Deployment")
    found["spec"]["replicas"] = "${COUNT}"
    for given, kept in (({"COUNT": "0"}, True), ({"COUNT": "no"}, False), ({"X": "0"}, False)):
        files = {"k8s/a.yaml": found, "f.yaml": kustomization(substitute=given)}
        blobs = [Blob(name, yaml.safe_dump(one).encode()) for name, one in files.items()]
        snapshot = load(*blobs)
        assert [one.metadata.namespace for one in snapshot.workloads] == ["shop"] * kept
        assert bool(snapshot.unread) != kept


def test_what_is_filled_in_stands_where_it_stood():
    role = with_field("Role", ("rules", "verbs"), "${VERB:=list}")
    role["rules"][0] |= {"apiGroups": [""], "resources": ["secrets"]}
    del role["metadata"]["namespace"]
    role["assumed"] = True
    other = bare("Role")
    other["metadata"]["name"] = "other"
    first, second = read(role, other).roles
    assert (first.metadata.name, first.metadata.namespace) == ("one", "default")
    assert first.rules[0].verbs == ("list",)
    assert not first.assumed
    assert second.metadata.name == "other"
    assert not read(role, other).unread
