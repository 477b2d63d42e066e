"""Both ways to find the items of a List find the same."""

from hypothesis import example, given
from hypothesis import strategies as st

from rbacgraph.sources.json.items import Cuts

DEEP = "\n    "
PIECES = (f"}},{DEEP}{{\n", f",{DEEP}{{\n", f"}},{DEEP}{{", DEEP, "\n", "{", "}", ",", " ", "abcd")


def expected(data, start, end, line):
    """Every place behind ``},`` where a brace is alone on its line."""
    text = f"}},{DEEP}{{\n".encode()
    found = [at for at in range(start, end) if data.startswith(text, at, end)]
    cuts = [at + len(text) - 2 for at in found]
    return [(cut, line + bytes(data).count(b"\n", start, cut)) for cut in cuts]


@given(st.lists(st.sampled_from(PIECES)), st.integers(0, 30), st.integers(0, 30))
@example([PIECES[0] * 3], 0, 0)
@example([PIECES[0]], 1, 0)
@example([PIECES[0]], 0, 1)
def test_both_ways_find_the_same(pieces, before, behind):
    data = bytearray("".join(pieces).encode())
    start, end = min(before, len(data)), max(len(data) - behind, 0)
    end = max(start, end)
    cuts = Cuts(DEEP.encode())
    wanted = expected(data, start, end, 7)
    assert cuts.by_pattern(data, start, end, 7) == wanted
    assert cuts.by_lines(data, start, end, 7) == wanted
    assert Cuts(DEEP.encode(), long=0).all(data, start, end, 7) == wanted
    assert cuts.first(data, start, end) == (wanted[0][0] if wanted else -1)


def test_numpy_is_opened_for_long_files_only():
    data = bytearray(PIECES[0] * 3, "ascii")
    cuts = Cuts(DEEP.encode(), long=2 * len(data))
    wanted = expected(data, 0, len(data), 1)
    assert [cuts.all(data, 0, len(data), 1) for _ in range(4)] == [wanted] * 4
