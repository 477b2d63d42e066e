"""``--values FILE``: what the owner of a cluster says that its Secrets are worth."""

import json

SAID = """values:
- secret: shop/feature-*
  value: control
  reason: moves money
"""


def test_a_file_of_values_counts_in_exposure_and_risks(run, root, tmp_path):
    file = tmp_path / "values.yaml"
    file.write_text(SAID)
    cluster = "-f", str(root / "fixtures/clusters/shop"), "-o", "json"
    worth = {}
    severity = {}
    for options in ((), ("--values", str(file))):
        rows = json.loads(run("exposure", *cluster, *options)[1])["secrets"]
        worth[options] = {row["secret"]: row["value"] for row in rows}
        risks = json.loads(run("risks", *cluster, *options)[1])["risks"]
        severity[options] = {risk["name"]: risk["severity"] for risk in risks}
    before, after = worth.values()
    assert {name for name in after if after[name] != before[name]} == {"secret:shop/feature-flags"}
    assert after["secret:shop/feature-flags"] == "control"
    calm, alarmed = severity.values()
    assert (calm["feature-flags-reader"], alarmed["feature-flags-reader"]) == ("high", "critical")


def test_a_mistake_in_the_file_has_its_line(run, root, tmp_path):
    file = tmp_path / "values.yaml"
    file.write_text(SAID.replace("control", "huge"))
    status, _, said = run(
        "exposure", "-f", str(root / "fixtures/clusters/shop"), "--values", str(file)
    )
    assert status == 2
    assert f"{file}:3: 'huge' is no level" in said
