"""What must hold of every decision, and what the policy language does not know."""

import copy
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacgraph.stores.aws import decide
from rbacgraph.stores.aws.patterns import Glob, wild_parts
from tests.stores.aws.test_recorded_decisions import recorded

SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/db-AbCdEf"
READ = "secretsmanager:GetSecretValue"


def case(*statements, resource=SECRET, version="2012-10-17", action=READ, context=(), **more):
    return {
        "request": {
            "principal": "arn:aws:sts::111122223333:assumed-role/app/pod-1",
            "action": action,
            "resource": resource,
            "resource_account": "111122223333",
            "context": dict(context),
        },
        "identity_policies": [{"Version": version, "Statement": list(statements)}],
        **more,
    }


def allow(**more):
    return {"Effect": "Allow", "Action": READ, "Resource": "*", **more}


def deny(**more):
    return {"Effect": "Deny", "Action": READ, "Resource": "*", **more}


ODD = [
    {"Surprise": "x"},
    {"Condition": {"StringSimilar": {"aws:userid": "a"}}},
    {"Condition": {"ForMostValues:StringEquals": {"aws:userid": "a"}}},
    {"Condition": {"NullIfExists": {"aws:userid": "true"}}},
    {"Condition": {"StringEquals": "aws:userid"}},
    {"Condition": {"StringEquals": {"aws:userid": {"a": "b"}}}},
    {"Condition": None},
    {"Action": None},
    {"Resource": [1]},
    {"NotAction": "iam:*"},
    {"Principal": 3},
]


@pytest.mark.parametrize("odd", ODD)
def test_an_unknown_part_makes_a_statement_unknown(odd):
    assert decide(case(allow(**odd))) is None
    assert decide(case(allow(), deny(**odd))) is None
    assert decide(case(deny(), allow(**odd))) is False
    assert decide(case(allow(), allow(**odd))) is True


@pytest.mark.parametrize("odd", ODD[:4])
def test_an_unknown_part_of_another_action_changes_nothing(odd):
    assert decide(case(allow(), deny(**odd) | {"Action": "s3:*"})) is True


@pytest.mark.parametrize("document", [None, "text", 3, ["list"], {"Statement": "text"}, {"X": 1}])
def test_a_document_of_another_shape_is_unknown_or_empty(document):
    assert decide({**case(), "identity_policies": [document]}) in (None, False)


@pytest.mark.parametrize(
    ("condition", "context", "answer"),
    [
        ({"Bool": {"k": True}}, {"k": True}, True),
        ({"Bool": {"k": [False]}}, {"k": "TRUE"}, False),
        ({"Bool": {"k": "maybe"}}, {"k": "true"}, None),
        ({"NumericLessThan": {"k": 10}}, {"k": 9.5}, True),
        ({"NumericLessThan": {"k": 10}}, {"k": "many"}, None),
        ({"NumericEquals": {"k": "1.0"}}, {"k": 1}, True),
        ({"NumericLessThan": {"k": "NaN"}}, {"k": 1}, None),
        ({"BinaryEquals": {"k": "QmluYXJ5"}}, {"k": "QmluYXJ5"}, True),
        ({"DateGreaterThan": {"k": "1700000000"}}, {"k": "2026-01-01T00:00:00Z"}, True),
        ({"DateGreaterThan": {"k": "soon"}}, {"k": "2026-01-01T00:00:00Z"}, None),
        ({"IpAddress": {"k": "10.0.0.1/8"}}, {"k": "10.9.9.9"}, True),
        ({"IpAddress": {"k": "ten"}}, {"k": "10.9.9.9"}, None),
        ({"STRINGLIKEIFEXISTS": {"K": "a*"}}, {"k": "abc"}, True),
        ({"forallvalues:stringlike": {"K": "a*"}}, {"k": ["abc", "b"]}, False),
        ({"ForAllValues:StringLike": {"k": "a*"}}, {}, True),
        ({"ForAnyValue:StringNotLike": {"k": "a*"}}, {}, False),
        ({"StringEquals": {"k": []}}, {"k": "a"}, False),
        ({"StringNotEquals": {"k": []}}, {"k": "a"}, True),
        ({"StringEquals": {"k": "a"}}, {"k": ["a", "b"]}, None),
        ({"Null": {"k": True}}, {"k": []}, True),
        ({"StringEquals": {"k": "${aws:x, 'd,e'}"}}, {"k": "d,e"}, True),
        ({"StringEquals": {"k": "${aws:x, 'd'}"}}, {"k": "d", "aws:x": "y"}, False),
        ({"StringEquals": {"k": "${*}${?}${$}"}}, {"k": "*?$"}, True),
        ({"ArnLike": {"k": "arn:aws:iam::*:role/a*"}}, {"k": "arn:aws:iam::1:role/x/a"}, False),
        ({"ArnLike": {"k": "arn:aws:iam::*:role/*a"}}, {"k": "arn:aws:iam::1:role/x/a"}, True),
        ({"ArnNotLike": {"k": "arn:aws:iam::*:role/a"}}, {"k": "no arn"}, True),
        ({"ArnEquals": {"k": "${aws:x}"}}, {"k": "arn:a:b:c:d:e", "aws:x": "arn:a:b:c:d:e"}, True),
    ],
)
def test_operators(condition, context, answer):
    assert decide(case(allow(Condition=condition), context=context)) is answer


def test_a_list_of_statements_keeps_its_size():
    many = [allow(Resource=f"{SECRET}{number}") for number in range(3000)]
    assert decide(case(*many, allow())) is True
    assert decide(case(*many)) is False


def test_grants_of_a_boundary_are_no_grants_of_a_session():
    silent = {"Version": "2012-10-17", "Statement": [allow(Action="s3:*")]}
    for name, answer in [
        ("arn:aws:iam::111122223333:role/app", False),
        ("arn:aws:sts::111122223333:assumed-role/app/pod-1", True),
        ("*", None),
    ]:
        policy = {"Statement": [allow(Principal={"AWS": name})]}
        assert decide(case(boundary=silent, resource_policy=policy)) is answer


def test_rcps_limit_no_service_that_does_not_know_them():
    nothing = {"Statement": [deny(Action="*", Principal="*"), allow(Action="*", Principal="*")]}
    parameter = "arn:aws:ssm:eu-west-1:111122223333:parameter/a"
    for action, resource, answer in [
        ("ssm:GetParameter", parameter, True),
        (READ, SECRET, False),
    ]:
        asked = case(allow(Action="*"), action=action, resource=resource, rcps=[[nothing]])
        assert decide(asked) is answer


def naive(pattern, text):
    inner = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
    return re.fullmatch(inner, text, re.DOTALL) is not None


@given(st.text("ab*?:\n", max_size=8), st.text("ab:*\n", max_size=10))
def test_a_glob_is_what_its_regular_expression_matches(pattern, text):
    assert Glob(wild_parts(pattern)).fits(text) is naive(pattern, text)


def test_many_stars_take_no_more_than_the_text_is_long():
    pattern = "arn:" + "*a" * 2000 + "b"
    begun = time.process_time()
    assert decide(case(allow(Resource=pattern), resource="arn:" + "a" * 20_000)) is False
    assert time.process_time() - begun < 2


def _places(asked):
    yield asked["identity_policies"]
    yield from [*asked.get("scps", ()), *asked.get("rcps", ())]


EVERYTHING = {"Action": "*", "Resource": "*"}
WORLDS = [
    case for case in recorded("decisions-2") if case["group"] == "x-random" and case["expected"]
]


@pytest.mark.parametrize("world", WORLDS[::4], ids=lambda world: world["id"])
def test_a_denial_anywhere_wins_and_an_allowance_takes_nothing(world):
    for number, _ in enumerate(_places(world)):
        for effect, answer in [("Deny", False), ("Allow", True)]:
            asked = copy.deepcopy(world)
            statement = {"Effect": effect, **EVERYTHING}
            list(_places(asked))[number].append({"Statement": [statement]})
            assert decide(asked) is answer
