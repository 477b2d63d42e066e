"""The page of questions: each with a command, and the lines of its output that answer it."""

import shlex
from pathlib import Path

from click.testing import CliRunner

from rbacgraph.cli.app import app

HEAD = """\
# Twenty questions

Each is answered by one command; the lines are of its output on the clusters in `fixtures/clusters`.
Without `-f` the command asks the live cluster of the context.
"""
_SHOP = "-f fixtures/clusters/shop"
_STORES = "-f fixtures/clusters/shop-stores"
_LOG = "--audit-log fixtures/audit/shop.log"
_REVIEW = f"diff {_SHOP} /dev/null fixtures/review"
QUESTIONS = (
    ("Who can read this password?", f"paths shop/db-credentials {_SHOP}", "N  WHO", 5),
    ("By which right, in which file and line?",
     f"paths shop/session-signing-key --explain 2 {_SHOP}", "[2]", 5),
    ("Which Secrets are read by too many?", f"exposure {_SHOP}", "SECRET", 4),
    ("Which binding opens most Secrets?", f"exposure --by binding {_SHOP}", "BINDING", 3),
    ("Who gets at the Secrets of a namespace?",
     f"exposure --by principal -n payments {_SHOP}", "PRINCIPAL", 3),
    ("What should I fix first?", f"risks --top 1 {_SHOP}", "#  SEVERITY", 2),
    ("Who is effectively cluster-admin?", f"admins {_SHOP}", "N  WHO", 2),
    ("What may this ServiceAccount do?", f"rights sa:ci/runner {_SHOP}", "WHERE", 3),
    ("What does its leaked token reach?", f"reach sa:ci/runner {_SHOP}", "Reaches", 4),
    ("What does any Pod get, whatever runs in it?",
     f"reach group:system:serviceaccounts {_SHOP}", "N  WHAT", 2),
    ("Who can exec into the Pods of a namespace?",
     f"who-can create pods --subresource exec -n shop {_SHOP}", "SUBJECT", 4),
    ("May alice delete this Secret?",
     f"can-i delete secrets/db-credentials -n shop --as alice {_SHOP}", "no", 3),
    ("Who gains which Secrets by this pull request?",
     f"{_REVIEW}/ci-restarts.yaml", "[1]", 4),
    ("Does it make anybody cluster-admin?", f"{_REVIEW}/debug-admin.yaml --fail-on admins",
     "", 2),
    ("Who reaches Secrets against our policy?",
     f"check --policy fixtures/clusters/shop-access.yaml --today 2026-07-01 {_SHOP}",
     "", 2),
    ("What is the smallest change that closes a Secret to all others?",
     f"cut shop/db-credentials --keep sa:shop/importer {_SHOP}", "secret:", 3),
    ("Which rights are never used?", f"usage {_LOG} {_SHOP}", "", 3),
    ("What is the smallest role for this app?",
     f"suggest --for sa:ci/runner {_LOG} {_SHOP}", "", 3),
    ("Who gets at a secret in Vault?", f"paths vault:kv/data/ci/registry {_STORES}", "N  WHO", 2),
    ("Are Secrets encrypted at rest?",
     "encryption fixtures/encryption/good/aescbc.yaml", "RESOURCE", 2),
)  # fmt: skip


def answer(command: str, start: str, most: int) -> list[str]:
    """Return the lines of the command's output from the one that starts so."""
    done = CliRunner().invoke(app, shlex.split(command))
    assert done.exit_code in {0, 1}, (command, done.output)
    lines = [line.rstrip() for line in done.stdout.splitlines() if line.strip()]
    first = next((n for n, line in enumerate(lines) if line.lstrip().startswith(start)), None)
    assert first is not None, (command, start, lines)
    return lines[first : first + most]


def questions() -> str:
    """Return the page; the working directory is the root of the repository."""
    assert Path("fixtures/clusters/shop").is_dir()
    blocks = []
    for number, (question, command, start, most) in enumerate(QUESTIONS, 1):
        shown = "\n".join(answer(command, start, most))
        blocks.append(
            f"**{number}. {question}**\n```console\n$ rbacgraph {command}\n{shown}\n```\n"
        )
    return f"{HEAD}\n{''.join(blocks)}"
