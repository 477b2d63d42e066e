"""Bitmaps that are kept as differences come back as they were."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from rbacgraph.query.arrays.similar_bitmaps import SimilarBitmaps

number = st.integers(0, 40)
bitmaps = st.lists(st.frozensets(number), max_size=20)
"""Many are large and differ little, for a store that counts few members as many."""
similar = st.tuples(st.frozensets(number, min_size=30), bitmaps).map(
    lambda pair: [frozenset(pair[0] ^ frozenset(list(one)[:2])) for one in pair[1]]
)
LARGE = 3


@given(st.one_of(bitmaps, similar, st.tuples(bitmaps, similar).map(lambda both: both[0] + both[1])))
def test_every_bitmap_comes_back(several):
    kept = SimilarBitmaps(LARGE)
    assert [kept.append(BitMap(one)) for one in several] == list(range(len(several)))
    assert len(kept) == len(several)
    assert [set(one) for one in kept] == [set(one) for one in several]


@given(similar, bitmaps, st.data())
def test_forgetting_some_changes_no_other(several, more, data):
    kept = SimilarBitmaps(LARGE)
    for one in several:
        kept.append(BitMap(one))
    which = data.draw(st.lists(st.booleans(), min_size=len(several), max_size=len(several)))
    kept.forget_all_but(np.array(which, dtype=bool))
    for one in more:
        kept.append(BitMap(one))
    left = [one for one, stays in zip(several, which, strict=True) if stays]
    assert [set(one) for one in kept] == [*map(set, left), *map(set, more)]


def test_what_differs_little_takes_little():
    kept = SimilarBitmaps()
    base = BitMap(range(0, 60_000, 3))
    for place in range(100):
        kept.append(base | BitMap([3 * place + 1]))
    held = sum(len(one.serialize()) for one in kept._kept if isinstance(one, BitMap))
    assert held < 100 * 40
    assert [len(one) for one in kept] == [20_001] * 100
