"""Accepted risks, and what became of risks since another input."""

from msgspec.structs import replace

from rbacgraph.advice.risks.review import compare, suppress_risks
from rbacgraph.model.answers.risk.risk_review import Suppression, Suppressions
from tests.report.records.risks import shop_risks

DAY = "2026-11-29"


def accepted(*entries):
    return Suppressions(
        file="accepted.yaml",
        entries=tuple(
            Suppression(id=key, reason="known", until=until, line=line)
            for line, (key, until) in enumerate(entries, 1)
        ),
    )


def ids(risks):
    return [risk.id for risk in risks]


def test_a_risk_that_somebody_accepts_is_no_longer_listed_but_kept_beside():
    before = shop_risks()
    after = suppress_risks(before, accepted(("bbbbbbbbbb", "")), today=DAY)
    assert ids(after.risks) == [one for one in ids(before.risks) if one != "bbbbbbbbbb"]
    assert [one.risk.id for one in after.review.suppressed] == ["bbbbbbbbbb"]
    assert after.by_design == before.by_design
    assert sum(after.counts.values()) == len(before.risks) - 1


def test_the_last_day_of_an_entry_still_counts_and_the_next_does_not():
    known = accepted(("bbbbbbbbbb", DAY))
    last, after = (suppress_risks(shop_risks(), known, today=day) for day in (DAY, "2026-11-30"))
    assert "bbbbbbbbbb" not in ids(last.risks)
    assert not last.review.expired
    assert "bbbbbbbbbb" in ids(after.risks)
    assert [one.id for one in after.review.expired] == ["bbbbbbbbbb"]
    assert not after.review.suppressed


def test_an_entry_without_a_risk_is_named_and_one_by_design_is_not():
    found = suppress_risks(
        shop_risks(), accepted(("eeeeeeeeee", ""), ("dddddddddd", "")), today=DAY
    )
    assert [one.id for one in found.review.unmatched] == ["eeeeeeeeee"]
    assert ids(found.by_design) == ["dddddddddd"]


def news(before, after):
    return [(one.id, one.news) for one in compare(before, after, since="x").review.changes]


def test_the_same_answer_has_no_news():
    found = compare(shop_risks(), shop_risks(), since="x")
    assert not found.review.changes
    assert not found.failing("low")


def test_what_comes_is_new_and_what_goes_is_fixed():
    whole = shop_risks()
    fewer = replace(whole, risks=whole.risks[1:])
    assert news(fewer, whole) == [("aaaaaaaaaa", "new")]
    assert news(whole, fewer) == [("aaaaaaaaaa", "fixed")]


def test_a_moved_file_is_no_news_nor_are_more_pairs():
    whole = shop_risks()
    first = whole.risks[0]
    moved = replace(
        first, file="elsewhere.yaml", line=99, opens=replace(first.opens, pairs_alone=8)
    )
    assert not news(whole, replace(whole, risks=(moved, *whole.risks[1:])))


def test_another_severity_is_a_change_and_fails_only_if_it_is_worse():
    whole = shop_risks()
    first = whole.risks[0]
    milder = replace(whole, risks=(replace(first, severity="low"), *whole.risks[1:]))
    assert news(milder, whole) == [("aaaaaaaaaa", "changed")]
    assert ids(compare(milder, whole, since="x").failing("high")) == ["aaaaaaaaaa"]
    assert not compare(whole, milder, since="x").failing("low")


def test_what_is_no_longer_by_design_is_a_change_that_fails():
    whole = shop_risks()
    first = whole.risks[0]
    needed = replace(whole, risks=whole.risks[1:], by_design=(replace(first, operator="x"),))
    assert news(needed, whole) == [("aaaaaaaaaa", "changed")]
    assert ids(compare(needed, whole, since="x").failing("critical")) == ["aaaaaaaaaa"]
    assert not compare(whole, needed, since="x").failing("low")


def test_without_another_input_each_risk_of_the_severity_or_worse_fails():
    found = shop_risks()
    numbers = {level: len(found.failing(level)) for level in ("critical", "high", "medium", "low")}
    assert numbers == {"critical": 1, "high": 2, "medium": 3, "low": 4}


def test_an_accepted_risk_is_no_news():
    whole = shop_risks()
    fewer = replace(whole, risks=whole.risks[1:])
    compared = compare(fewer, whole, since="x")
    found = suppress_risks(compared, accepted(("aaaaaaaaaa", "")), today=DAY)
    assert not found.review.changes
    assert not found.failing("low")
