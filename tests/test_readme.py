"""README speaks of the program as it is."""

import json
import re
import shlex
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from rbacgraph.cli.app import app


@pytest.fixture(scope="module")
def readme(root):
    return (root / "README.md").read_text()


@pytest.fixture(scope="module")
def command(readme):
    """The arguments of the first command, after the installation."""
    line = next(line for line in readme.splitlines() if line.startswith("python3 -m venv"))
    *_, last = line.split(" && ")
    program, *arguments = shlex.split(last)
    assert program == ".venv/bin/rbacgraph"
    return arguments


def _block(readme, language):
    return re.search(rf"```{language}\n(.*?)```", readme, re.DOTALL)[1]


def _run(arguments):
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    return done.stdout


def _words(svg):
    root = ET.fromstring(svg)
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    links = {item.get("{http://www.w3.org/1999/xlink}href") for item in root.iter()}
    return sorted(texts), links


def test_the_picture_is_the_first_commands(readme, command, root, monkeypatch):
    """Made in .github by ``rbacgraph render`` with what follows ``paths``, and ``-f ../…``."""
    assert "](.github/shop.svg)" in readme
    monkeypatch.chdir(root / ".github")
    *asked, folder = command[1:]
    drawn = _run(["render", *asked, f"../{folder}"])
    assert _words((root / ".github" / "shop.svg").read_text()) == _words(drawn)


@pytest.mark.parametrize(
    ("page", "asked_in"), [("stores", "shop-stores --vault-mount"), ("aws", "shop-eks")]
)
def test_the_picture_of_a_page_is_its_commands(root, monkeypatch, page, asked_in):
    """Made in .github as the other one."""
    text = (root / "rbacgraph" / "docs" / f"{page}.md").read_text()
    assert f"](../../.github/{page}.svg)" in text
    commands = (line for line in text.splitlines() if line.startswith("rbacgraph paths"))
    asked = next(line for line in commands if asked_in in line)
    monkeypatch.chdir(root / ".github")
    _, _, secret, _, folder, *mount = asked.split()
    drawn = _run(["render", "--secret", secret, "-f", f"../{folder}", *mount])
    assert _words((root / ".github" / f"{page}.svg").read_text()) == _words(drawn)


def test_the_excerpt_is_the_first_commands(readme, command, root, monkeypatch):
    monkeypatch.chdir(root)
    assert _block(readme, "text").strip() in _run(command)


def test_the_second_command_is_there(readme, root):
    assert "\n```sh\ntests/check\n```\n" in readme
    assert (root / "tests" / "check").stat().st_mode & 0o111
    assert "tests/check" in (root / ".ci" / "run").read_text()


def test_the_table_of_commands_is_complete(readme):
    named = set(re.findall(r"^\| `rbacgraph ([a-z-]+)", readme, re.MULTILINE))
    found = set(
        re.findall(r"^  ([a-z][a-z-]+)  ", _run(["--help"]).split("Options:")[1], re.MULTILINE)
    )
    assert named == found


def test_the_python_examples_run(readme, root, monkeypatch):
    monkeypatch.chdir(root)
    names = {}
    exec(_block(readme, "python"), names)
    assert names["cluster"].paths(secret="shop/db-credentials")


def _helps():
    return [_run([*command, "--help"]) for command in ([], *([name] for name in app.commands))]


def _said_by(script):
    return re.findall(r'"[^"\n]*"|`[^`\n]*`', re.sub(r"\$\{[^}]*\}", "", script))


def test_nothing_is_called_cheapest_for_it_is_not_proven_to_be(readme, root):
    """Efforts are of what was found: a technique with several needs may take less."""
    report = root / "rbacgraph" / "report"
    schema = json.loads((report / "schema" / "v1.json").read_text())["$defs"].values()
    pages = [path.read_text() for path in sorted((report / "page" / "assets").glob("*.js"))]
    goldens = [path.read_text() for path in (root / "tests/report/golden").glob("*.txt")]
    texts = {
        "help": _helps(),
        "schema": [one.get("description", "").replace("``cheapest``", "") for one in schema],
        "page": [words for page in pages if "dagre" not in page for words in _said_by(page)],
        "notebooks": [path.read_text() for path in (root / "notebooks").glob("*.ipynb")],
        "golden": goldens,
        "README": [readme],
        "docs": [path.read_text() for path in (root / "rbacgraph" / "docs").glob("*.md")],
    }
    assert min(map(len, texts.values())) > 0
    assert not [(where, t[:80]) for where, some in texts.items() for t in some if _cheap(t)]


def _cheap(text):
    return re.search(r"\bcheap", text, re.IGNORECASE)
