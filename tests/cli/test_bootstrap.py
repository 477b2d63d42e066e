"""Each command that takes ``--no-bootstrap`` assumes the bootstrap roles where nobody says it."""

import click
import pytest

import rbacgraph as rg
from rbacgraph.cli.app import app
from tests.cli.conftest import SHOP

ADMIN = """---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: new-admins}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: mallory}
"""
TO_READ = ("get", "secrets", "-n", "shop")
COMMANDS = {  # what each is asked, besides -f; words in capitals are files
    "admins": ("-o", "csv"),
    "can-i": (*TO_READ, "--as", "mallory"),
    "can-read": ("shop/db", "--as", "mallory"),
    "check": ("--policy", "POLICY", "-o", "csv"),
    "cut": ("shop/db", "-o", "csv"),
    "diff": ("SHOP", "WORLD", "-o", "csv"),
    "export": ("--format", "graphml", "-o", "OUT"),
    "exposure": ("-o", "csv"),
    "paths": ("shop/db", "-o", "csv"),
    "reach": ("user:mallory", "-o", "csv"),
    "render": ("shop/db", "-o", "dot"),
    "report": (),
    "rights": ("user:mallory", "-o", "csv"),
    "risks": ("-o", "csv"),
    "suggest": ("--for", "user:mallory", "--need", "NEED"),
    "usage": ("--audit-log", "LOG", "-o", "csv"),
    "verify-suggestion": ("SAVED", "-o", "json"),
    "who-can": (*TO_READ, "-o", "csv"),
}
NOT_ASKED = {
    "vault suggest": "what Vault's policies and stores say is all that it looks at",
    "verify": "it asks a server",
}


def commands(group=app, before=""):
    """Yield the words and the options of each command."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} ")
        else:
            yield f"{before}{name}", {word for one in command.params for word in one.opts}


def test_each_command_is_asked():
    taking = {name for name, options in commands() if "--no-bootstrap" in options}
    assert taking == {*COMMANDS, *NOT_ASKED}


@pytest.mark.parametrize("name", COMMANDS)
def test_roles_that_the_input_lacks_are_assumed(run, root, tmp_path, name):
    texts = {"WORLD": SHOP + ADMIN, "SHOP": SHOP, "POLICY": "access: []\n", "NEED": "get pods -A\n"}
    out = tmp_path / "out.graphml"
    paths = {"OUT": str(out), "LOG": str(root / "fixtures/audit/shop.log")}
    for word, text in texts.items():
        path = tmp_path / f"{word}.yaml"
        path.write_text(text)
        paths[word] = str(path)
    if "SAVED" in COMMANDS[name]:
        paths["SAVED"] = str(tmp_path / "saved.json")
        rg.load(paths["WORLD"]).cut(secret="shop/db").render(tmp_path / "saved.json")
    asked = [paths.get(word, word) for word in COMMANDS[name]]
    asked += [] if name == "diff" else ["-f", paths["WORLD"]]

    def answer(*, bootstrap):
        status, text, _ = run(name, *asked, bootstrap=bootstrap)
        return status, out.read_text() if out.exists() else text

    assert answer(bootstrap=True) != answer(bootstrap=False)
