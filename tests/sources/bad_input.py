"""Prints every diagnostic for fixtures/bad, as tests/sources/bad_input.txt holds them.

After a change that is meant: python tests/sources/bad_input.py > tests/sources/bad_input.txt
and read the difference.
"""

import sys
from pathlib import Path

from rbacgraph.sources import load
from rbacgraph.sources.checks import check

BAD = Path(__file__).parents[2] / "fixtures" / "bad"
KNOWN = frozenset({"view", "edit", "admin", "cluster-admin"})


def cases():
    return sorted(path for path in BAD.iterdir() if not path.name.startswith("."))


def transcript():
    """Return what is said about each fixture, with names as seen from its folder."""
    lines = []
    for case in cases():
        snapshot = load(case)
        found = (*snapshot.diagnostics, *check(snapshot, KNOWN))
        lines.append(f"== {case.name}")
        lines += [str(d).replace(f"{BAD}/", "") for d in found] or ["nothing to say"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(transcript())
