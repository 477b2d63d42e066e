"""Values of Secrets, tokens and keys appear nowhere: not in answers, messages or pickles."""

import base64
import html
import itertools
import json
import pickle
import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

import rbacgraph
from rbacgraph.cli.app import app
from rbacgraph.sources.config.encryption_config import read_encryption

FIXTURES = Path(__file__).parents[1] / "fixtures" / "encryption"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
FORMATS = ("table", "wide", "json", "yaml", "csv", "dot", "mermaid", "markdown", "html")
COMMANDS = {
    "paths": ["--secret", "*"],
    "reach": ["--from", "group:system:masters"],
    "exposure": ["--system"],
    "report": ["--system"],
    "who-can": ["get", "secrets", "-A"],
    "can-i": ["get", "secrets/db-credentials", "-n", "shop", "--as", "alice"],
    "admins": ["--system"],
    "risks": ["--system"],
    "rights": ["group:system:masters"],
    "snapshot": [],
}


def _documents(folder):
    for path in sorted(folder.rglob("*.yaml")):
        yield from yaml.load_all(path.read_text(), Loader=LOADER)


def _secrets(document):
    if isinstance(document, dict):
        if document.get("kind") == "Secret":
            yield document
        for value in document.values():
            yield from _secrets(value)
    elif isinstance(document, list):
        for item in document:
            yield from _secrets(item)


@pytest.fixture(scope="module")
def values(root):
    """Every planted value of the bundled Secrets, plain and in base64, and the plant itself."""
    plain = set()
    for document in _documents(root / "fixtures" / "clusters"):
        for secret in _secrets(document):
            plain.update((secret.get("stringData") or {}).values())
            data = (secret.get("data") or {}).values()
            plain.update(base64.b64decode(value).decode() for value in data)
    planted = {value for value in plain if "CANARY" in value}
    assert len(planted) > 10
    encoded = {base64.b64encode(value.encode()).decode() for value in planted}
    return {"CANARY", *encoded, *(value.strip() for value in planted)}


def _leaked(text, values):
    return sorted(value for value in values if value in text)


CASES = [
    (command, fmt, cluster)
    for (command, fmt), cluster in itertools.product(
        itertools.product(COMMANDS, FORMATS), ("shop", "shop-manifests")
    )
]


@pytest.mark.parametrize(("command", "fmt", "cluster"), CASES)
def test_no_output_holds_a_value(root, values, command, fmt, cluster):
    arguments = [command, *COMMANDS[command], "-o", fmt, "-v"]
    if command != "snapshot":
        arguments.append("--no-bootstrap")  # those roles hold no value
    done = CliRunner().invoke(app, [*arguments, "-f", str(root / "fixtures/clusters" / cluster)])
    assert done.exit_code in {0, 1} or "this answer cannot be written as" in done.output
    assert _leaked(done.output, values) == []


WRITTEN = {
    "svg": "paths --secret shop/db-credentials -o svg",
    "sarif": "check --policy POLICY -o sarif",
    "graphml": "export --format graphml -o FOLDER/cluster",
    "gexf": "export --format gexf -o FOLDER/cluster",
    "neo4j-csv": "export --format neo4j-csv -o FOLDER",
    "bloodhound-opengraph": "export --format bloodhound-opengraph -o FOLDER/cluster",
}


@pytest.mark.parametrize("fmt", WRITTEN)
def test_no_file_of_another_format_holds_a_value(root, values, tmp_path, fmt):
    clusters = root / "fixtures" / "clusters"
    names = {"POLICY": str(clusters / "shop-access.yaml"), "FOLDER": str(tmp_path)}
    command = WRITTEN[fmt]
    for name, path in names.items():
        command = command.replace(name, path)
    done = CliRunner().invoke(app, [*command.split(), "-v", "-f", str(clusters / "shop")])
    assert done.exit_code in {0, 1}
    files = "".join(path.read_text() for path in tmp_path.iterdir())
    text = html.unescape(done.output + files)
    assert "db-credentials" in text
    assert _leaked(text, values) == []


@pytest.mark.parametrize("folder", ["clusters", "edges"])
def test_no_snapshot_holds_a_value(root, tmp_path, folder):
    """None of those in the input, planted or not."""
    fixtures = root / "fixtures" / folder
    held = {value for document in _documents(fixtures) for value in _all_values(document)}
    assert len(held) > 10
    dumps = {path.parent for path in fixtures.rglob("vault") if path.is_dir()}
    strings = set()
    for paths in (sorted(fixtures.rglob("*.yaml")), *([path] for path in sorted(dumps))):
        rbacgraph.load(*paths, allow_empty=True).save(tmp_path / "cluster.json")
        strings.update(_strings(json.loads((tmp_path / "cluster.json").read_text())))
    assert "CANARY" not in "".join(strings)
    named = {"alertmanager"}  # a Pod, and a username in a Secret
    assert {value for value in held & strings if len(value) > 7} <= named


def _all_values(document):
    for secret in _secrets(document):
        plain = (secret.get("stringData") or {}).values()
        encoded = (secret.get("data") or {}).values()
        yield from (text for value in plain for text in (value, _base64(value)))
        yield from encoded


def _base64(value):
    return base64.b64encode(value.encode()).decode()


def _strings(value):
    if isinstance(value, dict):
        for key, held in value.items():
            yield key
            yield from _strings(held)
    elif isinstance(value, list):
        for held in value:
            yield from _strings(held)
    elif isinstance(value, str):
        yield value


def test_no_pickle_or_repr_holds_a_value(root, values):
    cluster = rbacgraph.load(root / "fixtures" / "clusters" / "shop")
    answers = (cluster.exposure(), cluster.paths(secret="*"), cluster.who_can("get", "secrets"))
    stored = pickle.dumps([cluster.snapshot, *answers]).decode("latin-1")
    assert _leaked(stored, values) == []
    assert _leaked(repr(cluster.snapshot) + repr(answers), values) == []


BROKEN = {
    "yaml": "kind: Secret\napiVersion: v1\nmetadata: {name: x}\ndata:\n  k: Q0FOQVJZ\n bad: [\n",
    "tab": "kind: Secret\napiVersion: v1\nmetadata: {name: x}\nstringData:\n\tk: CANARY-tab\n",
    "type": "kind: Secret\napiVersion: v1\nmetadata: {name: x}\nstringData:\n  k: [CANARY-list]\n",
    "text": "kind: Secret\napiVersion: v1\nmetadata: {name: x}\nstringData: CANARY-text\n",
    "cut": '{"kind": "Secret", "apiVersion": "v1", "data": {"k": "Q0FOQVJZ", "s": "CANARY-cut',
    "item": json.dumps({"kind": "Secret", "apiVersion": "v1", "metadata": "CANARY-meta"}),
    "duplicate": "kind: Secret\napiVersion: v1\nmetadata: {name: x}\n"
    "stringData:\n  k: CANARY-one\n  k: CANARY-two\n",
    "template": "kind: Secret\napiVersion: v1\nmetadata: {name: x}\n"
    "stringData:\n  k: {{ .Values.CANARY }} CANARY-template\n",
    "mapping key": "kind: Secret\napiVersion: v1\nmetadata: {name: x}\n"
    "stringData:\n  ? [CANARY-key]\n  : v\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_no_message_about_a_broken_secret_quotes_it(tmp_path, name):
    path = tmp_path / "broken.yaml"
    path.write_text(BROKEN[name])
    done = CliRunner().invoke(app, ["exposure", "-v", "-f", str(path)])
    assert "broken.yaml" in done.output
    assert "CANARY" not in done.output
    assert "Q0FOQVJZ" not in done.output


@pytest.fixture(scope="module")
def keys(root):
    """Every key of the files under fixtures/encryption: as it is written, its bytes, in hex."""
    found = set()
    for path in (root / "fixtures" / "encryption").rglob("*.*"):
        for text in re.findall(r"[A-Za-z0-9+/]{20,}={0,2}", path.read_text()):
            if text.startswith(("QUFB", "QkJC", "Q0ND")):
                found |= {text, text.rstrip("="), base64.b64decode(text).decode()}
                found.add(base64.b64decode(text).hex())
    assert len(found) > 10
    return {"CANARY", *found}


ENCRYPTED = [
    path.relative_to(FIXTURES).as_posix()
    for path in sorted(FIXTURES.rglob("*.*"))
    if path.parent.name in {"good", "bad"}
]


@pytest.mark.parametrize("name", ENCRYPTED)
def test_no_output_holds_an_encryption_key(keys, name):
    servers = str(FIXTURES / "servers")
    for fmt in ("table", "wide", "json", "yaml", "csv"):
        done = CliRunner().invoke(
            app, ["encryption", str(FIXTURES / name), "-f", servers, "-o", fmt, "-v"]
        )
        assert done.exit_code in {0, 2}
        assert done.output
        assert _leaked(done.output, keys) == []


@pytest.mark.parametrize("name", ENCRYPTED)
def test_no_pickle_or_repr_holds_an_encryption_key(keys, name):
    cluster = rbacgraph.load(FIXTURES / "servers")
    answer = cluster.encryption(FIXTURES / name)
    config = read_encryption(FIXTURES / name)
    held = (config, answer, answer.result, cluster.snapshot)
    assert _leaked(pickle.dumps(held).decode("latin-1"), keys) == []
    assert _leaked(f"{held!r} {answer} {answer._repr_html_()}", keys) == []
