"""A small cluster in a file, and a runner of the command line."""

import gc
import sys

import click
import pytest
from click.testing import CliRunner

from rbacgraph.cli import run as run_command
from rbacgraph.cli.app import app

PLANTED = "cGxhbnRlZC12YWx1ZQ=="
SHOP = f"""\
apiVersion: v1
kind: Secret
metadata: {{name: db, namespace: shop}}
type: Opaque
data: {{password: {PLANTED}}}
stringData: {{token: planted-value}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {{name: ci, namespace: shop}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: reader, namespace: shop}}
rules:
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get]
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: readers, namespace: shop}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}}
subjects:
- {{kind: User, name: alice, apiGroup: rbac.authorization.k8s.io}}
- {{kind: ServiceAccount, name: ci}}
"""
BROKEN = "kind: Role\nmetadata: [\n"


@pytest.fixture
def shop(tmp_path):
    """The shop, in a file."""
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP)
    return str(path)


@pytest.fixture
def broken(tmp_path):
    """A file that is not YAML."""
    path = tmp_path / "broken.yaml"
    path.write_text(BROKEN)
    return str(path)


@pytest.fixture(autouse=True)
def no_cluster(monkeypatch):
    """Whoever runs the tests may have a cluster: it is not asked."""
    monkeypatch.setenv("KUBECONFIG", "/nonexistent/kubeconfig")


def bare(arguments):
    """Add ``--no-bootstrap`` to the words of a command that takes it."""
    command, place = app, 0
    while isinstance(command, click.Group) and arguments[place : place + 1]:
        command = command.commands.get(arguments[place])
        place += 1
    taken = command and any("--no-bootstrap" in one.opts for one in command.params)
    return [*arguments[:place], *(["--no-bootstrap"] if taken else ()), *arguments[place:]]


@pytest.fixture
def run():
    """Run the command line; gives exit status, standard output and standard error.

    A test whose answer rests on the bootstrap roles asks for them.
    """

    def invoke(*arguments, stdin=None, bootstrap=False):
        asked = [*arguments] if bootstrap else bare(arguments)
        done = CliRunner().invoke(app, asked, input=stdin, prog_name="rbacgraph")
        return done.exit_code, done.stdout, done.stderr

    return invoke


@pytest.fixture
def status_of(monkeypatch):
    """Run with this standard output, all but the end of the process; gives the exit status."""

    def ask(*arguments, stdout, program="rbacgraph"):
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", [program, *arguments])
            patch.setattr(sys, "stdout", stdout)
            try:
                return run_command()
            finally:
                gc.enable()
                if sys.stdout is not stdout:  # it replaced what was closed
                    sys.stdout.detach().detach().close()

    return ask
