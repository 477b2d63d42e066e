"""What the golden files hold: every kind of answer, in every text format that it has.

``python -m tests.report.cases`` writes them and the schema anew; read the difference
before you keep it.
"""

import json
from pathlib import Path

import rbacgraph
import rbacgraph.report
from rbacgraph.model.answers.groupings import GROUPINGS
from rbacgraph.report.advice.collector_manifest import collector_manifest
from rbacgraph.report.answer_formats import report_of
from rbacgraph.report.answers.coverage import coverage_report
from rbacgraph.report.answers.explain import pages_report
from rbacgraph.report.documents.as_json import json_schema
from rbacgraph.report.page.html import page_data
from rbacgraph.report.picture.dot import dot_text
from rbacgraph.report.picture.merge_level import MergeLevel
from rbacgraph.report.picture.mermaid import mermaid_text
from rbacgraph.report.text.layout.look import Look
from rbacgraph.sources.live.collector_role import collector_rules
from tests.report.records import (
    admins,
    catalogue,
    cuts,
    decisions,
    diff,
    encryption,
    exposure,
    exposure_by,
    paths,
    reach,
    rights,
    risks,
    sops,
    suggestions,
    usage,
    vault,
    verification,
)

GOLDEN = Path(__file__).parent / "golden"
PAGE_GOLDEN = Path(__file__).parent / "page.json"
ANSWERS = {
    "paths": report_of(paths.shop_paths()),
    "from-alice": report_of(paths.alice_paths()),
    "no-paths": report_of(paths.no_paths()),
    "nobody": report_of(paths.nobody()),
    "secrets": report_of(paths.three_secrets()),
    "reach": report_of(reach.ci_reach()),
    "exposure": report_of(exposure.shop_exposure()),
    "admins": report_of(admins.shop_admins()),
    "risks": report_of(risks.shop_risks()),
    "risk-fix": report_of(risks.fixed_risks()),
    "reviewed-risks": report_of(risks.reviewed_risks()),
    "no-risks": report_of(risks.no_risks()),
    "no-admins": report_of(admins.no_admins()),
    "reach-admin": report_of(reach.admin_reach()),
    "yes": report_of(decisions.yes()),
    "no": report_of(decisions.no()),
    "unknown": report_of(decisions.unknown()),
    "who-can": report_of(decisions.grantees()),
    "rights": report_of(rights.shop_rights()),
    "no-rights": report_of(rights.no_rights()),
    "explain": pages_report(catalogue.pages(), one=False),
    "page": pages_report(catalogue.pages()[1:], one=True),
    "coverage": coverage_report(catalogue.coverage()),
    "encryption": report_of(encryption.shop_encryption()),
    "encryption-refused": report_of(encryption.refused()),
    "encryption-unseen": report_of(encryption.unseen()),
    "sops": report_of(sops.shop_sops()),
    "sops-nothing": report_of(sops.no_sops()),
    "hostile-sops": report_of(sops.hostile_sops()),
    "hostile-paths": report_of(paths.hostile_paths()),
    "hostile-reach": report_of(reach.hostile_reach()),
    "hostile-exposure": report_of(exposure.hostile_exposure()),
    **{f"exposure-by-{by}": report_of(exposure_by.shop(by)) for by in GROUPINGS},
    "no-exposure-by": report_of(exposure_by.nothing()),
    "hostile-exposure-by": report_of(exposure_by.hostile()),
    "hostile-who-can": report_of(decisions.hostile_grantees()),
    "hostile-risks": report_of(risks.hostile_risks()),
    "hostile-admins": report_of(admins.hostile_admins()),
    "hostile-rights": report_of(rights.hostile_rights()),
    "hostile-encryption": report_of(encryption.hostile_encryption()),
    "verified": report_of(verification.verified()),
    "disputed": report_of(verification.disputed()),
    "usage": report_of(usage.shop_usage()),
    "unused": report_of(usage.no_usage()),
    "store-usage": report_of(usage.store_usage()),
    "hostile-usage": report_of(usage.hostile_usage()),
    "suggest": report_of(suggestions.of_dana()),
    "suggest-all": report_of(suggestions.of_all()),
    "suggest-nothing": report_of(suggestions.of_nobody()),
    "suggest-tidy": report_of(suggestions.tidied()),
    "suggest-without": report_of(suggestions.without_secrets()),
    "suggest-guessed": report_of(suggestions.guessed()),
    "suggest-effect": report_of(suggestions.with_effect()),
    "recheck": report_of(suggestions.holding()),
    "recheck-cut": report_of(suggestions.holding_cut()),
    "recheck-changed": report_of(suggestions.changed()),
    "hostile-recheck": report_of(suggestions.hostile_recheck()),
    "hostile-suggest": report_of(suggestions.hostile()),
    "diff": report_of(diff.shop_diff(), pages=catalogue.pages()),
    "no-diff": report_of(diff.no_diff()),
    "check": report_of(diff.shop_check(), pages=catalogue.pages()),
    "no-check": report_of(diff.no_check()),
    "hostile-check": report_of(diff.hostile_check()),
    "hostile-diff": report_of(diff.hostile_diff()),
    "vault-suggest": report_of(vault.suggested()),
    "hostile-vault-suggest": report_of(vault.hostile()),
    "cut": report_of(cuts.proven()),
    "cut-keeping-operators": report_of(cuts.keeping_operators()),
    "cut-impossible": report_of(cuts.impossible()),
    "cut-unproven": report_of(cuts.unproven()),
    "cut-nobody": report_of(cuts.nobody()),
    "hostile-cut": report_of(cuts.hostile()),
    "hostile-verification": report_of(verification.hostile_verification()),
}
_ENDINGS = {"table": "txt", "wide": "wide.txt", "mermaid": "mmd", "markdown": "md"}
_NOT_TEXT = frozenset({"svg", "png", "pdf"})
_ROLES = {"collector-role.yaml": False, "collector-role-with-secrets.yaml": True}
_LOOKS = {
    "suggest-all.cut.txt": ("suggest-all", Look(width=80, cut=80)),
    "suggest-all.colour.txt": ("suggest-all", Look(colour=True)),
    "paths.80.txt": ("paths", Look(width=80)),
    "paths.colour.txt": ("paths", Look(colour=True)),
    "paths.cut.txt": ("paths", Look(width=80, cut=80)),
    "paths.explain.txt": ("paths", Look(explain=(4, 2))),
    "secrets.cut.txt": ("secrets", Look(width=80, cut=80)),
    "secrets.explain.txt": ("secrets", Look(explain=(1,))),
    "reach.cut.txt": ("reach", Look(width=80, cut=80)),
    "reach.explain.txt": ("reach", Look(explain=(1, 3))),
    "exposure.cut.txt": ("exposure", Look(width=80, cut=80)),
    "risks.cut.txt": ("risks", Look(width=80, cut=80)),
    "admins.cut.txt": ("admins", Look(width=80, cut=80)),
    "rights.cut.txt": ("rights", Look(width=80, cut=80)),
    "diff.colour.txt": ("diff", Look(colour=True)),
    "encryption.cut.txt": ("encryption", Look(width=80, cut=80)),
    "encryption.colour.txt": ("encryption", Look(colour=True)),
}


def cases():
    """Each golden file's name and the text that it must hold."""
    for name, report in ANSWERS.items():
        for form in report.writers:
            if form in _NOT_TEXT or (name.startswith("hostile") and form == "wide"):
                continue
            ending = _ENDINGS.get(form, form)
            yield f"{name}.{ending}", report.render(form)
    for file, with_secrets in _ROLES.items():
        yield file, collector_manifest(collector_rules(with_secrets=with_secrets))
    tenants = paths.tenants_canvas().picture(
        "Who gets at Secret shop/db", (), MergeLevel.NAMESPACES
    )
    yield "tenants.dot", dot_text(tenants)
    yield "tenants.mmd", mermaid_text(tenants)
    for file, (name, look) in _LOOKS.items():
        yield file, ANSWERS[name].render("table", look)


def bundled_page():
    """The data of a page about the bundled cluster, but for the techniques' own pages."""
    data = page_data(rbacgraph.load("fixtures/clusters/shop").survey().result)
    del data["pages"]
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    schema = Path(rbacgraph.report.__file__).parent / "schema" / "v1.json"
    schema.write_text(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")
    GOLDEN.mkdir(exist_ok=True)
    for old in GOLDEN.iterdir():
        old.unlink()
    for file, text in cases():
        (GOLDEN / file).write_text(text, encoding="utf-8")
    PAGE_GOLDEN.write_text(bundled_page(), encoding="utf-8")
