"""What is suggested from the logs of a real server: every call stays allowed, and no more."""

import gzip
import json
from collections import defaultdict
from functools import cache

import pytest

import rbacgraph as rg
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.match import rule_allows
from rbacgraph.authz.subjects import implied_groups
from rbacgraph.model.request import Request
from rbacgraph.sources.audit.audit import read_audit

NAMES = ("usage-1", "usage-2")


@cache
def recorded(root, name):
    """A recorded cluster, and by user the calls that a real server allowed.

    It let clients impersonate by constrained impersonation, and asked for that.
    """
    folder = root / "fixtures/audit"
    cluster = rg.load(str(folder / f"{name}.objects.json.gz"))
    truth = json.loads(gzip.decompress((folder / f"{name}.truth.json.gz").read_bytes()))
    calls = defaultdict(set)
    for call in truth["calls"]:
        if call["code"] != 403 and call["verb"] != "impersonate":
            calls[call["user"]].add(request(call))
    for caller in read_audit(folder / f"{name}.log.gz").callers:
        for act in caller.impersonations:
            calls[caller.user].update(act.checked)
    return cluster, dict(calls)


def request(call):
    where = [call[key] for key in ("verb", "group", "resource", "subresource", "namespace", "name")]
    return Request(call["verb"], path=call["path"]) if call["path"] else Request(*where)


@cache
def suggested(root, name, **options):
    cluster, _ = recorded(root, name)
    return cluster.suggest(audit=str(root / f"fixtures/audit/{name}.log.gz"), **options)


def after(answer, cluster):
    from rbacgraph.advice.changes.apply_changes import applied

    return Authorizer(applied(cluster.snapshot, answer.changes))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("split", [True, False, None])
def test_every_allowed_call_of_the_recordings_stays_allowed(root, name, split):
    cluster, calls = recorded(root, name)
    for user in sorted(calls):
        answer = suggested(root, name, principal=user, split=split, effect=False)
        rbac = after(answer, cluster)
        assert answer.changes
        for own in calls:
            for call in calls[own]:
                assert rbac.authorize(call, own, implied_groups(own)), (user, own, call)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_held_that_no_call_of_the_recordings_used(root, name):
    cluster, calls = recorded(root, name)
    for user, own in sorted(calls.items()):
        rbac = after(suggested(root, name, principal=user, split=True, effect=False), cluster)
        for binding in rbac.bindings_for(user, (), ""):
            unused_of(rbac, binding, "", own)
        for scope in {call.namespace for call in own}:
            for binding in rbac.bindings_for(user, (), scope):
                unused_of(rbac, binding, scope, own)


def unused_of(rbac, binding, scope, calls):
    """Every part of a rule is exactly one of the calls."""
    from rbacgraph.authz.coverage import breakdown

    if binding.metadata.namespace != scope:
        return
    for role in rbac.roles_of(binding):
        for rule in role.rules or ():
            for part in breakdown(rule):
                assert any(is_exactly(part, scope, call) for call in calls), (binding, part)


def is_exactly(part, scope, call):
    if not rule_allows(part, call) or "*" in {*part.verbs, *(part.resources or ())}:
        return False
    return call.path is not None or (
        call.namespace == scope and (part.resource_names or ("",)) == (call.name,)
    )


@pytest.mark.parametrize("name", NAMES)
def test_all_roles_at_once(root, name):
    """Of the shipped one nothing is left to those who were seen: each gets one of its own."""
    cluster, calls = recorded(root, name)
    answer = suggested(root, name)
    assert {(role.kind, role.name, role.action) for role in answer if role.action == "narrow"} == {
        ("ClusterRole", f"u{name[-1]}-ci", "narrow"),
        ("ClusterRole", f"u{name[-1]}-op", "narrow"),
    }
    rbac = after(answer, cluster)
    assert {b.role_ref.name for b in cluster.authorizer.bindings if b.subjects} >= {"edit"}
    for user, own in calls.items():
        for scope in {call.namespace for call in own}:
            bound = {binding.role_ref.name for binding in rbac.bindings_for(user, (), scope)}
            assert "edit" not in bound
        assert all(rbac.authorize(call, user, implied_groups(user)) for call in own)
