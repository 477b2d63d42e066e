"""What the golden files hold: every kind of answer, in every text format that it has.

``python -m tests.report.cases`` writes them and the schema anew; read the difference
before you keep it.
"""

import json
from pathlib import Path

import rbacgraph
import rbacgraph.report
from rbacgraph.report.advice.collector_manifest import collector_manifest
from rbacgraph.report.answer_formats import (
    check_report,
    cut_report,
    decision_report,
    diff_report,
    encryption_report,
    exposure_report,
    grantees_report,
    pages_report,
    paths_report,
    reach_report,
    recheck_report,
    suggest_report,
    usage_report,
    verify_report,
)
from rbacgraph.report.documents.as_json import json_schema
from rbacgraph.report.page.data import page_data
from rbacgraph.report.picture.canvas import Level
from rbacgraph.report.picture.dot import dot_text
from rbacgraph.report.picture.mermaid import mermaid_text
from rbacgraph.report.text.look import Look
from rbacgraph.sources.live.collector_role import collector_rules
from tests.report import cuts, diff_records, records, suggestions

GOLDEN = Path(__file__).parent / "golden"
PAGE_GOLDEN = Path(__file__).parent / "page.json"
ANSWERS = {
    "paths": paths_report(records.shop_paths()),
    "from-alice": paths_report(records.alice_paths()),
    "no-paths": paths_report(records.no_paths()),
    "secrets": paths_report(records.three_secrets()),
    "reach": reach_report(records.ci_reach()),
    "exposure": exposure_report(records.shop_exposure()),
    "yes": decision_report(records.yes()),
    "no": decision_report(records.no()),
    "unknown": decision_report(records.unknown()),
    "who-can": grantees_report(records.grantees()),
    "explain": pages_report(records.pages(), one=False),
    "page": pages_report(records.pages()[1:], one=True),
    "encryption": encryption_report(records.encryption()),
    "encryption-refused": encryption_report(records.refused()),
    "encryption-unseen": encryption_report(records.unseen()),
    "hostile-paths": paths_report(records.hostile_paths()),
    "hostile-reach": reach_report(records.hostile_reach()),
    "hostile-exposure": exposure_report(records.hostile_exposure()),
    "hostile-who-can": grantees_report(records.hostile_grantees()),
    "hostile-encryption": encryption_report(records.hostile_encryption()),
    "verified": verify_report(records.verified()),
    "disputed": verify_report(records.disputed()),
    "usage": usage_report(records.usage()),
    "unused": usage_report(records.no_usage()),
    "hostile-usage": usage_report(records.hostile_usage()),
    "suggest": suggest_report(suggestions.of_dana()),
    "suggest-all": suggest_report(suggestions.of_all()),
    "suggest-nothing": suggest_report(suggestions.of_nobody()),
    "suggest-tidy": suggest_report(suggestions.tidied()),
    "suggest-without": suggest_report(suggestions.without_secrets()),
    "suggest-guessed": suggest_report(suggestions.guessed()),
    "suggest-effect": suggest_report(suggestions.with_effect()),
    "recheck": recheck_report(suggestions.holding()),
    "recheck-cut": recheck_report(suggestions.holding_cut()),
    "recheck-changed": recheck_report(suggestions.changed()),
    "hostile-recheck": recheck_report(suggestions.hostile_recheck()),
    "hostile-suggest": suggest_report(suggestions.hostile()),
    "diff": diff_report(diff_records.shop_diff(), pages=records.pages()),
    "no-diff": diff_report(diff_records.no_diff()),
    "check": check_report(diff_records.shop_check(), pages=records.pages()),
    "no-check": check_report(diff_records.no_check()),
    "hostile-check": check_report(diff_records.hostile_check()),
    "hostile-diff": diff_report(diff_records.hostile_diff()),
    "cut": cut_report(cuts.proven()),
    "cut-impossible": cut_report(cuts.impossible()),
    "cut-unproven": cut_report(cuts.unproven()),
    "cut-nobody": cut_report(cuts.nobody()),
    "hostile-cut": cut_report(cuts.hostile()),
    "hostile-verification": verify_report(records.hostile_verification()),
}
_ENDINGS = {"table": "txt", "wide": "wide.txt", "mermaid": "mmd", "markdown": "md"}
_NOT_TEXT = frozenset({"svg", "png", "pdf"})
_ROLES = {"collector-role.yaml": False, "collector-role-with-secrets.yaml": True}
_LOOKS = {
    "suggest-all.cut.txt": ("suggest-all", Look(width=80, cut=80)),
    "suggest-all.colour.txt": ("suggest-all", Look(colour=True)),
    "paths.80.txt": ("paths", Look(width=80)),
    "paths.colour.txt": ("paths", Look(colour=True)),
    "exposure.cut.txt": ("exposure", Look(width=80, cut=80)),
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
    tenants = records.tenants_canvas().picture("Who gets at Secret shop/db", (), Level.NAMESPACES)
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
