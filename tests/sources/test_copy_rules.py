"""What is kept of policies that copy Secrets."""

import pytest

from rbacgraph.model.kubernetes.copy_rules import NAMESPACES, WhichNamespace
from rbacgraph.sources.pods.copy_rules import copies_of

CONFIG_MAPS = ("", "configmaps")
CLONE = {"namespace": "shop", "name": "db"}


def rule(generate, kinds=("ConfigMap",), **more):
    return {"name": "r", "match": {"resources": {"kinds": [*kinds], **more}}, "generate": generate}


def generate(namespace="dev", clone=CLONE, **more):
    return {"kind": "Secret", "name": "copy", "namespace": namespace, "clone": clone, **more}


def copies(*rules, kind="ClusterPolicy"):
    return copies_of(kind, {"rules": [*rules]})


def said(one):
    """Return source, name, target and copy in short."""
    places = {WhichNamespace.GIVEN: None, WhichNamespace.OF_TRIGGER: "here"}
    source, target = (
        places.get(place.place, place.place.name) or place.namespace
        for place in (one.source, one.target)
    )
    return source, one.name, target, one.copy


@pytest.mark.parametrize(
    ("generated", "expected"),
    [
        (generate(), ("shop", "db", "dev", "copy")),
        (generate("{{request.object.metadata.namespace}}"), ("shop", "db", "here", "copy")),
        (generate("{{ request.namespace }}"), ("shop", "db", "here", "copy")),
        (
            generate("{{request.object.metadata.name}}"),
            ("shop", "db", "CALLED_AS_TRIGGER", "copy"),
        ),
        (generate("x-{{request.object.metadata.name}}"), ("shop", "db", "ANY", "copy")),
        (generate(name="{{request.object.data.x}}"), ("shop", "db", "dev", None)),
        (generate(clone={"namespace": "{{x}}", "name": "db"}), ("ANY", "db", "dev", "copy")),
        (generate(clone={"namespace": "shop", "name": "a-{{x}}"}), ("shop", "", "dev", "copy")),
        (
            {
                "namespace": "dev",
                "cloneList": {"namespace": "shop", "kinds": ["v1/ConfigMap", "v1/Secret"]},
            },
            ("shop", "", "dev", ""),
        ),
        (
            {"foreach": [{"list": "x", **generate("{{element}}")}]},
            ("shop", "db", "ANY", "copy"),
        ),
    ],
)
def test_a_rule_says_what_it_copies_whither(generated, expected):
    (found,) = copies(rule(generated))
    assert said(found) == expected
    assert found.triggers == (CONFIG_MAPS,)


@pytest.mark.parametrize(
    "generated",
    [
        None,
        [],
        "x",
        {"kind": "Secret", "name": "copy", "namespace": "dev", "data": {"stringData": {"a": "b"}}},
        generate(kind="ConfigMap"),
        generate(clone="db"),
        generate(clone={"namespace": "shop"}),
        {"cloneList": {"namespace": "shop", "kinds": ["v1/ConfigMap"]}},
        {"foreach": "x", "clone": [1]},
    ],
)
def test_a_rule_that_copies_no_secret_is_none(generated):
    assert copies(rule(generated), None, "x", rule(generated, kinds=(1, None))) == ()


@pytest.mark.parametrize(
    ("kinds", "triggers", "others"),
    [
        (("Namespace",), [(NAMESPACES,)], [False]),
        (("v1/ConfigMap", "apps/v1/Deployment"), [(CONFIG_MAPS, ("apps", "deployments"))], [False]),
        (("Namespace", "ConfigMap"), [(NAMESPACES,), (CONFIG_MAPS,)], [False, False]),
        (("Certificate",), [()], [True]),
        (("Pod/exec",), [()], [True]),
        (("Config*",), [(CONFIG_MAPS,)], [True]),
    ],
)
def test_kinds_trigger_a_rule_namespaces_apart(kinds, triggers, others):
    found = copies(rule(generate("{{request.object.metadata.name}}"), kinds))
    assert [one.triggers for one in found] == triggers
    assert [one.others for one in found] == others
    of_namespaces = [one.target.place == WhichNamespace.OF_TRIGGER for one in found]
    assert of_namespaces == [one.triggers == (NAMESPACES,) for one in found]


@pytest.mark.parametrize(
    ("operations", "on_creation"),
    [([], False), (["CREATE"], True), (["CREATE", "DELETE"], True), (["UPDATE"], False)],
)
def test_creation_alone_may_trigger_a_rule(operations, on_creation):
    (found,) = copies(rule(generate(), operations=operations))
    assert (found.triggers, found.on_creation) == ((CONFIG_MAPS,), on_creation)


@pytest.mark.parametrize(
    ("more", "guarded"),
    [
        ({}, False),
        ({"preconditions": {"all": [{"key": "{{x}}", "operator": "Equals", "value": "y"}]}}, True),
        ({"celPreconditions": [{"name": "x", "expression": "true"}]}, True),
        ({"preconditions": {}}, False),
        ({"exclude": {"any": [{"clusterRoles": ["cluster-admin"]}]}}, True),
        ({"exclude": {"any": [{"resources": {"namespaces": ["kube-system"]}}]}}, False),
    ],
)
def test_a_rule_says_whether_it_asks_for_more(more, guarded):
    (found,) = copies({**rule(generate()), **more})
    assert found.guarded == guarded


def test_a_rule_that_names_users_asks_for_more():
    match = {"any": [{"resources": {"kinds": ["ConfigMap"]}, "subjects": [{"kind": "User"}]}]}
    (found,) = copies({**rule(generate()), "match": match})
    assert found.guarded


def test_deletions_trigger_a_rule_for_others_alone():
    (found,) = copies(rule(generate(), operations=["DELETE"]))
    assert (found.triggers, found.others) == ((), True)


def test_a_namespace_is_in_its_own_namespace():
    names = {"namespaces": ["a-*"], "names": ["*-b"], "name": "?-b"}
    (found,) = copies(rule(generate(), ["Namespace"], **names))
    assert found.scope.within == (("a-*",), ("*-b",), ("?-b",))
    (found,) = copies(rule(generate(), **names))
    assert found.scope.within == (("a-*",),)
    selector = {"matchLabels": {"a": "b"}}
    assert not copies(rule(generate(), ["Namespace"], namespaceSelector=selector))


@pytest.mark.parametrize(
    ("exclude", "excluded"),
    [
        ({"resources": {"namespaces": ["dev"]}}, ("dev",)),
        ({"any": [{"resources": {"kinds": ["ConfigMap"], "namespaces": ["dev"]}}]}, ("dev",)),
        ({"any": [{"resources": {"kinds": ["Pod"], "namespaces": ["dev"]}}]}, ()),
        ({"any": [{"resources": {"namespaces": ["dev"]}, "subjects": [{"name": "x"}]}]}, ()),
        ({"any": [{"resources": {"namespaces": ["dev"], "names": ["x"]}}]}, ()),
        ({"all": [{"resources": {"namespaces": ["dev"]}}]}, ("dev",)),
        ({"all": [{"resources": {"namespaces": ["dev"]}}, {"subjects": []}]}, ()),
        ({"resources": {"namespaces": ["dev"], "namespaceSelector": {"matchLabels": 1}}}, ()),
    ],
)
def test_only_what_is_surely_left_out_is_kept(exclude, excluded):
    (found,) = copies({**rule(generate()), "exclude": exclude})
    assert found.scope.excluded == excluded


def policy(expression, target="'dev'", **match):
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "operations": ["CREATE"]}]
    return {
        "matchConstraints": {"resourceRules": rules, **match},
        "variables": [
            {"name": "s", "expression": expression},
            {"name": "n", "expression": "object.metadata.namespace"},
        ],
        "generate": [{"expression": f"generator.apply({target}, [variables.s])"}],
    }


@pytest.mark.parametrize(
    ("expression", "target", "expected"),
    [
        ('resource.get("v1", "secrets", "shop", "db")', "'dev'", ("shop", "db", "dev", "")),
        ('resource.Get("v1","secrets",variables.n,"db")', "'dev'", ("here", "db", "dev", "")),
        ("resource.List('v1', 'secrets', 'shop')", "variables.n", ("shop", "", "here", "")),
        (
            'resource.Get("v1", "secrets", "shop", object.data.x)',
            "object.data.y",
            ("shop", "", "ANY", ""),
        ),
        (
            '[{"metadata": {"name": "x"}, "d": resource.Get("v1","secrets","shop","db").data}]',
            "'dev'",
            ("shop", "db", "dev", None),
        ),
    ],
)
def test_a_generating_policy_copies_the_secrets_that_it_reads(expression, target, expected):
    (found,) = copies_of("GeneratingPolicy", policy(expression, target))
    assert said(found) == expected
    assert found.triggers == (CONFIG_MAPS,)


@pytest.mark.parametrize(
    "expression", ['resource.Get("v1", "configmaps", "shop", "db")', "object.data", "", None]
)
def test_a_generating_policy_without_secrets_copies_none(expression):
    assert copies_of("GeneratingPolicy", policy(expression)) == ()
