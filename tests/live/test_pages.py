"""Lists of many pages: nothing is lost, nothing is counted twice, whatever happens between."""

import json

import pytest

from rbacgraph.sources.live.pages import LIMIT
from tests.live.api import Api
from tests.live.replies import Reply, found, recorded

COUNT = 3 * LIMIT + 7
NAMES = [f"cm-{number:05}" for number in range(COUNT)]


@pytest.fixture
def many():
    """More ServiceAccounts than go onto three pages."""
    return Api(
        {"kind": "ServiceAccount", "metadata": {"name": name, "namespace": "shop"}}
        for name in NAMES
    )


def names(shown):
    return [account.metadata.name for account in shown.service_accounts]


def asked(api):
    return [r for r in api.requests if r.resource == "serviceaccounts"]


def gone(body):
    """Say that the server no longer remembers."""

    def fault(request, _reply):
        if "continue" in request.query:
            return Reply(410, json.dumps(body).encode(), {"Content-Type": "application/json"})
        return None

    return fault


EXPIRED = recorded("09-list-expired-continue-rv1")["response"]["body"]


def test_every_page_is_read(live, many):
    shown = live(many)
    assert names(shown) == NAMES
    assert [r.query["limit"] for r in asked(many)] == [str(LIMIT)] * 4
    assert shown.is_listed("ServiceAccount")


def test_a_list_that_the_server_forgot_is_begun_anew(live, many):
    many.times(2, gone(EXPIRED), "serviceaccounts")
    shown = live(many)
    assert names(shown) == NAMES
    assert shown.is_listed("ServiceAccount")
    assert ["continue" in r.query for r in asked(many)].count(False) == 3


def test_a_list_that_the_server_forgets_again_and_again_is_torn(live, many):
    held = []

    def again(request, reply):
        if "continue" not in request.query:
            return None
        token = request.query["continue"]
        if len(held) < 3:
            held.append(token)
            # What the server offers instead goes on as of now.
            body = {**EXPIRED, "metadata": {"continue": token}}
            return Reply(410, json.dumps(body).encode())
        return reply

    many.faults.append(lambda q, r: again(q, r) if q.resource == "serviceaccounts" else None)
    shown = live(many)
    assert names(shown) == NAMES
    assert not shown.is_listed("ServiceAccount")
    (warning,) = [d for d in shown.diagnostics if d.severity == "warning"]
    assert warning.code == "torn-list"


def test_a_server_that_forgets_everything_is_not_asked_forever(live, many):
    many.faults.append(lambda q, r: gone({})(q, r) if q.resource == "serviceaccounts" else None)
    shown = live(many)
    assert not shown.is_listed("ServiceAccount")
    assert len(asked(many)) < 10
    (error,) = [d for d in shown.diagnostics if d.severity == "error"]
    assert error.code == "unlisted"


def test_a_broken_token_ends_the_list_and_is_said(live, many):
    answer = recorded("08-list-garbage-continue")["response"]

    def garbage(request, _reply):
        if "continue" not in request.query:
            return None
        return Reply(answer["status"], json.dumps(answer["body"]).encode())

    many.times(1, garbage, "serviceaccounts")
    shown = live(many)
    assert names(shown) == NAMES[:LIMIT]
    assert not shown.is_listed("ServiceAccount")
    (error,) = [d for d in shown.diagnostics if d.severity == "error"]
    assert "the list of serviceaccounts broke off after 500: 400 invalid continue" in error.message


def test_a_token_that_never_changes_ends_the_list(live, many):
    def same(request, reply):
        if request.resource != "serviceaccounts":
            return None
        body = json.loads(reply.body)
        body["metadata"]["continue"] = "same"
        return reply._replace(body=json.dumps(body).encode())

    many.faults += [same]
    original = many._list

    def forgetful(resource, namespace, request):
        if request.query.get("continue") == "same":
            request.query.pop("continue")
        return original(resource, namespace, request)

    many._list = forgetful
    shown = live(many)
    assert not shown.is_listed("ServiceAccount")
    assert len(asked(many)) == 2
    (error,) = [d for d in shown.diagnostics if d.severity == "error"]
    assert error.message.startswith("the list of serviceaccounts broke off after 500: its pages")
    assert names(shown) == NAMES[:LIMIT]  # none of them twice


def test_tokens_in_a_circle_end_the_list(live, many):
    original, following = many._list, {"": "a", "a": "b", "b": "c", "c": "a"}
    real = {"": ""}

    def circling(resource, namespace, request):
        if resource != "serviceaccounts":
            return original(resource, namespace, request)
        token = request.query.pop("continue", "")
        if real[token]:
            request.query["continue"] = real[token]
        reply = original(resource, namespace, request)
        body = json.loads(reply.body)
        real[following[token]] = body["metadata"].get("continue", "")
        body["metadata"]["continue"] = following[token]
        return found(body)

    many._list = circling
    shown = live(many)
    assert len(asked(many)) == 4
    (error,) = [d for d in shown.diagnostics if d.severity == "error"]
    assert (
        "the list of serviceaccounts broke off after 1,507: its pages repeat; that" in error.message
    )
    assert names(shown) == NAMES


def test_a_limit_that_the_server_ignores(live, many):
    """As with resourceVersion=0: everything at once."""
    original = many._list

    def whole(resource, namespace, request):
        request.query["limit"] = "0"
        return original(resource, namespace, request)

    many._list = whole
    assert names(live(many)) == NAMES


def test_the_pages_of_a_real_server(live):
    api = Api()
    files = [f"0{n}-secrets-list-page{n}-limit2" for n in range(1, 6)]
    bodies = [recorded(name)["response"]["body"] for name in files]
    tokens = [""] + [body["metadata"].get("continue", "") for body in bodies]

    original = api._list

    def played(resource, namespace, request):
        if resource != "serviceaccounts":
            return original(resource, namespace, request)
        body = bodies[tokens.index(request.query.get("continue", ""))]
        return found(body | {"kind": "ServiceAccountList"})

    api._list = played
    shown = names(live(api))
    assert len(shown) == len(set(shown)) == 10
