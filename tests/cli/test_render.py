"""``rbacgraph render``."""

import json

import pytest


def test_paths_to_a_secret(run, shop):
    status, out, _ = run("render", "--secret", "shop/db", "-f", shop, "-o", "dot")
    assert status == 0
    assert "Who gets at Secret shop/db" in out
    assert out == run("paths", "--secret", "shop/db", "-f", shop, "-o", "dot")[1]


def test_a_secret_without_its_option(run, shop):
    asked = ("-f", shop, "-o", "dot")
    assert run("render", "shop/db", *asked) == run("render", "--secret", "shop/db", *asked)
    status, _, err = run("render", "shop/db", "more", *asked)
    assert status == 2
    assert "unexpected argument 'more'" in err


def test_svg_is_what_it_draws(run, shop):
    status, out, _ = run("render", "--secret", "shop/db", "-f", shop)
    assert status == 0
    assert out.startswith("<?xml")
    assert "</svg>" in out


def test_from_one_source(run, shop):
    asked = ("--secret", "db", "--from", "sa:shop/ci")
    out = run("render", *asked, "-f", shop, "-o", "dot")[1]
    assert "How serviceaccount:shop/ci gets at Secret shop/db" in out


@pytest.mark.parametrize("option", ["--from", "--principal"])
def test_a_blast_radius(run, shop, option):
    out = run("render", option, "sa:shop/ci", "-f", shop, "-o", "dot")[1]
    assert "What serviceaccount:shop/ci gets at" in out
    assert out == run("reach", "--from", "sa:shop/ci", "-f", shop, "-o", "dot")[1]


def test_a_namespace_and_everything(run, shop):
    one = run("render", "-n", "shop", "-f", shop, "-o", "dot")[1]
    assert one == run("paths", "--secret", "shop/*", "-f", shop, "-o", "dot")[1]
    everything = run("render", "-f", shop, "-o", "dot")[1]
    assert everything == run("paths", "--secret", "*/*", "-f", shop, "-o", "dot")[1]


def test_a_limit_is_said(run, shop):
    out = run("render", "--secret", "shop/db", "--limit", "1", "-f", shop, "-o", "dot")[1]
    assert "Only the 1 of least effort of " in out


def test_what_is_no_picture_is_refused(run, shop):
    status, _, err = run("render", "-f", shop, "-o", "json")
    assert status == 2
    assert "is not a picture format" in err
    assert "svg" in err


def test_of_many_secrets_the_most_exposed_are_drawn(run, root):
    shop = str(root / "fixtures" / "clusters" / "shop")
    exposed = json.loads(run("exposure", "-f", shop, "-o", "json")[1])["secrets"]
    out = run("render", "-f", shop, "-o", "dot", "--max-secrets", "1")[1]
    assert f"Who gets at Secret {exposed[0]['secret'].removeprefix('secret:')}" in out
    left = len(exposed) - 1
    assert f"Not shown: {left} Secrets, less exposed than these" in out
