"""Pictures: what is put together is alike, what is left out is said, names do no harm."""

import random
import re
import shutil
import subprocess
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.errors import RbacGraphError
from rbacgraph.model.answers.paths import UsedRight
from rbacgraph.report.picture import image as renderers
from rbacgraph.report.picture.canvas import ConditionNotes, fans
from rbacgraph.report.picture.dot import dot_text
from rbacgraph.report.picture.image import image
from rbacgraph.report.picture.merge_nodes import Link, merged
from rbacgraph.report.picture.palette import STROKES
from rbacgraph.report.picture.picture import (
    OVERVIEW_FROM,
    paths_picture,
    reach_picture,
    severity_of,
)
from tests.report.cases import ANSWERS
from tests.report.records.paths import hostile_paths, no_paths, read, shop_paths, three_secrets
from tests.report.records.reach import ci_reach
from tests.report.records.shared import HOSTILE, POLICY

SVG = "{http://www.w3.org/2000/svg}"
NAMES = st.sampled_from("abcdefg")


@pytest.fixture(params=["dot", "graphviz-pure"])
def renderer(request, monkeypatch):
    """Each of the two programs that draw, alone."""
    if request.param == "dot":
        if not shutil.which("dot"):
            pytest.skip("this machine has no dot")
    else:
        monkeypatch.setattr(renderers, "which", lambda name, path=None: found(name, path))
    return request.param


def found(name, path):
    """What there is on a machine without Graphviz."""
    return None if name == "dot" else shutil.which(name, path=path)


@given(st.lists(st.builds(Link, NAMES, NAMES, st.sampled_from("xy")), unique=True, max_size=20))
def test_what_is_said_of_a_box_holds_for_each_of_its_nodes(links):
    nodes = dict.fromkeys((n for link in links for n in (link.source, link.target)), "")
    boxes = merged(nodes, links)
    assert sorted(node for box in boxes for node in box) == sorted(nodes)
    box_of = {node: box for box in boxes for node in box}
    arrows = {(box_of[link.source], box_of[link.target], link.words) for link in links}
    said = {(a, b, words) for one, other, words in arrows for a in one for b in other}
    assert said == {tuple(link) for link in links}


@given(st.lists(st.builds(Link, NAMES, NAMES, st.sampled_from("xy")), unique=True, max_size=30))
def test_what_goes_through_a_point_is_said_of_all_that_it_leads_to(links):
    spread = fans(links)
    for (source, words), targets in spread.items():
        assert targets == {k.target for k in links if (k.source, k.words) == (source, words)}
    assert all(len(targets) > 2 for targets in spread.values())


def test_one_right_to_many_boxes_is_read_once():
    picture = paths_picture(spread_wide())
    labels = [arrow.label for arrow in picture.arrows if arrow.label]
    assert labels.count("get secrets in shop") == 2
    (hub,) = [box for box in picture.boxes if box.kind == "hub"]
    assert hub.heading == "all 3 Secrets"
    assert len([arrow for arrow in picture.arrows if arrow.target == hub.id]) == 2
    assert not [arrow for arrow in picture.arrows if arrow.source == hub.id]


def spread_wide():
    """Two who read three Secrets; another reads each of them by another right."""
    whole = three_secrets()
    secrets = []
    for number, secret in enumerate(whole.secrets):
        own = read(f"user:own-{number}", secret.secret)
        right = UsedRight(("get",), ("secrets",), (str(number),), "shop")
        own = replace(own, hops=(replace(own.hops[0], right=right),))
        many = read("user:alice", secret.secret), read("group:all", secret.secret)
        secrets.append(replace(secret, paths=(own, *many)))
    return replace(whole, secrets=tuple(secrets))


def test_principals_with_the_same_arrows_are_one_box():
    picture = paths_picture(shop_paths())
    (many,) = [box for box in picture.boxes if box.heading == "12 ServiceAccounts"]
    assert many.names[0] == "tenant-01/operator"
    assert many.more == "and 9 more"
    assert "serviceaccount:tenant-12/operator" in many.tooltip


def test_what_is_asked_and_who_starts_are_marked():
    picture = paths_picture(shop_paths())
    assert [box.names for box in picture.boxes if box.asked] == [("db-credentials",)]
    assert {box.kind for box in picture.boxes if box.starts} == {"user", "group", "serviceaccount"}
    assert [box.names for box in reach_picture(ci_reach()).boxes if box.asked] == [("ci",)]


def crowd(number):
    """That many paths, no two of one right."""
    whole = shop_paths()
    (secret,) = whole.secrets
    paths = [read(f"user:u{n}") for n in range(number)]
    paths = [replace(p, hops=(_by_name(p.hops[0], n),)) for n, p in enumerate(paths)]
    return replace(whole, secrets=(replace(secret, paths=tuple(paths), truncated=0),))


def _by_name(hop, number):
    right = UsedRight(("get",), ("secrets",), (f"s{number}",), "shop")
    return replace(hop, text=f"can get Secret s{number} in shop", right=right)


def test_two_hundred_paths_are_drawn_and_what_is_more_is_said():
    picture = paths_picture(crowd(200))
    assert [box.heading for box in picture.boxes if box.starts] == ["200 users"]
    assert [arrow.label for arrow in picture.arrows] == [
        "each: one of 200 ways, such as get secret s0"
    ]
    assert "Only" not in " ".join(picture.notes)
    picture = paths_picture(crowd(201), most=10)
    assert len(picture.arrows) == 10
    assert picture.notes == ("Only the 10 of least effort of 201 paths are shown",)


def test_few_paths_are_told_one_by_one():
    picture = paths_picture(crowd(20))
    assert len(picture.arrows) == 20
    assert not picture.notes


def test_more_are_drawn_where_they_are_alike():
    whole = crowd(300)
    (secret,) = whole.secrets
    alike = tuple(read(path.principal) for path in secret.paths)
    picture = paths_picture(replace(whole, secrets=(replace(secret, paths=alike),)))
    assert [box.heading for box in picture.boxes if box.starts] == ["300 users"]
    assert not picture.notes


def test_a_secret_whose_paths_are_left_out_is_not_shown_as_safe():
    whole = three_secrets()
    dear = [replace(hop, effort=9) for hop in whole.secrets[1].paths[0].hops]
    paths = (replace(whole.secrets[1].paths[0], hops=tuple(dear)),)
    secrets = (whole.secrets[0], replace(whole.secrets[1], paths=paths), whole.secrets[2])
    picture = paths_picture(replace(whole, secrets=secrets), most=2)
    assert [box.names for box in picture.boxes if box.asked] == [("api-key", "tls")]
    assert "Not shown: 1 Secret, to which only dearer paths lead" in picture.notes


def test_what_a_step_needs_beside_its_source_says_so():
    whole = shop_paths()
    (secret,) = whole.secrets
    path = read("user:alice")
    hop = replace(path.hops[0], others=("pod:shop/api", "pod:shop/web"))
    path = replace(path, hops=(hop,))
    picture = paths_picture(replace(whole, secrets=(replace(secret, paths=(path,)),)))
    labels = [arrow.label for arrow in picture.arrows]
    assert labels[1:] == ["needed too, with user:alice"] * 2
    assert len(picture.boxes) == 4  # it needs both, not either


def test_no_path_is_said():
    assert paths_picture(no_paths()).notes == ("No path was found",)


def test_paths_that_the_answer_leaves_out_are_said():
    assert "Not shown: 2 paths beyond --max-paths" in paths_picture(shop_paths()).notes


@pytest.mark.usefixtures("renderer")
@pytest.mark.parametrize("name", ["paths", "reach", "secrets", "no-paths", "hostile-paths"])
def test_both_renderers_draw_svg_and_png(name):
    report = ANSWERS[name]
    assert report.render("png").startswith(b"\x89PNG")
    assert ET.fromstring(report.render("svg")).tag == f"{SVG}svg"


def test_pdf_needs_the_systems(renderer, monkeypatch):
    if renderer == "dot":
        assert ANSWERS["paths"].render("pdf").startswith(b"%PDF")
        return
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RbacGraphError, match="cannot draw pdf"):
        ANSWERS["paths"].render("pdf")


@pytest.mark.usefixtures("renderer")
def test_no_name_acts_in_svg():
    evil = '&lt;script&gt;\\N\\G&#60;"]; x -> y <b>'
    result = hostile_paths()
    (secret,) = result.secrets
    path = replace(secret.paths[0], principal=f"user:{evil}")
    path = replace(path, hops=(replace(path.hops[0], source=path.principal),))
    places = ("javascript:alert(1)", "//evil.example/x", HOSTILE)
    for place in places:
        odd = replace(result, secrets=(replace(secret, paths=(path,), file=place),))
        root = ET.fromstring(image(dot_text(paths_picture(odd)), "svg"))
        tags = {element.tag.removeprefix(SVG) for element in root.iter()}
        assert tags <= {"svg", "g", "title", "a", "text", "path", "polygon", "polyline", "ellipse"}
        links = [v for e in root.iter() for k, v in e.attrib.items() if k.endswith("href")]
        assert links
        assert not [link for link in links if re.match(r"[a-zA-Z][\w+.-]*:|//|\\", link)]
        assert evil in [text.text for text in root.iter(f"{SVG}text")]


def _clustered(seed):
    """DOT with edges to and fro among clusters, on which the usual ranking fails with "trouble"."""
    rng = random.Random(seed)
    clusters, nodes = rng.randrange(3, 16), rng.randrange(20, 70)
    inside = {node: rng.randrange(-1, clusters) for node in range(nodes)}
    lines = ["digraph g {", "graph [rankdir=LR]", "subgraph cluster_legend {{rank=same; la; lb}}"]
    lines += [f"n{node}" for node in inside if inside[node] < 0]
    for cluster in range(clusters):
        members = [f"n{node}" for node in inside if inside[node] == cluster]
        lines += [f"subgraph cluster_{cluster} {{ {'; '.join(members)} }}"] if members else []
    for _ in range(rng.randrange(nodes, 3 * nodes)):
        lines.append(f'n{rng.randrange(nodes)} -> n{rng.randrange(nodes)} [label="x"]')
    return "\n".join([*lines, "}"]), nodes


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.usefixtures("renderer")
def test_clusters_at_which_the_usual_ranking_gives_up(seed):
    text, nodes = _clustered(seed)
    root = ET.fromstring(image(text, "svg"))
    titles = {title.text for title in root.iter(f"{SVG}title")}
    assert {f"n{node}" for node in range(nodes)} <= titles


@pytest.mark.skipif(not shutil.which("dot"), reason="this machine has no dot")
def test_the_usual_ranking_does_give_up():
    text, _ = _clustered(1)
    done = subprocess.run(["dot", "-Tsvg"], input=text.encode(), capture_output=True, check=False)
    if done.returncode == 0:
        pytest.skip("this version of Graphviz draws it")
    assert b"init_rank" in done.stderr


def _luminance(colour):
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_worse_the_darker_and_wider_so_that_it_survives_grey():
    strokes = [STROKES[severity] for severity in sorted(STROKES, reverse=True)][:4]
    greys = [_luminance(stroke.colour) for stroke in strokes]
    widths = [stroke.width for stroke in strokes]
    assert all(lighter - darker > 15 for darker, lighter in pairwise(greys))
    assert all(wide > narrow for wide, narrow in pairwise(widths))


def test_an_arrow_looks_like_the_easiest_path_that_takes_it():
    easy, hard = read("user:alice"), read("user:bob")
    hard = replace(hard, hops=(replace(hard.hops[0], effort=9),))
    conditional = replace(hard, hops=(replace(hard.hops[0], condition=POLICY),))
    looks = [severity_of(path).name for path in (easy, hard, conditional)]
    assert looks == ["CRITICAL", "MEDIUM", "LOW"]
    (secret,) = shop_paths().secrets
    both = replace(secret, paths=(easy, replace(conditional, principal="user:alice")))
    picture = paths_picture(replace(shop_paths(), secrets=(both,)))
    assert {(arrow.conditional, arrow.severity.name) for arrow in picture.arrows} == {
        (False, "CRITICAL"),
        (True, "LOW"),
    }


def test_conditions_are_notes_that_arrows_number():
    picture = paths_picture(shop_paths())
    (arrow,) = [arrow for arrow in picture.arrows if arrow.conditional]
    assert arrow.label == "get pods/exec * (if 1)"
    assert "1: the API server is older than Kubernetes 1.35" in picture.notes
    assert "the API server is older than Kubernetes 1.35" in arrow.tooltip


@pytest.fixture(scope="module")
def shop(root):
    return rg.load(root / "fixtures/clusters/shop")


def test_a_whole_cluster_has_one_hub_of_all_its_secrets(shop):
    found = shop.paths("*/*")
    picture = paths_picture(found.result)
    (hub,) = [box for box in picture.boxes if box.kind == "hub" and box.asked]
    assert hub.heading == f"all {len(found.result.secrets)} Secrets"
    assert set(hub.tooltip.split(", ")) == {secret.secret for secret in found.result.secrets}
    labels = {arrow.label for arrow in picture.arrows if arrow.target == hub.id}
    assert labels == {"get secrets *", "list secrets *"}


def namespaces(several):
    """Secrets of namespaces, each with a reader by name, and somebody who reads all of them."""
    secrets = []
    for place in (f"team-{number}" for number in range(several)):
        for name in "xyz":
            node = f"secret:{place}/{name}"
            readers = [
                _named(f"serviceaccount:{place}/app-{app}", node, f"{place}-{name}-{app}")
                for app in range(9)
            ]
            secret = replace(three_secrets().secrets[0], secret=node)
            secrets.append(replace(secret, paths=(read("user:root", node), *readers)))
    return replace(three_secrets(), secrets=tuple(secrets))


def _named(who, node, name):
    path = read(who, node)
    right = UsedRight(("get",), ("secrets",), (name,), node.split("/")[0].removeprefix("secret:"))
    return replace(path, hops=(replace(path.hops[0], right=right, text=f"can get {name}"),))


@pytest.mark.parametrize(("number", "whole"), [(OVERVIEW_FROM - 1, True), (8, False)])
def test_from_some_namespaces_on_each_is_one_box_and_the_picture_says_so(number, whole):
    picture = paths_picture(namespaces(number))
    said = [note for note in picture.notes if "what is in a namespace is one box" in note]
    assert bool(said) != whole
    if whole:
        return
    assert any("render -n NAMESPACE" in note for note in picture.notes)
    assert not [note for note in picture.notes if note.startswith("Only ")]
    (hub,) = [box for box in picture.boxes if box.kind == "hub"]
    assert hub.heading == f"all {3 * number} Secrets"
    drawn = set().union(*(box.tooltip.split(", ") for box in picture.boxes if not box.asked))
    assert "serviceaccount:team-0/app-0" in drawn


def test_a_picture_is_the_same_for_the_same_answer(shop):
    found = shop.paths("*/*").result
    assert dot_text(paths_picture(found)) == dot_text(paths_picture(found))
    turned = shop.paths("*/*").result
    assert dot_text(paths_picture(turned)) == dot_text(paths_picture(found))


def test_conditions_beyond_what_fits_are_said_to_be_elsewhere():
    many = [(f"condition {number}",) for number in range(12)]
    notes = ConditionNotes([*many, ("a", "b", "c", "d")])
    assert notes.mark(("condition 7",)) == " (if 8)"
    assert notes.mark(("condition 8",)) == " (if)"
    assert notes.mark(("a", "b", "c", "d")) == " (if one of 4)"
    assert len(notes.notes) == 9
    assert notes.notes[-1].startswith("if without a number: ")
    assert len(ConditionNotes(many[:8]).notes) == 8
