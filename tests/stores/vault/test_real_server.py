"""A real OpenBao server decides random requests as the evaluator does."""

import random

from rbacgraph.advice.vault.policy_proof import PathNeed, TokenNeeds
from rbacgraph.advice.vault.smallest_policy import SmallestPolicy, smallest_policy
from rbacgraph.stores.vault import Policies, PolicyTextError, admits
from rbacgraph.stores.vault.token_creation import created_policies

SEGMENTS = ("app", "db", "team", "a+b", "one")
ENDS = ("", "", "", "/", "/*", "*")
WILD = (*SEGMENTS, "+", "+")
CAPABILITIES = ("create", "read", "update", "delete", "list", "deny", "patch", "scan", "sudo")
METHODS = ("GET", "LIST", "PUT", "DELETE", "SCAN")


def random_path(rng, segments=SEGMENTS):
    return "/".join(["kv1", *rng.choices(segments, k=rng.randint(1, 3))])


def random_policy(rng):
    stanzas = []
    for _ in range(rng.randint(1, 4)):
        path = random_path(rng, WILD) + rng.choice(ENDS)
        capabilities = rng.sample(CAPABILITIES, rng.randint(0, 4))
        written = ", ".join(f'"{capability}"' for capability in capabilities)
        stanzas.append(f'path "{path}" {{ capabilities = [{written}] }}')
    return "\n".join(stanzas)


def test_random_policies_and_requests(server):
    rng = random.Random(20261128)
    keys, asked, wrong = set(), 0, []
    for world in range(25):
        texts = {f"w{world}-{number}": random_policy(rng) for number in range(rng.randint(1, 3))}
        readable = {}
        for name, text in texts.items():
            status, _ = server.ask("PUT", f"sys/policies/acl/{name}", {"policy": text})
            try:
                Policies({name: text}, "openbao")
                readable[name] = text
            except PolicyTextError:
                assert status == 400, text
            else:
                assert status == 204, text
        token, policies = server.token(list(readable) or ["none"]), Policies(readable, "openbao")
        for _ in range(24):
            method, path = rng.choice(METHODS), random_path(rng)
            if method in {"PUT", "DELETE"} and path.count("/") == 1:
                path += "/leaf"
            body = {"v": "1"} if method == "PUT" else None
            status, _ = server.ask(method, path, body, token)
            exists = path in keys if method == "PUT" else None
            expected = policies.allows(method=method, path=path, exists=exists, parameters=body)
            asked += 1
            if (status != 403) != expected:
                wrong.append((texts, method, path, exists, status, expected))
            if method == "PUT" and status == 204:
                keys.add(path)
            if method == "DELETE" and status == 204:
                keys.discard(path)
    assert not wrong
    assert asked == 600


def test_capabilities_of_paths(server):
    rng = random.Random(7)
    wrong = []
    for _ in range(60):
        text = random_policy(rng)
        if "+*" in text:
            continue
        server.ask("PUT", "sys/policies/acl/capable", {"policy": text})
        token, path = server.token(["capable"]), random_path(rng)
        _, answer = server.ask("POST", "sys/capabilities-self", {"paths": [path]}, token)
        if not answer.get("data"):  # the token itself may not ask: ask as root for it
            _, answer = server.ask("POST", "sys/capabilities", {"token": token, "paths": [path]})
        found = Policies({"p": text}, "openbao").capabilities(path)
        if sorted(answer["data"][path]) != list(found):
            wrong.append((text, path, answer["data"][path], found))
    assert not wrong


def test_token_roles(server):
    rng = random.Random(3)
    names = ["g-in", "g-out", "mk", "default", "other"]
    making = 'path "auth/token/create*" { capabilities = ["update", "create"] }'
    server.ask("PUT", "sys/policies/acl/mk", {"policy": making})
    token, wrong = server.token(["mk"]), []
    for number in range(40):
        role = {
            f"{kind}_policies{end}": rng.sample([*names, "g-*"] if end else names, 2)
            for kind in ("allowed", "disallowed")
            for end in ("", "_glob")
            if rng.random() < 0.35
        }
        server.ask("POST", f"auth/token/roles/r{number}", role)
        body = {
            "policies": rng.sample(names, rng.randint(0, 2)),
            "no_default_policy": number % 3 == 0,
        }
        status, answer = server.ask("POST", f"auth/token/create/r{number}", body, token)
        given = tuple(sorted(answer["auth"]["policies"])) if status == 200 else None
        expected = created_policies(
            ["mk"], role=role, requested=body["policies"], no_default=body["no_default_policy"]
        )
        if given != expected:
            wrong.append((role, body, given, expected))
    assert not wrong


def test_roles_are_read_as_the_server_prints_them(server):
    server.ask("POST", "sys/auth/kubernetes", {"type": "kubernetes"})
    written = {
        "bound_service_account_names": "app,web-*",
        "bound_service_account_namespaces": ["prod"],
        "bound_service_account_namespace_selector": '{"matchLabels": {"env": "prod"}}',
        "token_policies": "App",
    }
    status, answer = server.ask("POST", "auth/kubernetes/role/shop", written)
    assert status in {200, 204}, answer
    role = server.ask("GET", "auth/kubernetes/role/shop")[1]["data"]
    assert admits(role, namespace="prod", serviceaccount="web-1")
    assert admits(role, namespace="eu", serviceaccount="app", namespace_labels={"env": "prod"})
    assert not admits(role, namespace="eu", serviceaccount="app", namespace_labels={"env": "dev"})
    assert not admits(role, namespace="prod", serviceaccount="web")


def test_a_suggested_policy_does_on_a_server_what_its_proof_says(server):
    """Needs stay, and what was refused is refused: asked of the server before and after."""
    rng = random.Random(4)
    smaller, wrong = 0, []
    for _ in range(25):
        texts = {name: random_policy(rng) for name in ("mine", "other")}
        if any(
            server.ask("PUT", f"sys/policies/acl/{n}", {"policy": t})[0] != 204
            for n, t in texts.items()
        ):
            continue
        token = server.token(["mine", "other"])
        paths = sorted({random_path(rng) for _ in range(12)})
        before = capabilities(server, token, paths)
        chosen = rng.sample(paths, 3)
        needs = [
            PathNeed(one, path)
            for path in chosen
            for one in before[path]
            if one in {"create", "read", "update", "delete"}
        ]
        held = TokenNeeds(("mine", "other"), needs=tuple(needs))
        found = smallest_policy("mine", texts, [held], "openbao")
        if not isinstance(found, SmallestPolicy):
            continue
        smaller += 1
        assert server.ask("PUT", "sys/policies/acl/mine", {"policy": found.text})[0] == 204
        after = capabilities(server, token, paths)
        wrong += [(texts, path) for path in paths if not after[path] - {"deny"} <= before[path]]
        wrong += [(texts, need) for need in needs if need.capability not in after[need.path]]
    assert not wrong
    assert smaller > 5


def capabilities(server, token, paths):
    _, answer = server.ask("POST", "sys/capabilities", {"token": token, "paths": paths})
    return {path: set(answer["data"][path]) for path in paths}
