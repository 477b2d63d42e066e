"""200 paths fit a page; what is drawn together for that is told of exactly those it holds of."""

import json
import re
import struct
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

import rbacgraph as rg
from rbacgraph.model.answers.paths import Hop, Path, UsedRight
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.report.picture.canvas import Canvas
from rbacgraph.report.picture.merge_level import MergeLevel
from rbacgraph.report.picture.page_size import LONG_SIDE, SHORT_SIDE
from rbacgraph.report.text.words import split_node
from tests.worlds import fewer

ASKED = "secret:a/db"
PLACES = "abc"
ACCOUNTS = [f"serviceaccount:{place}/{name}" for place in PLACES for name in "de"]
WHO = ["user:x", "user:y", "user:z", *ACCOUNTS]
RESOURCES = ("serviceaccounts/token", "pods")
LABEL = re.compile(
    r"(?:(?P<number>\d+) of these: )?(?P<each>each: )?(?P<words>.*?)"
    r"(?:; (?P<whom>(?:each )?to .*))?"
)


def right_hop(source, target, resource, place):
    """A step by one right in a namespace, or in all of them."""
    rests = Evidence("RoleBinding", place, "b", "rbac.yaml", 1)
    right = UsedRight(("create",), (resource,), (), place)
    return Hop("right", source, target, f"can create {resource}", 1, (rests,), right=right)


TOLD_OF_EACH = [level for level in MergeLevel if level is not MergeLevel.OVERVIEW]


@st.composite
def routes(draw):
    """Paths to a Secret over ServiceAccounts, each step a right in some namespace."""
    paths = []
    for _ in range(draw(st.integers(1, 9))):
        through = draw(st.lists(st.sampled_from(ACCOUNTS), unique=True, max_size=2))
        nodes = list(dict.fromkeys((draw(st.sampled_from(WHO)), *through, ASKED)))
        hops = []
        for source, target in pairwise(nodes):
            place = draw(st.sampled_from((split_node(target)[1], *PLACES)))
            hops.append(right_hop(source, target, draw(st.sampled_from(RESOURCES)), place))
        paths.append(Path(nodes[0], ASKED, tuple(hops)))
    return paths


def two_ways():
    """Two accounts get at one account each: one by its token, the other by a Pod."""
    for place, resource in zip("ab", RESOURCES, strict=True):
        source, target = f"serviceaccount:{place}/e", f"serviceaccount:{place}/d"
        last = right_hop(target, ASKED, "secrets", "")
        yield Path(source, ASKED, (right_hop(source, target, resource, place), last))


def steps_of(paths):
    """What is so: who does what to whom, and in which namespace."""
    steps = {}
    for hop in (hop for path in paths for hop in path.hops):
        place = hop.right.namespace
        where = f"in {place}" if place else "*"
        steps[hop.source, hop.target, f"create {hop.right.resources[0]} {where}"] = place
    return steps


def sorts(steps, level):
    """Group steps that one arrow may tell."""
    found = {}
    for (source, target, text), place in steps.items():
        own = place == split_node(source)[1]
        key = (
            () if level >= MergeLevel.TECHNIQUES else (text.replace(f" in {place}", " in {}"), own)
        )
        key = (text,) if level <= MergeLevel.TIGHT else key
        found.setdefault(key, {})[source, target, text] = place
    return list(found.values())


def is_true(label, steps, sources, targets):
    """Read a label as a person does: whether it is so of these steps, which are all of a sort."""
    read = LABEL.fullmatch(label)
    reached, places = {}, {}
    for (source, target, _), place in steps.items():
        reached.setdefault(source, set()).add(target)
        places.setdefault(source, set()).add(place)
    number = read["number"]
    if (len(reached) != int(number)) if number else (set(reached) != sources):
        return False
    if read["each"] and len(reached) == 1:
        return False
    if " ways, such as " in read["words"]:  # names no place of each
        told = ways_are_true(read["words"], steps, places)
        return told and whom_is_true(read["whom"], reached, dict.fromkeys(places, ()), targets)
    told = place_is_true(read["words"], steps, places)
    return told and whom_is_true(read["whom"], reached, places, targets)


def ways_are_true(words, steps, places):
    texts = {text for _, _, text in steps}
    ways = re.fullmatch(r"(one of |some of |)(\d+) ways, such as (.*)", words)
    alone = all(len({t for s, _, t in steps if s == source}) == 1 for source in places)
    fits = {"one of ": alone, "some of ": not alone, "": len(places) == 1}[ways[1]]
    return fits and len(texts) == int(ways[2]) and ways[3] in texts


def place_is_true(words, steps, places):
    texts = {text for _, _, text in steps}
    every = set().union(*places.values())
    some = re.search(r" in (?:its own namespace|(one of |some of |)(\d+) namespaces)", words)
    if not some:
        return texts == {words}
    if not all(text.replace(f" in {p}", some[0]) == words for (*_, text), p in steps.items()):
        return False
    if not some[2]:
        return all(held == {split_node(source)[1]} for source, held in places.items())
    alone = all(len(held) == 1 for held in places.values())
    fits = {"one of ": alone, "some of ": not alone, "": len(places) == 1}[some[1]]
    return fits and len(every) == int(some[2])


def whom_is_true(whom, reached, places, targets):
    def inside(namespaces):
        return {target for target in targets if split_node(target)[1] in namespaces}

    numbers = {len(held) for held in reached.values()}
    match whom:
        case None:
            return all(held in (targets, inside(places[who])) for who, held in reached.items())
        case "to those of its own namespace":
            return all(held == inside({split_node(who)[1]}) for who, held in reached.items())
        case "each to one of these":
            return numbers == {1}
        case "each to some of these":
            return max(numbers) > 1
    return len(reached) == 1 and whom == f"to {numbers.pop()} of these"


@example(paths=list(two_ways()), away=False, level=MergeLevel.TECHNIQUES)
@given(paths=routes(), away=st.booleans(), level=st.sampled_from(TOLD_OF_EACH))
@settings(max_examples=fewer(200))
def test_an_arrow_tells_what_is_so_and_all_of_it(paths, away, level):
    canvas = Canvas(from_asked=away)
    canvas.asked(ASKED)
    for path in paths:
        canvas.starts(path.principal)
        canvas.draw(path, ASKED)
    picture = canvas.picture("", (), level)
    boxes = {box.id: set(box.tooltip.split(", ")) for box in picture.boxes if box.kind != "each"}
    every = steps_of(paths)
    assert sorted(node for box in boxes.values() for node in box) == sorted(
        {node for source, target, _ in every for node in (source, target)}
    )
    onward = {}
    for arrow in picture.arrows:
        onward.setdefault(arrow.source, []).append(arrow.target)
    told = [
        (boxes[arrow.source], target, arrow.label)
        for arrow in picture.arrows
        if arrow.label
        for target in (
            [boxes[arrow.target]]
            if arrow.target in boxes
            else [boxes[end] for end in onward[arrow.target]]
        )
    ]
    for sources in boxes.values():
        for targets in boxes.values():
            between = {
                step: place
                for step, place in every.items()
                if step[0] in sources and step[1] in targets
            }
            labels = [label for a, b, label in told if a == sources and b == targets]
            groups = sorts(between, level)
            assert len(labels) == len(groups)
            for group in groups:
                assert any(is_true(label, group, sources, targets) for label in labels)
            for label in labels:
                assert any(is_true(label, group, sources, targets) for group in groups)
                assert away or level < MergeLevel.ONWARD or not LABEL.fullmatch(label)["number"]


@given(paths=routes(), away=st.booleans())
@settings(max_examples=fewer(100))
def test_an_overview_leaves_out_only_what_goes_on_inside_of_a_box(paths, away):
    canvas = Canvas(from_asked=away)
    canvas.asked(ASKED)
    for path in paths:
        canvas.starts(path.principal)
        canvas.draw(path, ASKED)
    picture = canvas.picture("", (), MergeLevel.OVERVIEW)
    boxes = {box.id: set(box.tooltip.split(", ")) for box in picture.boxes if box.kind != "each"}
    every = steps_of(paths)
    assert sorted(node for box in boxes.values() for node in box) == sorted(
        {node for source, target, _ in every for node in (source, target)}
    )
    onward = {}
    for arrow in picture.arrows:
        onward.setdefault(arrow.source, []).append(arrow.target)
    told = {}
    for arrow in picture.arrows:
        for end in [arrow.target] if arrow.target in boxes else onward[arrow.target]:
            if arrow.label:
                assert (arrow.source, end) not in told, "certain steps are one arrow"
                told[arrow.source, end] = arrow.label
    so = {}
    for source, target, text in every:
        ends = tuple(
            next(b for b, inside in boxes.items() if n in inside) for n in (source, target)
        )
        if ends[0] != ends[1]:
            so.setdefault(ends, set()).add(text)
    assert told.keys() == so.keys()
    for ends, texts in so.items():
        words, _, more = told[ends].partition(" (+")
        shown = set(words.split(", "))
        assert shown <= texts
        assert len(texts) - len(shown) == int(more.removesuffix(" more)") or 0)


GROUP = "rbac.authorization.k8s.io"


def may(place, name, resource, *subjects):
    """A role and its binding: whoever creates such objects; in the whole cluster reads Secrets."""
    kind = "Role" if place else "ClusterRole"
    verbs = ["get"] if resource == "secrets" else ["create"]
    rule = {"apiGroups": [""], "resources": [resource], "verbs": verbs}
    meta = {"name": name, "namespace": place}
    ref = {"apiGroup": GROUP, "kind": kind, "name": name}
    version = {"apiVersion": f"{GROUP}/v1", "metadata": meta}
    yield version | {"kind": kind, "rules": [rule]}
    yield version | {"kind": f"{kind}Binding", "roleRef": ref, "subjects": list(subjects)}


def many_namespaces():
    """In each of many namespaces its own group and accounts act for an account that reads all."""
    yield {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "shop"}}
    for number in range(66):
        place = f"team-{number}-of-the-company"
        team = {"apiGroup": GROUP, "kind": "Group", "name": f"oidc:team-{number}"}
        names = "operator", *(f"ci-{number}-{runner}" for runner in range(1 + number % 4))
        accounts = [{"kind": "ServiceAccount", "namespace": place, "name": name} for name in names]
        for account in accounts:
            meta = {"name": account["name"], "namespace": place}
            yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta}
        yield from may("", f"reader-{number}", "secrets", accounts[0])
        yield from may(place, "runners", "serviceaccounts/token", *accounts[1:])
        yield from may(place, "team", "pods" if number % 3 else "serviceaccounts/token", team)


def test_two_hundred_paths_fit_a_page_whatever_the_namespaces(tmp_path):
    file = tmp_path / "cluster.json"
    file.write_text(json.dumps({"kind": "List", "items": list(many_namespaces())}))
    found = rg.load(file).paths(secret="shop/db")
    assert len(found) > 200
    report = found.report()
    sides = sorted(struct.unpack(">II", report.render("png")[16:24]))
    assert sides[0] <= SHORT_SIDE
    assert sides[1] <= LONG_SIDE
    for words in ("each: create pods in one of 44 namespaces", "in its own namespace"):
        assert words in report.render("mermaid").replace("<br/>", " ")
