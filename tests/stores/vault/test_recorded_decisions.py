"""Every recorded decision on a request, in both flavours."""

import pytest

from rbacgraph.stores.vault import Policies, PolicyTextError
from rbacgraph.stores.vault.durations import seconds
from rbacgraph.stores.vault.template import Alias, Entity
from tests.stores.vault.recorded import ANSWERS, default_policy, recorded

FLAVOURS = sorted(ANSWERS)


def decide(policies, request):
    wrapping = request.get("headers", {}).get("X-Vault-Wrap-TTL")
    return policies.allows(
        method=request["method"],
        path=request["path"],
        exists=request.get("exists"),
        parameters={**(request.get("body") or {}), **request.get("params", {})},
        wrapping=seconds(wrapping) if wrapping else None,
    )


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_random_worlds(flavour):
    asked, wrong = 0, []
    for world in recorded("random-worlds.json")["worlds"]:
        policies = Policies(world["policies"], flavour)
        for request in world["decisions"]:
            asked += 1
            if decide(policies, request) != request[ANSWERS[flavour]]:
                wrong.append((world["seed"], request))
    assert not wrong
    assert asked == 4200


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_targeted_scenarios(flavour):
    asked, wrong, refused = 0, [], []
    for scenario in recorded("targeted.json"):
        token = scenario.get("token") or {"policies": list(scenario["policies"])}
        texts = {
            name: text for name, text in scenario["policies"].items() if name in token["policies"]
        }
        if token.get("no_default_policy") is False:
            texts["default"] = default_policy()
        try:
            policies = Policies(texts, flavour)
        except PolicyTextError:
            refused.append(scenario["scenario"])
            continue
        for request in scenario.get("requests", ()):
            expected = request.get(ANSWERS[flavour])
            if expected is not None:
                asked += 1
                if decide(policies, request) != expected:
                    wrong.append((scenario["scenario"], request))
    assert not wrong
    by_both = {"path 'kv1/+*'", "path 'kv1/+/+*'", "legacy policy=list"}
    by_vault = {"kv1 capability scan", "kv2 capability scan"} | {
        scenario["scenario"]
        for scenario in recorded("targeted.json")
        if scenario["scenario"].startswith("openbao:")
    }
    assert set(refused) == (by_both if flavour == "openbao" else by_both | by_vault)
    assert asked == (1808 if flavour == "openbao" else 1567)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_policy_texts(flavour):
    wrong = []
    for text in recorded("policy-syntax.json"):
        vault = text["hashicorp_1_14"]
        accepted = (text if flavour == "openbao" else vault)["accepted"]
        if flavour == "openbao":
            capabilities = (text.get("capabilities") or {}).get("kv1/a")
        else:
            capabilities = vault.get("capabilities_kv1_a")
        try:
            found = Policies({"t": text["text"]}, flavour).capabilities("kv1/a")
        except PolicyTextError:
            found = None
        expected = tuple(sorted(capabilities)) if accepted else None
        if found != expected:
            wrong.append((text["text"], expected, found))
    assert not wrong


def test_templates_of_serviceaccounts():
    asked, wrong = 0, []
    for case in recorded("identity-tokens-escalation.json")["templates"]:
        if "alias" not in case:
            continue
        flags = case["policy_flags"]
        policies = Policies(
            {"t": case["policy"]},
            "openbao",
            entity=Entity(
                aliases=[
                    Alias(alias["mount_accessor"], alias["name"], metadata=alias["metadata"])
                    for alias in case["alias"]
                ]
            ),
            unchecked={
                "t": "/" * bool(flags.get("allow_slashes_in_identity_templates"))
                + "*+" * bool(flags.get("allow_wildcards_in_identity_templates"))
            },
        )
        for request in case["requests"]:
            asked += 1
            if decide(policies, request) != request["allowed"]:
                wrong.append((case["case"], request))
    assert not wrong
    assert asked == 264


def test_namespaces():
    asked, wrong = 0, []
    for case in recorded("identity-tokens-escalation.json")["namespaces"]:
        policies = Policies({"t": case["policy"]}, "openbao", namespace=case["policy_namespace"])
        for request in case["requests"]:
            asked += 1
            path = f"{request['namespace']}/{request['path']}".lstrip("/")
            if policies.allows(method=request["method"], path=path) != request["allowed"]:
                wrong.append((case, request))
    assert not wrong
    assert asked == 175
