"""Pieces of repositories, each of which says by itself what a gate has to make of it.

A row says what stands at a place: files, and what the law calls each of them. Nothing here asks
rbacgraph. What differs between two states follows from what both say.
"""

import gzip
import json
from collections.abc import Callable, Mapping
from functools import partial
from posixpath import relpath
from typing import Any, NamedTuple

import yaml
import zstandard

PATHS, ASIDE = "k8s", "elsewhere"
"""The folder that gates are asked about, and one that they are not."""

GROUP = "rbac.authorization.k8s.io"
BINDING = f"""\
apiVersion: {GROUP}/v1
kind: ClusterRoleBinding
metadata: {{name: of-@}}
roleRef: {{apiGroup: {GROUP}, kind: ClusterRole, name: cluster-admin}}
subjects: [{{apiGroup: {GROUP}, kind: User, name: "@"}}]
"""
ACCOUNT = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: of-@, namespace: shop}\n"
EVENT = "apiVersion: v1\nkind: Event\nmetadata: {name: of-@, namespace: shop}\n"
OBJECT = yaml.safe_load(BINDING)
ITEM = json.dumps(OBJECT)
ENC = "ENC[AES256_GCM,data:@,iv:eA==,tag:eA==,type:str]"
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: of-@, namespace: shop, labels: {app: "LABEL"}}
spec: {serviceAccountName: "ROBOT", containers: [{name: web, image: "IMAGE", args: ["$(X)"]}]}
"""
MANIFEST_WORK = """\
apiVersion: work.open-cluster-management.io/v1
kind: ManifestWork
metadata: {name: of-@, namespace: shop}
spec: {workload: {manifests: []}}
"""
FLUX = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: of-%s, namespace: flux-system}
spec:
  path: %s
  sourceRef: {kind: GitRepository, name: flux-system}
  postBuild: %s
"""
FLUX_KIND = "Kustomization.kustomize.toolkit.fluxcd.io"
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:@\nsize 1\n"


class Link(NamedTuple):
    """A symbolic link."""

    target: str


class Module(NamedTuple):
    """A submodule, at some commit."""

    commit: str


Content = bytes | Link | Module


class State(NamedTuple):
    """Files, and what the law calls them; a file that nothing names is read whole, or not meant.

    Parameters
    ----------
    files:
        What stands there, by name.
    users:
        Who becomes cluster-admin by what is read.
    unread:
        The files that are not read whole, each with what shows whether it changed.
    kinds:
        The kinds that are not looked into, by file.
    nothing:
        The files without an object, each with what shows whether it changed.
    """

    files: Mapping[str, Content] = {}
    users: frozenset[str] = frozenset()
    unread: Mapping[str, object] = {}
    kinds: Mapping[str, tuple[str, ...]] = {}
    nothing: Mapping[str, object] = {}

    def __or__(self, other: "State") -> "State":
        assert not self.files.keys() & other.files.keys()
        return State(*(one | two for one, two in zip(self, other, strict=True)))


class Place(NamedTuple):
    """Where a piece stands, and what it is called.

    ``mark`` is a word that no other piece holds; ``folder`` is its own; ``stem`` is the name of
    its file; ``packed`` is the suffix of a compressed one.
    """

    mark: str
    folder: str
    stem: str = "x"
    packed: str = ""

    @property
    def aside(self) -> str:
        """A folder of its own outside the paths."""
        return f"{ASIDE}/{self.mark}"

    @property
    def up(self) -> str:
        """The way from the folder to the top."""
        return "/".join([".."] * len(self.folder.split("/")))


class Row(NamedTuple):
    """A piece: ``make`` returns its state at a place, after one of its ``edits`` or ``""``.

    ``fills`` is whether what it holds may fill in what others leave open, as ``is_open`` says.
    """

    name: str
    make: Callable[[Place, str], State]
    edits: tuple[str, ...]
    only_git: bool = False
    fills: bool = False
    is_open: bool = False


# --- one file --------------------------------------------------------------------------


YAML, JSON = (".yaml", ".yml"), (".json",)
NAMED, SPACE = "another user", "a space"


class Text(NamedTuple):
    """A file by itself, and which user it makes cluster-admin: ``@`` in its texts is the mark."""

    text: str | bytes
    suffixes: tuple[str, ...] = YAML
    grants: str = ""
    unread: bool = False
    kinds: tuple[str, ...] = ()
    nothing: bool = False

    def data(self, mark: str, edit: str = "") -> bytes:
        """Return its content."""
        text = self.text if isinstance(self.text, bytes) else self.text.encode()
        data = text.replace(b"@", _word(mark, edit).encode())
        return data + b"\n" if edit == SPACE else data

    def state(self, name: str, mark: str, data: bytes, edit: str) -> State:
        """Return what stands there if a file of that content does."""
        return State(
            {name: data},
            frozenset([self.grants.replace("@", _word(mark, edit))] if self.grants else []),
            {name: data} if self.unread else {},
            {name: self.kinds} if self.kinds else {},
            {name: data} if self.nothing else {},
        )


def _word(mark: str, edit: str) -> str:
    return f"v{mark}" if edit == NAMED else mark


def replaced(*pairs: str) -> str:
    """Return the binding with other words."""
    text = BINDING
    for old, new in zip(pairs[::2], pairs[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    return text


def in_list(kind: str, api: str = "v1") -> str:
    """Return a list that holds the binding."""
    return json.dumps({"apiVersion": api, "kind": kind, "metadata": {}, "items": [OBJECT]})


READ = {
    "a binding": Text(BINDING, grants="@"),
    "a binding behind comments": Text(f"# of @\n---\n# more\n---\n{BINDING}...\n", grants="@"),
    "a binding behind another object": Text(f"{ACCOUNT}---\n{BINDING}", grants="@"),
    "a binding after what is no object": Text(f"a: 1\n---\n{BINDING}", grants="@"),
    "a binding in a List": Text(in_list("List"), (*YAML, *JSON), grants="@"),
    "a list of bindings": Text(
        in_list("ClusterRoleBindingList", f"{GROUP}/v1"), (*YAML, *JSON), grants="@"
    ),
    "a binding in JSON": Text(ITEM, (*YAML, *JSON), grants="@"),
    "a binding in an array": Text(f"[{ITEM}]", JSON, grants="@"),
    "a binding in flow style": Text(ITEM.replace('"apiVersion"', "apiVersion"), grants="@"),
    "a binding on a line of many": Text(f'{{"a": 1}}\n{ITEM}\n', (".jsonl", ".json"), grants="@"),
    "a binding behind a mark": Text(b"\xef\xbb\xbf" + BINDING.encode(), grants="@"),
    "a binding with other ends of lines": Text(BINDING.replace("\n", "\r\n"), grants="@"),
    "a binding with a default": Text(replaced('"@"', '"${OF_@:=@}"'), grants="@"),
    "an account": Text(ACCOUNT),
    "a Pod": Text(POD.replace("ROBOT", "of-@")),
    "an encrypted label": Text(POD.replace("ROBOT", "of-@").replace("LABEL", ENC)),
    "a label to be filled in": Text(
        POD.replace("ROBOT", "of-@").replace("LABEL", "{{ app }}").replace("IMAGE", "${X}")
    ),
}
NOTHING = {
    "nothing": Text("", (*YAML, *JSON, ".jsonl"), nothing=True),
    "a comment": Text("# @\n", nothing=True),
    "no object": Text("of: '@'\nreplicas: 3\n", nothing=True),
    "no object in JSON": Text('{"of": "@"}', (*YAML, *JSON), nothing=True),
    "no objects on lines": Text('{"of": "@"}\n{"a": 1}\n', (".jsonl",), nothing=True),
    "an empty list": Text('["@"]', (*YAML, *JSON), nothing=True),
    "braces in no object": Text("of: '{{ @ }}'\nname: ${X}\n", nothing=True),
}
KINDS = {
    "an Event": Text(EVENT, kinds=("Event",)),
    "an Event in JSON": Text(json.dumps(yaml.safe_load(EVENT)), JSON, kinds=("Event",)),
    "an Event in a List": Text(
        in_list("List").replace(ITEM, json.dumps(yaml.safe_load(EVENT))), JSON, kinds=("Event",)
    ),
    "a kind that nobody knows": Text(
        "apiVersion: shop.example.com/v1\nkind: Widget\nmetadata: {name: '@'}\n",
        kinds=("Widget.shop.example.com",),
    ),
    "what holds roles": Text(
        MANIFEST_WORK, kinds=("ManifestWork.work.open-cluster-management.io",)
    ),
    "a binding beside an Event": Text(f"{EVENT}---\n{BINDING}", grants="@", kinds=("Event",)),
    "what Flux applies": Text(FLUX % ("@", "./of-@", "{}"), kinds=(FLUX_KIND,)),
}
UNREAD = {
    "no YAML": Text("kind: [\n# @\n", unread=True),
    "no YAML behind a binding": Text(f"{BINDING}---\nkind: [\n", grants="@", unread=True),
    "no JSON": Text(ITEM[:-9], JSON, unread=True),
    "a line that is cut off": Text(f"{ITEM}\n{ITEM[:-9]}", (".jsonl",), grants="@", unread=True),
    "a List that is cut off": Text(in_list("List")[:-60], JSON, unread=True),
    "one page of many": Text(
        in_list("List").replace('"metadata": {}', '"metadata": {"continue": "x"}'),
        JSON,
        grants="@",
        unread=True,
    ),
    "a byte of Latin-1": Text(BINDING.encode() + b"# caf\xe9\n", unread=True),
    "a template": Text(f"{{{{ if .Values.a }}}}\n{BINDING}{{{{ end }}}}\n", unread=True),
    "bytes": Text(b"\0" + BINDING.encode(), unread=True),
    "a web page": Text("<!DOCTYPE html>\n<html><!-- @ --></html>\n", unread=True),
    "a pointer of LFS": Text(POINTER, (*YAML, *JSON), unread=True),
    "an encrypted kind": Text(replaced("kind: ClusterRoleBinding", f"kind: {ENC}"), unread=True),
    "an encrypted subject": Text(replaced('"@"', f'"{ENC}"'), grants=ENC, unread=True),
    "a kind to be filled in": Text(replaced("kind: ClusterRoleB", "kind: ${X}B"), unread=True),
    "a subject to be filled in": Text(replaced('"@"', '"${OF_@}"'), grants="${OF_@}", unread=True),
    "a role to be filled in": Text(replaced("name: cluster-admin", "name: $(X)"), unread=True),
    "a subject of a template": Text(
        replaced('"@"', '"{{ .at }}"').replace(".at", ".of@"), grants="{{ .of@ }}", unread=True
    ),
    "a Pod's account to be filled in": Text(POD.replace("ROBOT", "${X}"), unread=True),
    "an object without a kind": Text("apiVersion: v1\nmetadata: {name: '@'}\n", unread=True),
    # Git writes a link as such a file where a file system has no links.
    "a word": Text("../of/@", unread=True),
    "a role without a name": Text(
        f"apiVersion: {GROUP}/v1\nkind: ClusterRole\nmetadata: {{labels: {{a: '@'}}}}\nrules: []\n",
        unread=True,
    ),
    "subjects that are no list": Text(
        replaced("subjects: [{", "subjects: {", '"@"}]', '"@"}'), unread=True
    ),
}


def packed(data: bytes, suffix: str) -> bytes:
    """Return a content as a file of such a suffix has it."""
    if suffix == ".gz":
        return gzip.compress(data, mtime=0)
    return zstandard.compress(data) if suffix == ".zst" else data


def file_of(text: Text, suffix: str, place: Place, edit: str, *, cut: int = 0) -> State:
    """Return a file by itself; a compressed one may be cut off."""
    name = f"{place.folder}/{place.stem}{suffix}{place.packed}"
    data = packed(text.data(place.mark, edit), place.packed)
    return text.state(name, place.mark, data[: len(data) - cut], edit)


def cut_off(place: Place, edit: str) -> State:
    """Return a compressed file of which the end is missing."""
    text = Text(BINDING, unread=True)
    return file_of(text, ".yaml", place._replace(packed=place.packed or ".gz"), edit, cut=12)


def not_meant(suffix: str, place: Place, edit: str) -> State:
    """Return a file that no tool takes for a manifest by its name."""
    name = f"{place.folder}/{place.stem}{suffix}"
    return State({name: Text(BINDING).data(place.mark, edit)})


def linked(target: str, ending: Text | None, place: Place, edit: str) -> State:
    """Return a link; where it leads to a file, that counts, by its own name."""
    link = f"{place.folder}/{place.stem}.yaml"
    target = target.format(
        mark=place.mark, up=place.up, aside=place.aside, own=f"{place.stem}.yaml"
    )
    if ending is None:
        return State({link: Link(target)}, unread={link: target})
    name = f"{place.aside}/to{'.tmpl' if target.endswith('.tmpl') else '.yaml'}"
    data = ending.data(place.mark, edit)
    return ending.state(name, place.mark, data, edit) | State({link: Link(target)})


LEAD = {
    "out of the repository": "{up}/../out.yaml",
    "to nothing": "gone-{mark}",
    "to itself": "{own}",
}
TO_FILES = ("to.yaml", "to.tmpl")


# --- what is built ---------------------------------------------------------------------


def built(
    files: Mapping[str, str],
    place: Place,
    edit: str,
    *,
    users: tuple[str, ...] = (),
    unread: tuple[str, ...] = (),
    nothing: tuple[str, ...] = (),
    kinds: Mapping[str, tuple[str, ...]] = {},
) -> State:
    """Return files of which one is edited; ``@`` in a text is the mark, ``aside/`` that folder."""

    def called(name: str) -> str:
        if name.startswith("aside/"):
            return name.replace("aside", place.aside, 1)
        return f"{place.folder}/{name}"

    def data(name: str) -> bytes:
        text = files[name].replace("@", place.mark).replace("<up>", place.up)
        return (text + ("# changed\n" if edit == name else "")).encode()

    return State(
        {called(name): data(name) for name in files},
        frozenset(user.replace("@", place.mark) for user in users),
        {called(name): (name, data(name)) for name in unread},
        {called(name): several for name, several in kinds.items()},
        {called(name): data(name) for name in nothing},
    )


def chart(place: Place, edit: str) -> State:
    """Return a chart: what is no manifest of it as it stands is not read."""
    files = {
        "Chart.yaml": "apiVersion: v2\nname: of-@\nversion: 1.0.0\n",
        "values.yaml": "of: '@'\n",
        "values-odd.yaml": ACCOUNT.replace("of-@", "odd-@"),
        "other.yaml": "other: '@'\n",
        "templates/_helpers.tpl": '{{ define "@" }}{{ end }}\n',
        "templates/role.yaml": BINDING,
        "templates/comment.yaml": f"#{{{{ if .Values.a }}}}\n{ACCOUNT}",
        "templates/if.yaml": f"{{{{ if .Values.a }}}}\n{ACCOUNT}{{{{ end }}}}\n",
        "crds/crd.yaml": ACCOUNT.replace("of-@", "crd-@"),
        "files/a.txt": "@\n",
        "README.md": "@\n",
    }
    read = {"templates/role.yaml", "crds/crd.yaml", "README.md"}
    unread = tuple(name for name in files if name not in read)
    return built(files, place, edit, users=("@",), unread=unread)


def reading_chart(place: Place, edit: str) -> State:
    """Return a chart of which a template reads files: all of them count."""
    files = {
        "Chart.yaml": "apiVersion: v2\nname: of-@\nversion: 1.0.0\n",
        "README.md": "@\n",
        "templates/_helpers.tpl": '{{ .Files.Get "README.md" }}{{/* @ */}}\n',
    }
    return built(files, place, edit, unread=tuple(files))


def library(place: Place, edit: str) -> State:
    """Return a chart outside the paths, which one in them names."""
    files = {
        "Chart.yaml": "apiVersion: v2\nname: of-@\nversion: 1.0.0\n"
        'dependencies: [{name: c, version: 1.0.0, repository: "file://<up>/elsewhere/@/c"}]\n',
        "aside/c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n# @\n",
        "aside/c/templates/_lib.tpl": '{{ define "@" }}{{ end }}\n',
        "aside/other.yaml": "other: '@'\n",
    }
    unread = tuple(name for name in files if name != "aside/other.yaml")
    return built(files, place, edit, unread=unread)


def plain_kustomization(own: str, head: str, place: Place, edit: str) -> State:
    """Return a kustomization that only names what is read anyway."""
    files = {
        own: f"{head}resources: [a.yaml, base]\nnamespace: of-@\n",
        "a.yaml": BINDING,
        "base/kustomization.yaml": "resources: [b.yaml]\n# @\n",
        "base/b.yaml": ACCOUNT,
        "note.yaml": "note: '@'\n",
    }
    nothing = ("base/kustomization.yaml", "note.yaml", own)
    return built(files, place, edit, users=("@",), nothing=nothing)


def patching(place: Place, edit: str) -> State:
    """Return a kustomization that changes what it names, with what it does that by."""
    files = {
        "kustomization.yaml": """\
resources: [a.yaml, role, <up>/elsewhere/@/base]
patches: [{path: patch.txt, target: {kind: Role, name: web}}, {path: patch.yaml}]
configMapGenerator: [{name: of-@, files: [key=generated.yaml, all.json]}]
components: [part]
transformers: [plugin.yaml]
""",
        "a.yaml": BINDING,
        "role": ACCOUNT,
        "patch.txt": "of: '@'\n",
        "patch.yaml": ACCOUNT.replace("of-@", "patched-@"),
        "generated.yaml": "generated: '@'\n",
        "all.json": '{"all": "@"}\n',
        "part/kustomization.yaml": "kind: Component\nresources: [b.yaml]\n# @\n",
        "part/b.yaml": ACCOUNT.replace("of-@", "part-@"),
        "plugin.yaml": "{apiVersion: builtin, kind: PatchTransformer, path: by-plugin}\n# @\n",
        "by-plugin": "by: '@'\n",
        "aside/base/kustomization.yaml": "resources: [x]\n# @\n",
        "aside/base/x": ACCOUNT.replace("of-@", "base-@"),
        "aside/base/other": ACCOUNT.replace("of-@", "other-@"),
        "note.yaml": "note: '@'\n",
    }
    read = {"a.yaml", "note.yaml", "aside/base/other"}
    unread = tuple(name for name in files if name not in read)
    made = built(files, place, edit, users=("@",), unread=unread, nothing=("note.yaml",))
    return made._replace(
        unread={name: (relpath(name, place.folder), sign[1]) for name, sign in made.unread.items()}
    )


def lacking(place: Place, edit: str) -> State:
    """Return a kustomization that names what nobody has."""
    files = {
        "kustomization.yaml": "resources: [a.yaml, gone.yaml, 'https://example.org/@']\n",
        "a.yaml": BINDING,
    }
    return built(files, place, edit, users=("@",), unread=("kustomization.yaml",))


def own_names(own: str, text: Text, place: Place, edit: str) -> State:
    """Return a file whose name means something to a tool."""
    name = f"{place.folder}/{own}"
    return text.state(name, place.mark, text.data(place.mark, edit), edit)


# --- what fills in, and what Git does ----------------------------------------------------


FILLED = "another value"


def filled(place: Place, edit: str) -> State:
    """Return a binding whose subject Flux fills in."""
    user = f"v{place.mark}" if edit == FILLED else place.mark
    files = {
        "flux.yaml": FLUX
        % ("@", json.dumps(f"./{place.folder}"), f'{{substitute: {{WHO: "{user}"}}}}'),
        "a.yaml": replaced('"@"', '"${WHO}"'),
    }
    return built(files, place, edit, users=(user,), kinds={"flux.yaml": (FLUX_KIND,)})


def not_filled(place: Place, edit: str) -> State:
    """Return a binding whose subject Flux fills in from a Secret: it changes with that."""
    secret = "others" if edit == FILLED else "vars"
    files = {
        "flux.yaml": FLUX
        % (
            "@",
            json.dumps(f"./{place.folder}"),
            f"{{substituteFrom: [{{kind: Secret, name: {secret}}}]}}",
        ),
        "a.yaml": replaced('"@"', '"${WHO}"'),
    }
    users = ("${WHO}",)
    made = built(
        files, place, edit, users=users, unread=("a.yaml",), kinds={"flux.yaml": (FLUX_KIND,)}
    )
    fills = (secret, place.folder)
    return made._replace(unread={one: (sign, fills) for one, sign in made.unread.items()})


def attributed(attribute: str, place: Place, edit: str) -> State:
    """Return a file that Git alters on the way to others."""
    files = {".gitattributes": f"*.yaml {attribute}\n", "a.yaml": BINDING}
    return built(files, place, edit, users=("@",), unread=("a.yaml",))


def module(place: Place, edit: str) -> State:
    """Return a submodule; at another place it counts as another."""
    name = f"{place.folder}/{place.stem}"
    one = Module(f"{'moved' if edit else 'at'} {place.mark}")
    return State({name: one}, unread={name: (name, one)})


# --- all rows ----------------------------------------------------------------------------


def _files(of: Mapping[str, Text]) -> list[Row]:
    return [
        Row(
            f"{name} ({suffix})",
            partial(file_of, text, suffix),
            (SPACE, NAMED) if b"@" in text.data("@") else (SPACE,),
            fills=FLUX_KIND in text.kinds,
            is_open=any(word in text.data("@") for word in (b"${", b"$(", b"{{", b"ENC[")),
        )
        for name, text in of.items()
        for suffix in text.suffixes
    ]


def _built(name: str, make: Callable[[Place, str], State], **more: Any) -> Row:
    """Return a row of which each file may be edited."""
    plain = make(Place("@", "f"), "")
    places = {"f/": "", f"{ASIDE}/@/": "aside/"}
    named = [
        one.replace(old, new, 1)
        for one in plain.files
        for old, new in places.items()
        if one.startswith(old)
    ]
    return Row(name, make, (*named, *more.pop("edits", ())), **more)


SINGLE = _files(READ) + _files(NOTHING) + _files(KINDS) + _files(UNREAD)
"""Files by themselves, of any name."""

KUSTOMIZE = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
ROWS = [
    *SINGLE,
    Row("an archive that is cut off", cut_off, (SPACE, NAMED)),
    *(
        Row(f"a name that ends in {suffix}", partial(not_meant, suffix), (SPACE, NAMED))
        for suffix in (".YAML", ".yaml.bak", ".txt", ".yaml~", ".yamlx", "")
    ),
    *(Row(f"a link {how}", partial(linked, to, None), ()) for how, to in LEAD.items()),
    *(
        Row(f"a link to {name} in {file}", partial(linked, f"{{up}}/{{aside}}/{file}", text), edits)
        for file in TO_FILES
        for edits in [(SPACE, NAMED)]
        for name in ("a binding", "an account", "no YAML", "a template")
        for text in [{**READ, **UNREAD}[name]]
    ),
    _built("a chart", chart),
    _built("a chart that reads its files", reading_chart),
    _built("a chart outside", library),
    *(
        _built(
            f"{own} that names{' by its kind' * bool(head)}",
            partial(plain_kustomization, own, head),
        )
        for own in ("kustomization.yaml", "kustomization.yml", "Kustomization")
        for head in ("", KUSTOMIZE)
    ),
    _built("a kustomization that patches", patching),
    _built("a kustomization that lacks a file", lacking),
    *(
        Row(f"a binding in {own}", partial(own_names, own, READ["a binding"]), (SPACE, NAMED))
        for own in ("kustomization.yaml", "Kustomization", ".sops.yaml", ".sops.yml", "Values.yaml")
    ),
    *(
        Row(
            f"what holds roles in {own}",
            partial(own_names, own, KINDS["what holds roles"]),
            (SPACE,),
        )
        for own in (".sops.yaml", ".sops.yml", "kustomization.yaml", "Values.yaml")
    ),
    Row(
        "no field of a kustomization",
        partial(own_names, "kustomization.yaml", Text("of: '@'\n", unread=True)),
        (SPACE, NAMED),
    ),
    Row(
        "a binding in Chart.yaml",
        partial(own_names, "Chart.yaml", Text(BINDING, grants="@", unread=True)),
        (SPACE, NAMED),
    ),
    Row("no YAML in .sops.yaml", partial(own_names, ".sops.yaml", UNREAD["no YAML"]), (SPACE,)),
    Row(
        "a configuration of SOPS",
        partial(own_names, ".sops.yaml", Text("creation_rules: [{age: age1x}]\n# @\n")),
        (SPACE,),
    ),
    _built("what Flux fills in", filled, edits=(FILLED,), fills=True),
    _built("what Flux fills in from a Secret", not_filled, edits=(FILLED,), fills=True),
    *(
        _built(f"a file with {one}", partial(attributed, one), only_git=True)
        for one in ("filter=crypt", "export-ignore", "export-subst")
    ),
    Row("a submodule", module, ("moved",), only_git=True),
]
