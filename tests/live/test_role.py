"""The collector's role grants what collecting takes, and nothing else: the kernel says so."""

import io
import itertools

import pytest
import yaml

import rbacgraph
from rbacgraph.authz.questions.api_resources import VIRTUAL, known_resources
from rbacgraph.sources.load import load
from rbacgraph.sources.objects.object_kinds import KINDS
from tests.live.api import USUAL
from tests.live.replies import _PATH

BINDING = """
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: collector}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: rbacgraph-collector}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: collector}]
"""
VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
MORE_VERBS = ("impersonate", "bind", "escalate", "use", "approve", "sign", "*")


def _cluster(tmp_path, text):
    path = tmp_path / "role.yaml"
    path.write_text(text + BINDING)
    return rbacgraph.load(path, bootstrap=False)


def _granted(cluster):
    """Everything that any resource's every verb gives, in a namespace or without."""
    resources = {(r.group, r.resource, "") for r in (*known_resources(), *VIRTUAL)}
    resources |= {(r.group, r.resource, s) for r in known_resources() for s in r.subresources}
    resources |= {(w.groups[0], w.resource, "") for w in KINDS}
    resources |= {("*", "*", ""), ("", "*", ""), ("example.com", "things", "")}
    return {
        (group, resource, verb)
        for (group, resource, sub), verb in itertools.product(resources, (*VERBS, *MORE_VERBS))
        if cluster.can_i(verb, resource, group=group, subresource=sub, user="collector")
        or cluster.can_i(
            verb, resource, group=group, subresource=sub, namespace="x", name="y", user="collector"
        )
    }


@pytest.mark.parametrize("with_secrets", [False, True])
def test_it_grants_what_is_asked_for_and_nothing_else(tmp_path, with_secrets):
    cluster = _cluster(tmp_path, rbacgraph.collector_role(with_secrets=with_secrets))
    assert _granted(cluster) == {
        (wanted.groups[0], wanted.resource, verb)
        for wanted in KINDS
        for verb in wanted.verbs
        if with_secrets or wanted.name != "Secret"
    }
    for path in ("/", "/metrics", "/version", "/api"):
        assert not cluster.can_i("get", path=path, user="collector")


def test_nothing_but_reading_is_wanted():
    assert {verb for wanted in KINDS for verb in wanted.verbs} == {"get", "list"}


def test_each_group_has_one_rule_for_the_same_verbs():
    (role,) = yaml.safe_load_all(rbacgraph.collector_role())
    keys = [(tuple(rule["apiGroups"]), tuple(rule["verbs"])) for rule in role["rules"]]
    assert len(keys) == len(set(keys))


def test_the_manifest_is_one_that_the_server_takes():
    for with_secrets in (False, True):
        text = rbacgraph.collector_role(with_secrets=with_secrets)
        found = load(io.BytesIO(text.encode()))
        assert found.diagnostics == ()
        assert len(found.cluster_roles) == 1
        assert ("every Secret" in text) is with_secrets
        assert ("infers" in text) is not with_secrets


def test_it_is_enough(live, shop, tmp_path):
    """What collecting asked for, it lets do."""
    cluster = _cluster(tmp_path, rbacgraph.collector_role(with_secrets=True))
    shop.groups |= USUAL
    live(shop)
    asked = [(request, _PATH.match(request.path)) for request in shop.requests]
    lists = [(request, found) for request, found in asked if found and request.method == "GET"]
    assert len(lists) >= len(KINDS) - 1
    for request, found in lists:
        verb = "get" if found["name"] else "list"
        assert cluster.can_i(
            verb,
            found["resource"],
            group=found["group"] or "",
            namespace=found["namespace"] or "",
            name=found["name"] or "",
            user="collector",
        ), request.path
