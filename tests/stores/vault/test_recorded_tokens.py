"""Every recorded creation of a token."""

from rbacgraph.stores.vault.token_creation import created_policies, may_give
from tests.stores.vault.recorded import recorded


def test_token_creations():
    wrong = []
    creations = recorded("identity-tokens-escalation.json")["tokens"]
    for creation in creations:
        body = creation["body"]
        # The holders were made with no_default_policy, which takes a named "default" away as well.
        held = [policy for policy in creation["holder"] if policy != "default"]
        created = created_policies(
            held,
            sudo="mksudo" in held,
            role=creation["role"],
            requested=body.get("policies", ()),
            no_default=body.get("no_default_policy", False),
            no_parent=body.get("no_parent", False),
        )
        expected = None if creation["policies"] is None else tuple(creation["policies"])
        if created != expected:
            wrong.append((creation, created))
    assert not wrong
    assert len(creations) == 189


def test_who_may_give_a_policy():
    assert may_give("other", ["mk"], sudo=True)
    assert not may_give("other", ["mk"])
    assert not may_give("root", ["mk"], sudo=True)
    assert not may_give("other", ["mk"], role={})
    assert may_give("other", ["mk"], role={"allowed_policies_glob": ["o*"]})
    assert not may_give("other", ["mk", "other"], role={"disallowed_policies": ["other"]})
