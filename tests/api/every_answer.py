"""One answer of each question, about the bundled cluster."""

from pathlib import Path

import rbacgraph as rg
from rbacgraph.api.answers import Verification
from tests.report.records.verification import disputed

FIXTURES = Path(__file__).parents[2] / "fixtures"
SHOP = FIXTURES / "clusters/shop"
LOG = str(FIXTURES / "audit/shop.log")
POLICY = FIXTURES / "clusters/shop-access.yaml"
EXPIRED = "2026-07-01"
"""A day on which an entry of the policy has expired."""


def every_answer(folder):
    """Return the answers by question; a file is written to a folder.

    ``reach`` finds a certain path to a target, and a cheaper conditional one.
    """
    cluster, other = (
        rg.load(SHOP),
        rg.load(FIXTURES / "edges/annotate-token-secret/yes-invalid.yaml"),
    )
    suggestion = cluster.suggest(principal="sa:ci/runner", audit=LOG)
    saved = suggestion.render(folder / "suggestion.json")
    return {
        "paths": cluster.paths("*/*"),
        "reach": other.reach("user:alice"),
        "exposure": cluster.exposure(),
        "exposure_by": cluster.exposure_by("binding"),
        "admins": cluster.admins(),
        "risks": cluster.risks(),
        "fix_risks": cluster.fix_risks(1),
        "survey": cluster.survey(),
        "who_can": cluster.who_can("get", "secrets", namespace="shop"),
        "rights": cluster.rights("group:system:masters"),
        "usage": cluster.usage(LOG),
        "suggest": suggestion,
        "verify_suggestion": cluster.verify_suggestion(str(saved)),
        "cut": cluster.cut("shop/db-credentials"),
        "diff": rg.diff(cluster, [SHOP, FIXTURES / "review/ci-restarts.yaml"]),
        "check": cluster.check(POLICY, today=EXPIRED),
        "encryption": rg.encryption(str(FIXTURES / "encryption/good/aescbc.yaml")),
        "sops": rg.load(FIXTURES / "stores/sops/repo").sops(),
        "verify": Verification(disputed()),
    }


QUESTIONS = (
    *("paths", "reach", "exposure", "exposure_by", "admins", "risks", "fix_risks", "survey"),
    *("who_can", "rights", "usage"),
    *("suggest", "verify_suggestion", "cut", "diff", "check", "encryption", "sops", "verify"),
)
COUNTS_OTHER_THINGS = frozenset({"reach", "rights", "usage", "suggest", "diff", "check"})
"""The questions of whose answers ``len()`` counts other things than a frame has rows."""
