"""Writes the hashes of what the Action installs: ``python -m tests.action_pins`` (needs uv).

The hashes are of wheels alone, as the Action builds nothing but rbacgraph: those for the Pythons
and machines that it runs on. A pin is changed in the file, by hand; this then finds its hashes.
"""

import re
import subprocess
import tempfile
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.tags import Tag
from packaging.utils import parse_wheel_filename

FILE = Path(__file__).parents[1] / ".github/actions/rbacgraph/requirements.txt"
_PYTHONS = range(11, 15)
_MACHINES = re.compile(r"any|(many|musl)linux\w*_(x86_64|aarch64)")


def pins(text: str) -> list[Requirement]:
    """Return the pins of a file of requirements, with or without hashes."""
    joined = re.sub(r"\\\n", " ", text)
    lines = [re.sub(r"\s--hash=\S+|#.*", "", line).strip() for line in joined.splitlines()]
    return [Requirement(line) for line in lines if line]


def is_wanted(tag: Tag) -> bool:
    """Whether the Action runs on what a wheel is for."""
    python = re.fullmatch(r"(?:py|cp)3(\d*)", tag.interpreter)
    if not python or not _MACHINES.fullmatch(tag.platform):
        return False
    least = int(python[1] or 0)
    every = tag.abi in {"abi3", "none"}
    return (every and least <= _PYTHONS[-1]) or (tag.abi == f"cp3{least}" and least in _PYTHONS)


def with_hashes(text: str) -> str:
    """Return a file of requirements with the hashes of its pins, and with its comments."""
    with tempfile.TemporaryDirectory() as folder:
        plain, lock = Path(folder, "requirements.in"), Path(folder, "pylock.toml")
        plain.write_text("\n".join(map(str, pins(text))))
        words = [
            "uv",
            "pip",
            "compile",
            "--quiet",
            "--universal",
            "--no-deps",
            "--only-binary=:all:",
        ]
        words += ["--python-version=3.11", "--format=pylock.toml", "--output-file", lock, plain]
        subprocess.run(words, check=True)
        packages = tomllib.loads(lock.read_text())["packages"]
    hashes = {
        package["name"]: sorted(
            wheel["hashes"]["sha256"]
            for wheel in package["wheels"]
            if any(map(is_wanted, parse_wheel_filename(wheel["url"].rsplit("/", 1)[-1])[3]))
        )
        for package in packages
    }
    found: list[str] = []
    for line in re.sub(r"\\\n", " ", text).splitlines():
        for pin in pins(line):
            lines = [str(pin), *(f"--hash=sha256:{one}" for one in hashes[pin.name])]
            found.append(" \\\n    ".join(lines))
        if not pins(line):
            found.append(line)
    return "\n".join(found) + "\n"


if __name__ == "__main__":
    FILE.write_text(with_hashes(FILE.read_text()))
