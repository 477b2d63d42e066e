"""An item of a List is parsed once, and what it holds is what its bytes decode to."""

import random

import msgspec
import pytest
from msgspec import inspect, json

from rbacgraph.model.repeated_keys import decoded, may_repeat
from rbacgraph.sources.json.values import BROKEN
from rbacgraph.sources.objects import object_kinds

ODD = ("1.0", "1e2", "1e999", "18446744073709551616", "true", "null", '""', "{}", "[]", "[null]")
TEXTS = ('"a"', '""', '"kube-system"', '"\\u00e9"', '"x\\"y"')
SIMPLE = {
    inspect.StrType: TEXTS,
    inspect.IntType: ("0", "80", "-1", "1.0", "1e2"),
    inspect.BoolType: ("true", "false"),
    inspect.NoneType: ("null",),
}


def _text(wanted, rng, depth):
    """Return JSON that mostly fits a type."""
    if rng.random() < 0.05 or depth > 7:
        return rng.choice(ODD)
    match wanted:
        case inspect.StructType() | inspect.TypedDictType():
            fields = [f for f in wanted.fields if rng.random() < (0.6 if depth < 3 else 0.35)]
            parts = [f'"{f.encode_name}":{_text(f.type, rng, depth + 1)}' for f in fields]
            more = [f'"unread":{rng.choice(ODD)}'] if rng.random() < 0.1 else []
            text = f"{{{','.join(parts + more)}}}"
        case inspect.UnionType():
            text = _text(rng.choice(wanted.types), rng, depth)
        case inspect.DictType():
            text = f'{{"app":{_text(wanted.value_type, rng, depth + 1)}}}'
        case inspect.ListType() | inspect.VarTupleType():
            parts = [_text(wanted.item_type, rng, depth + 1) for _ in range(rng.randrange(3))]
            text = f"[{','.join(parts)}]"
        case _:
            text = rng.choice(SIMPLE.get(type(wanted), (*ODD, *TEXTS)))
    return text


def _found(read):
    try:
        return read()
    except BROKEN:
        return None


@pytest.mark.parametrize("kind", object_kinds.KINDS, ids=lambda kind: kind.name)
def test_what_is_parsed_once_is_what_its_bytes_say(kind):
    rng, decode = random.Random(kind.name), json.Decoder(kind.wire).decode
    wanted, several = inspect.type_info(kind.wire), 0
    for _ in range(300):
        text = _text(wanted, rng, 0).encode()
        found = _found(lambda text=text: msgspec.convert(decoded(text), kind.wire))
        if found is not None and not may_repeat(text):
            several += 1
            assert repr(found) == repr(decode(text))
    assert several
