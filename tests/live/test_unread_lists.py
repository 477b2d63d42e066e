"""A list that a server never ends, or answers with something else, is not read: named, and no more.

Each fault has a twin that differs from it in little and passes.
"""

import base64
import json
import threading
from collections import Counter

import pytest
from click.testing import CliRunner

from rbacgraph.cli.app import app
from rbacgraph.errors import UsageError
from rbacgraph.sources.live.connection.rate_limit import Limiter, Pace
from rbacgraph.sources.live.connection.settings import Settings
from rbacgraph.sources.live.load_live import load_live
from rbacgraph.sources.live.pages import LIMIT
from rbacgraph.sources.objects.object_kinds import KINDS
from tests.live.api import USUAL, Api
from tests.live.replies import Reply, found, recorded, status
from tests.live.server import AT_ONCE, serving

COUNT = 2 * LIMIT + 7
EXPIRED = recorded("09-list-expired-continue-rv1")["response"]["body"]


def object_of(kind, name, **more):
    return {"kind": kind, "metadata": {"name": name, "namespace": "shop"}, **more}


@pytest.fixture
def api():
    """Three pages of ServiceAccounts, and one object of each form in which rbacgraph asks."""
    return Api(
        [
            *(object_of("ServiceAccount", f"sa-{number:05}") for number in range(COUNT)),
            {"kind": "Namespace", "metadata": {"name": "shop"}},
            object_of("Pod", "web", spec={"containers": []}),
            object_of("Deployment", "web"),
            object_of("Secret", "db", type="Opaque", data={"password": "Q0FOQVJZ"}),
            object_of("ConfigMap", "aws-auth"),
            object_of("SealedSecret", "db"),
        ]
    )


class Clock(threading.local):
    """A clock of the thread that reads a list: it passes only by what that thread sleeps."""

    now = 0.0

    def __init__(self, waits):
        self.waits = waits

    def sleep(self, seconds):
        self.waits.append(seconds)
        self.now += seconds


def asleep(waits):
    """Remember how long one waits for, which takes no time."""
    clock = Clock(waits)
    return Pace(clock=lambda: clock.now, sleep=clock.sleep, jitter=lambda: 0.0)


def changed(api, resource, change):
    """Change the body of each answer about a resource: ``change`` sees it and the request."""

    def fault(request, reply):
        if request.resource != resource or reply.status != 200:
            return None
        body = json.loads(reply.body)
        return found(change(body, request) or body)

    api.faults.append(fault)


def asked(api, resource="serviceaccounts"):
    return [request for request in api.requests if request.resource == resource]


def why(shown, kind="ServiceAccount", resource="serviceaccounts"):
    """Return why a list is not read: this one alone, in one error, and for each gate."""
    (error,) = [d for d in shown.diagnostics if d.severity == "error"]
    (unread,) = shown.unread
    assert (error.code, unread.code, unread.file) == ("unlisted", "unlisted", resource)
    assert not shown.is_listed(kind)
    others = {"ServiceAccount", "Role", "Pod", "Secret", "ConfigMap", "Namespace"} - {kind}
    assert all(map(shown.is_listed, others))
    start = f"the list of {resource} broke off"
    assert error.message.startswith(start)
    return error.message.removeprefix(start).partition("; that hides")[0]


def is_whole(shown):
    names = [account.metadata.name for account in shown.service_accounts]
    return (
        len(set(names)) == len(names) == COUNT
        and shown.is_listed("ServiceAccount")
        and not shown.unread
    )


# --- another kind ------------------------------------------------------------------


def of_kind(kind):
    return lambda body, _request: body | {"kind": kind}


def holding(kind):
    """Let the last item say this kind."""

    def change(body, _request):
        body["items"][-1]["kind"] = kind

    return change


def each_of_kind(kind, name):
    """Let the items say their kind, and the list another one."""

    def change(body, _request):
        items = [{**one, "kind": kind} for one in body["items"]]
        return body | {"kind": name, "items": items}

    return change


def table(*columns):
    partial = {"kind": "PartialObjectMetadata", "metadata": {"name": "db", "namespace": "shop"}}
    row = {"cells": ["db", "x"], "object": partial}
    return lambda _body, _request: {
        "kind": "Table",
        "metadata": {},
        "columnDefinitions": [{"name": name} for name in columns],
        "rows": [row],
    }


def all_as(**body):
    return lambda _body, _request: {"metadata": {}, **body}


@pytest.mark.parametrize(
    ("resource", "change", "words"),
    [
        ("serviceaccounts", of_kind("PodList"), "is of kind PodList, not ServiceAccountList"),
        ("serviceaccounts", of_kind("ServiceAccount"), "is of kind ServiceAccount, not"),
        ("serviceaccounts", of_kind("List"), "is of kind List, not ServiceAccountList"),
        ("serviceaccounts", each_of_kind("ServiceAccount", "PodList"), "is of kind PodList, not"),
        ("serviceaccounts", all_as(kind="PodList", items=[]), "is of kind PodList, not Ser"),
        ("serviceaccounts", holding("Pod"), "holds objects of kind Pod, not ServiceAccount"),
        ("serviceaccounts", of_kind("PartialObjectMetadataList"), "is of kind PartialObjectMeta"),
        ("serviceaccounts", all_as(kind="ServiceAccountList"), "is no list"),
        ("serviceaccounts", all_as(items=[]), "is no list"),
        ("serviceaccounts", all_as(kind="Status", code=200), "is no list"),
        ("serviceaccounts", table("Name", "Age"), "is no list"),
        ("deployments", holding("StatefulSet"), "holds objects of kind StatefulSet, not Deploym"),
        ("configmaps", of_kind("SecretList"), "is of kind SecretList, not ConfigMapList"),
        ("configmaps", holding("Secret"), "holds objects of kind Secret, not ConfigMap"),
        ("sealedsecrets", of_kind("Sealed"), "is of kind Sealed, not SealedSecretList"),
        ("sealedsecrets", all_as(kind="Sealed", items=[]), "is of kind Sealed, not SealedSecre"),
        ("secrets", table("Name", "Ready", "Status"), "is a table of something else"),
        ("secrets", all_as(kind="Table", columnDefinitions=[{"name": "Type"}]), "is no list"),
    ],
)
def test_a_list_of_another_kind_is_not_read(live, api, resource, change, words):
    changed(api, resource, change)
    kind = next(wanted.name for wanted in KINDS if wanted.resource == resource)
    told = why(live(api), kind, resource)
    assert told.startswith(f": the answer {words}")


@pytest.mark.parametrize(
    ("resource", "change"),
    [
        ("serviceaccounts", of_kind("ServiceAccountList")),
        ("serviceaccounts", holding("ServiceAccount")),
        ("serviceaccounts", lambda body, _: body | {"items": body["items"] or None}),
        ("pods", all_as(kind="PodList", items=None)),
        ("deployments", each_of_kind("Deployment", "DeploymentList")),
        ("configmaps", of_kind("ConfigMapList")),
        ("configmaps", each_of_kind("ConfigMap", "ConfigMapList")),
        ("sealedsecrets", each_of_kind("SealedSecret", "SealedSecretList")),
        ("sealedsecrets", each_of_kind("SealedSecret", "Sealed")),
        ("secrets", all_as(kind="Table", columnDefinitions=[{"name": "Type"}], rows=[])),
    ],
)
def test_a_list_of_the_kind_is_read_in_each_form_that_servers_give(live, api, resource, change):
    changed(api, resource, change)
    shown = live(api)
    assert is_whole(shown)
    assert all(map(shown.is_listed, ("Pod", "Deployment", "ConfigMap", "SealedSecret", "Secret")))


@pytest.mark.parametrize("code", [200, 400])
def test_an_answer_that_is_no_text_is_no_list(live, api, code):
    api.faults.append(
        lambda request, reply: (
            reply._replace(status=code, body=reply.body.replace(b'"db"', b'"\xff"'))
            if request.resource == "secrets"
            else None
        )
    )
    words = ": the answer is no list" if code == 200 else ": 400"
    assert why(live(api), "Secret", "secrets") == words


def test_only_the_namespace_of_such_a_list_is_not_read(live, api):
    api.add({"kind": "Namespace", "metadata": {"name": "pay"}})
    api.forbid("pods")
    changed(
        api, "pods", lambda body, q: body | {"kind": "JobList"} if q.namespace == "pay" else None
    )
    shown = live(api)
    assert [one.metadata.name for one in shown.pods] == ["web"]
    assert (shown.is_listed("Pod", "shop"), shown.is_listed("Pod", "pay")) == (True, False)
    (error,) = [d for d in shown.diagnostics if d.severity == "error"]
    words = "the list of pods in pay broke off: the answer is of kind JobList, not PodList;"
    assert error.message.startswith(words)


@pytest.mark.parametrize("kind", ["Pod", "Account", ""])
@pytest.mark.parametrize("change", [of_kind("PodList"), of_kind("ServiceAccountList")])
def test_the_kind_is_the_one_that_rbacgraph_reads_whatever_discovery_says(live, api, kind, change):
    known = api._known()
    api._known = lambda: [
        (*one[:3], kind if one[2] == "serviceaccounts" else one[3], one[4]) for one in known
    ]
    changed(api, "serviceaccounts", change)
    shown = live(api)
    if shown.service_accounts:
        assert is_whole(shown)
    else:
        assert why(shown) == ": the answer is of kind PodList, not ServiceAccountList"
    assert bool(shown.service_accounts) == (change({}, None)["kind"] == "ServiceAccountList")


def test_kinds_are_those_of_servers_where_discovery_is_refused(live, api):
    """Of two groups that have one kind, rbacgraph names one with its group."""
    api.groups |= USUAL
    api.faults.append(
        lambda request, _: status(403, "Forbidden", "no") if request.path == "/apis" else None
    )
    assert not live(api).unread


# --- pages that lead nowhere -------------------------------------------------------


def token_of(request):
    return request.query.get("continue", "")


def paged(api, pages, resource="serviceaccounts"):
    """Answer a list with pages, by their tokens: (objects, the next token)."""
    original = api._list

    def answered(which, namespace, request):
        if which != resource:
            return original(which, namespace, request)
        assert len(asked(api, resource)) < 20, "it is asked for ever"
        taken, following = pages(request.query.pop("continue", ""))
        body = json.loads(original(which, namespace, request).body)
        rows = "rows" if "rows" in body else "items"
        more = {"metadata": {"continue": following} if following else {}}
        return found(body | more | {rows: [one for one in body[rows] if in_page(one, taken)]})

    api._list = answered


def in_page(one, numbers):
    """Whether an item, or a row, is the object with one of these numbers."""
    name = one["cells"][0] if "cells" in one else one["metadata"]["name"]
    return int(name.rpartition("-")[2]) in numbers


def few(kind="ServiceAccount", count=6):
    """A cluster whose list fits onto one page: what comes when is for the test to say."""
    return Api(
        [
            {"kind": "Namespace", "metadata": {"name": "shop"}},
            *(object_of(kind, f"sa-{number}") for number in range(count)),
        ]
    )


ROUND = {"": (range(2), "a"), "a": (range(2, 4), "b"), "b": (range(4, 6), "")}


def test_pages_of_which_each_brings_something_are_read(live):
    api = few()
    paged(api, ROUND.get)
    shown = live(api)
    assert [one.metadata.name for one in shown.service_accounts] == [f"sa-{n}" for n in range(6)]
    assert shown.is_listed("ServiceAccount")


@pytest.mark.parametrize("metadata", [True, False])
@pytest.mark.parametrize(
    ("kind", "resource"),
    [
        ("ServiceAccount", "serviceaccounts"),
        ("Secret", "secrets"),
        ("CustomResourceDefinition", "customresourcedefinitions"),
    ],
)
@pytest.mark.parametrize(
    ("third", "words"),
    [
        ((range(4, 6), ""), None),
        ((range(3, 6), ""), None),  # one of them again, and others
        ((range(2, 4), ""), " after 4: its pages repeat"),
        ((range(1, 3), "c"), " after 4: its pages repeat"),  # of two pages, and with a new token
        ((range(0), "c"), " after 4: a page that is not its last is empty"),
        ((range(0), ""), None),
        ((range(4, 6), "a"), " after 6: its pages repeat"),
    ],
)
def test_a_page_without_a_new_object_ends_a_list(live, *, kind, resource, metadata, third, words):
    api = few(kind)
    paged(api, (ROUND | {"b": third, "c": third}).get, resource)
    shown = live(api, secret_metadata=metadata)
    bare = kind == "Secret" and not metadata
    if words is None:
        assert shown.is_listed(kind)
        assert not shown.unread
    elif not bare:
        assert why(shown, kind, resource) == words
    else:
        assert not shown.is_listed(kind)
        assert any(f"in shop broke off{words};" in one.message for one in shown.diagnostics)


def test_a_page_that_a_selector_leaves_empty_does_not_end_the_list(live):
    """As the API says of ``limit``: up to zero items, if all are filtered out."""
    api = few("Secret")
    original = api._list

    def selected(resource, namespace, request):
        if "fieldSelector" not in request.query:
            return original(resource, namespace, request)
        following = {"": "a", "a": "b", "b": ""}[request.query.pop("continue", "")]
        body = json.loads(original(resource, namespace, request).body)
        return found(body | {"metadata": {"continue": following}})

    api._list = selected
    shown = live(api, secret_metadata=False)
    assert shown.is_listed("Secret")
    assert len([one for one in asked(api, "secrets") if "fieldSelector" in one.query]) == 3


def test_an_object_with_the_name_of_another_is_new(live):
    """It was deleted and created meanwhile: its uid says so."""
    api = few()
    paged(api, ROUND.get)

    def renamed(body, _request):
        for one in body["items"]:
            one["metadata"]["name"] = "sa-0"

    changed(api, "serviceaccounts", renamed)
    assert live(api).is_listed("ServiceAccount")


@pytest.mark.parametrize("named", [True, False])
def test_objects_without_uids_have_their_names(live, named):
    """Some aggregated API servers give none."""
    api = few()
    paged(api, ROUND.get)

    def bare(body, _request):
        for one in body["items"]:
            del one["metadata"]["uid"]
            one["metadata"]["namespace" if named else "name"] = "sa-0"

    changed(api, "serviceaccounts", bare)
    assert live(api).is_listed("ServiceAccount") == named


@pytest.mark.parametrize("changing", [True, False])
def test_a_server_that_forgets_what_it_offers_itself_is_not_asked_for_ever(live, api, changing):
    """What it offers goes on as of now: no server forgets that."""

    def offered():
        value = {"rv": -1, "start": "shop/sa-00500", "n": changing and len(asked(api))}
        return {"continue": base64.urlsafe_b64encode(json.dumps(value).encode()).decode()}

    def gone(request, _reply):
        if request.resource != "serviceaccounts" or not token_of(request):
            return None
        if len(asked(api)) > 30:
            return Reply(500, b"")
        return Reply(410, json.dumps(EXPIRED | {"metadata": offered()}).encode())

    api.faults.append(gone)
    assert why(live(api)).startswith(" after 500: 410 The provided continue parameter is too old")
    assert len(asked(api)) == 7  # three beginnings, and what was offered at last


def test_a_server_that_forgets_after_each_page_comes_to_an_end(live, api):
    """The list is torn, but all of it was read."""
    offered = set()

    def gone(request, _reply):
        token = token_of(request)
        if request.resource != "serviceaccounts" or not token or token in offered:
            return None
        if [token_of(one) == "" for one in asked(api)].count(True) == 3:
            offered.add(token)
        return Reply(410, json.dumps(EXPIRED | {"metadata": {"continue": token}}).encode())

    api.faults.append(gone)
    shown = live(api)
    assert len(shown.service_accounts) == COUNT
    assert [one.code for one in shown.unread] == ["torn-list"]
    assert len(offered) == 2


# --- time --------------------------------------------------------------------------


ALL_AT_ONCE = {"qps": 0.001, "burst": 1000}
"""The limiter lets every request through, whatever the time."""


def load(api, folder, waits, **settings):
    with serving(api, folder) as running:
        wanted = Settings(
            kubeconfig=running.kubeconfig, pace=asleep(waits), **ALL_AT_ONCE, **settings
        )
        return load_live(wanted)


def before_each_page(api, times, after):
    """Let the server be busy some times before each page."""
    left = Counter()

    def fault(request, reply):
        if request.resource != "serviceaccounts":
            return None
        token = token_of(request)
        left[token] += 1
        return busy(after)(request, reply) if left[token] <= times else None

    api.faults.append(fault)


@pytest.mark.parametrize(
    ("times", "after", "settings", "words"),
    [
        (4, "49", {}, None),
        (4, "51", {}, " after 1,000: no end within 600 s (--list-timeout)"),
        (4, "51", {"list_timeout": 613}, None),
        (5, "60", {"list_timeout": 420}, " after 500: no end within 420 s (--list-timeout)"),
        (1, "7", {"list_timeout": 12.5}, " after 500: no end within 12.5 s (--list-timeout)"),
        (1, "7", {"list_timeout": 21.5}, None),
    ],
)
def test_a_list_has_ten_minutes(api, tmp_path, *, times, after, settings, words):
    before_each_page(api, times, after)
    waits = []
    shown = load(api, tmp_path, waits, **settings)
    assert sum(waits) <= settings.get("list_timeout", 600)
    if words is None:
        assert is_whole(shown)
    else:
        assert why(shown) == words


def busy(after, code=429):
    reply = status(code, "TooManyRequests", "please try again later")
    return lambda _request, _reply: reply._replace(headers={"Retry-After": after} if after else {})


@pytest.mark.parametrize(
    ("after", "times", "code", "expected", "words"),
    [
        ("60", 5, 429, [60.0] * 5, None),
        ("60", 6, 429, [60.0] * 5, ": 429 please try again later"),
        ("60", 5, 503, [60.0] * 5, None),
        ("60", 6, 503, [60.0] * 5, ": 503 please try again later"),
        ("61", 1, 429, [], ": 429, and a Retry-After of more than 60 s"),
        ("61", 1, 503, [], ": 503, and a Retry-After of more than 60 s"),
        ("9" * 5000, 1, 429, [], ": 429, and a Retry-After of more than 60 s"),
        ("\xb2", 1, 429, [0.125], None),  # a digit, but no number
        ("0", 5, 429, [], None),
        ("Wed, 21 Oct 2065 07:28:00 GMT", 1, 429, [0.125], None),  # the API counts seconds
    ],
)
def test_how_long_a_busy_server_is_waited_for(
    api, tmp_path, *, after, times, code, expected, words
):
    waits = []
    api.times(times, busy(after, code), "serviceaccounts")
    shown = load(api, tmp_path, waits)
    assert waits == expected
    assert len(asked(api)) == times + (3 if words is None else 0)
    if words is None:
        assert is_whole(shown)
    else:
        assert why(shown) == words


def test_no_wait_is_longer_than_what_is_left_for_the_list(api, tmp_path):
    waits = []
    api.times(5, busy("50"), "serviceaccounts")
    told = why(load(api, tmp_path, waits, list_timeout=120))
    assert told == ": no end within 120 s (--list-timeout)"
    assert waits == [50.0, 50.0]
    assert len(asked(api)) == 3


def test_a_request_may_not_take_longer_than_what_is_left_for_the_list(api, tmp_path):
    """Its own time would be a minute; this server takes seconds."""
    api.times(1, lambda _q, reply: reply._replace(slow=0.05), "serviceaccounts")
    with serving(api, tmp_path) as running:
        settings = Settings(kubeconfig=running.kubeconfig, pace=AT_ONCE, list_timeout=0.5)
        shown = load_live(settings)
    assert "the list of serviceaccounts broke off: no end within 0.5 s (--list-timeout)" in str(
        shown.diagnostics
    )
    assert len(asked(api)) <= 1


def test_the_limiter_does_not_wait_beyond_a_time():
    waits = []
    limiter = Limiter(0.1, 1, asleep(waits))
    assert limiter.wait(5.0)
    assert not limiter.wait(5.0)
    assert waits == []
    assert limiter.wait(10.5)
    assert waits == [10.0]
    assert not limiter.wait(9.0)


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), 1e12])
def test_the_time_of_a_list_is_a_number_of_seconds_up_to_a_day(seconds):
    with pytest.raises(UsageError, match="list_timeout must be "):
        Settings(list_timeout=seconds).checked()


# --- what people see ---------------------------------------------------------------


POLICY = "access:\n- secret: '*/*'\n  allow: ['user:*', 'group:*', 'sa:*/*']\n"
FAULTS = {
    "another kind": lambda _q, reply: found(json.loads(reply.body) | {"kind": "EventList"}),
    "repeated": lambda _q, reply: found(json.loads(reply.body) | {"metadata": {"continue": "x"}}),
    "busy": busy("3600"),
    "": lambda _q, _r: None,
}


@pytest.mark.parametrize("resource", ["rolebindings", "serviceaccounts", "pods"])
@pytest.mark.parametrize("fault", FAULTS)
def test_no_gate_passes_such_a_list(shop, tmp_path, fault, resource):
    (tmp_path / "policy.yaml").write_text(POLICY)
    shop.faults.append(
        lambda request, reply: (
            FAULTS[fault](request, reply) if request.resource == resource else None
        )
    )

    def run(*arguments):
        done = CliRunner().invoke(app, [*arguments, "--kubeconfig", path], obj=AT_ONCE)
        return done.exit_code, " ".join(done.stdout.split()), " ".join(done.stderr.split())

    with serving(shop, tmp_path) as running:
        path = running.kubeconfig
        check = "check", "--policy", str(tmp_path / "policy.yaml")
        code, _, err = run(*check)
        allowed, _, _ = run(*check, "--allow-unread", resource)
        _, out, _ = run("exposure")
    named = f"1 list was not read whole: {resource}; what that grants is unknown"
    assert (code, named in err) == ((2, True) if fault else (0, False))
    assert allowed == 0
    assert (f"Missing: the list of {resource} broke off" in out) == bool(fault)


def test_the_option_is_the_parameter(api, tmp_path):
    before_each_page(api, 1, "7")
    options = (f"--{name}={value}" for name, value in ALL_AT_ONCE.items())
    with serving(api, tmp_path) as running:
        command = ["exposure", "--kubeconfig", running.kubeconfig, *options, "--list-timeout", "12"]
        done = CliRunner().invoke(app, command, obj=asleep([]))
    assert "no end within 12 s (--list-timeout)" in " ".join(done.stderr.split())
    assert done.exit_code == 0
