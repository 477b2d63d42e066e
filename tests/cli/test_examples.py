"""What README, the pages and the helps show can be typed: every option, every value."""

import io
import re
import shlex
from pathlib import Path

import click
import pytest

from rbacgraph.cli.app import COMMANDS, app
from rbacgraph.cli.commands.stores.vault import COMMANDS as VAULT_COMMANDS
from tests.cli.conftest import SHOP

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {path.name: path.read_text("utf-8") for path in (ROOT / "rbacgraph/docs").glob("*.md")}


def written(text):
    """Every command of rbacgraph in a text, without what comes after a pipe or in a comment."""
    text = text.replace("\\\n", "")
    for line in re.findall(r"^.*?\brbacgraph [a-z].*$", text, re.MULTILINE):
        found = shlex.split(line[line.index("rbacgraph ") :], comments=True)
        for end in ("|", ">", "&&"):
            found = found[: found.index(end)] if end in found else found
        if found[1:2] and found[1] in app.commands:
            yield found[1:]


def type_in(name, arguments):
    """Parse a command's arguments; a group's first is the name of a command."""
    command = app.commands[name]
    while isinstance(command, click.Group):
        name, *arguments = arguments
        command = command.commands[name]
    command.make_context(name, arguments)


def shell(text):
    return "\n".join(re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


SHOWN = {
    "README": list(written(shell(README))),
    **{
        name: list(written(shell(text)))
        for name, text in PAGES.items()
        if "```sh\nrbacgraph " in text
    },
    **{
        name: list(written(module.HELP.partition("Examples:")[2]))
        for name, module in COMMANDS.items()
    },
    **{
        f"vault {name}": list(written(text.partition("Examples:")[2]))
        for name, (_, text) in VAULT_COMMANDS.items()
    },
}


@pytest.mark.parametrize("place", SHOWN)
def test_what_is_shown_can_be_typed(place):
    assert SHOWN[place]
    for name, *arguments in SHOWN[place]:
        type_in(name, arguments)


def test_what_cannot_be_typed_would_be_found():
    (name, *arguments), *_ = written("x | rbacgraph exposure --no-such-option  # a comment")
    with pytest.raises(Exception, match="No such option"):
        type_in(name, arguments)


def test_readme_shows_every_command_that_has_an_answer():
    shown = {name for name, *_ in SHOWN["README"]}
    named = set(re.findall(r"^\| `rbacgraph ([\w-]+)", README, re.MULTILINE))
    assert named == set(app.commands)
    assert shown <= named


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("rbacgraph expo", {"exposure", "export"}),
        ("rbacgraph paths -o mer", {"mermaid"}),
        ("rbacgraph export --format gra", {"graphml"}),
        ("rbacgraph paths -f SHOP --secret sh", {"shop/db"}),
        ("rbacgraph cut -f SHOP shop/", {"shop/db"}),
        ("rbacgraph render -f SHOP --principal ", {"sa:shop/ci", "user:alice"}),
        ("rbacgraph rights -f SHOP --from sa:", {"sa:shop/ci"}),
        ("rbacgraph can-i get pods -f SHOP --as sa:", {"sa:shop/ci"}),
        ("rbacgraph vault can-i GET x -f SHOP --as sa:", {"sa:shop/ci"}),
        ("rbacgraph cut -f SHOP --keep sa:", {"sa:shop/ci"}),
        ("rbacgraph suggest -f SHOP --for sa:", {"sa:shop/ci"}),
        ("rbacgraph usage -f SHOP --for sa:", {"sa:shop/ci"}),
        ("rbacgraph render -f SHOP shop/", {"shop/db"}),
        ("rbacgraph exposure -f SHOP -n s", {"shop"}),
        ("rbacgraph paths -f SHOP --secret x", set()),
        ("rbacgraph paths --secret sh", set()),
        ("rbacgraph paths -f nonesuch --secret sh", set()),
        ("rbacgraph paths -f - --secret sh", set()),
    ],
)
def test_a_shell_completes(words, expected, run, shop, monkeypatch):
    words = words.replace("SHOP", shop)
    monkeypatch.setenv("_RBACGRAPH_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(words.count(" ")))
    _, out, _ = run()
    assert {word.removeprefix("plain,") for word in out.split()} == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["user", ":", "al"], ["alice"]),
        (["user", ":"], ["alice"]),
        (["us"], ["user:alice"]),
        (["sa", ":", "shop/"], ["shop/ci"]),
    ],
)
def test_bash_completes_words_that_it_splits_at_a_colon(
    status_of, monkeypatch, typed, expected, shop
):
    words = ["rbacgraph", "reach", "-f", shop, "--from", *typed]
    monkeypatch.setenv("_RBACGRAPH_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "\n".join(words))
    monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    assert status_of(stdout=out) == 0
    assert out.buffer.getvalue().decode().split() == [f"plain,{word}" for word in expected]


def test_a_large_input_is_not_read_to_complete_a_name(run, tmp_path, monkeypatch):
    large = tmp_path / "large.yaml"
    large.write_text(SHOP + "#" * (16 << 20))
    words = f"rbacgraph paths -f {large} --secret sh"
    monkeypatch.setenv("_RBACGRAPH_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", "5")
    assert run()[1].strip() == ""


@pytest.mark.parametrize(
    ("shell", "file"),
    [
        ("bash", ".bashrc"),
        ("zsh", ".zshrc"),
        ("fish", ".config/fish/completions/rbacgraph.fish"),
    ],
)
def test_completion_is_installed_once_beside_what_is_there(shell, file, run, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SHELL", f"/usr/bin/{shell}")
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("alias k=kubectl")
    for _ in range(2):
        status, out, _ = run("--install-completion")
        assert (status, str(path) in out) == (0, True)
    shown = run("--show-completion")[1]
    assert f"_RBACGRAPH_COMPLETE={shell}_source rbacgraph" in shown
    assert path.read_text() == f"alias k=kubectl\n{shown}"


def test_completion_of_a_shell_without_one(run, monkeypatch):
    monkeypatch.setenv("SHELL", "/bin/dash")
    assert run("--install-completion")[::2] == (
        2,
        "error: there is no completion for the shell 'dash': use bash, zsh, fish\n",
    )


def test_help_has_panels(run):
    _, out, _ = run("paths", "--help")
    panels = re.findall(r"^(\S[^:\n]*):$", out, re.MULTILINE)
    assert panels == ["Positional arguments", "Options", "Input", "Live cluster"]
    live = out.partition("Live cluster:")[2]
    assert {"--context", "--kubeconfig", "--burst"} <= set(re.findall(r"--[\w-]+", live))
    assert "--context" not in out.partition("Live cluster:")[0]
    every = re.findall(r"^(\S[^:\n]*):$", run("--help")[1], re.MULTILINE)
    assert every == ["Options", "Ask", "Fix", "Review", "More"]
