"""One hub for many Secrets: it says that somebody gets all of them, and that is so."""

from hypothesis import given, settings
from hypothesis import strategies as st

from rbacgraph.model.answers.paths import Hop, Path, UsedRight
from rbacgraph.model.condition import CERTAIN
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.report.picture.canvas import Canvas
from rbacgraph.report.picture.merge_level import MergeLevel
from rbacgraph.report.picture.palette import PictureSeverity
from tests.report.records.shared import POLICY
from tests.worlds import fewer

SECRETS = [f"secret:{place}/{name}" for place in "ab" for name in ("x", "y", "z")]
WHO = ["user:u", "user:v", "group:g", "serviceaccount:a/s", "serviceaccount:b/s"]
SCOPES = {"": SECRETS, "a": SECRETS[:3], "b": SECRETS[3:]}
EVIDENCE = (Evidence("RoleBinding", "a", "b", "rbac.yaml", 1),)


def reading(who, secret, right, condition=CERTAIN):
    hop = Hop("read-secret", who, secret, "can get it", 1, EVIDENCE, condition, right=right)
    return Path(who, secret, (hop,))


@st.composite
def answers(draw):
    """Paths of some principals: all Secrets of a scope, one by its name, or one that leads on."""
    paths = []
    for who in draw(st.lists(st.sampled_from(WHO), unique=True, min_size=1)):
        condition = draw(st.sampled_from([CERTAIN, CERTAIN, POLICY]))
        scope = draw(st.sampled_from(list(SCOPES)))
        everything = UsedRight(("get",), ("secrets",), (), scope)
        if draw(st.booleans()):
            paths += [reading(who, secret, everything, condition) for secret in SCOPES[scope]]
        secret = draw(st.sampled_from(SECRETS))
        place, name = secret.removeprefix("secret:").split("/")
        named = UsedRight(("get",), ("secrets",), (name,), place)
        paths.append(reading(who, secret, named))
        if draw(st.booleans()):
            first = reading(who, secret, named).hops[0]
            token = Hop("token-of", secret, "serviceaccount:a/t", "holds a token", 0, EVIDENCE)
            last = Hop("read-secret", token.target, SECRETS[0], "can get it", 1, EVIDENCE)
            paths.append(Path(who, SECRETS[0], (first, token, last)))
    return paths


def drawn(paths, level):
    """Draw the paths; return the picture, and the nodes of each box."""
    canvas = Canvas(hubs=True)
    for secret in SECRETS:
        canvas.asked(secret)
    for path in paths:
        canvas.starts(path.principal)
        canvas.draw(path, path.target, severity=PictureSeverity.LOW)
    picture = canvas.picture("", (), level)
    return picture, {box.id: set(box.tooltip.split(", ")) for box in picture.boxes}


def ends(picture):
    """Each arrow with words, by the boxes at its ends, and whether it is dashed."""
    points = {box.id for box in picture.boxes if box.kind == "each"}
    onward = {}
    for arrow in picture.arrows:
        onward.setdefault(arrow.source, []).append(arrow.target)
    for arrow in picture.arrows:
        if arrow.source not in points:
            for end in onward[arrow.target] if arrow.target in points else [arrow.target]:
                yield arrow.source, end, arrow.conditional


@given(paths=answers(), level=st.sampled_from(MergeLevel))
@settings(max_examples=fewer(300))
def test_every_step_is_drawn_to_its_end_or_to_a_hub_that_names_it(paths, level):
    picture, boxes = drawn(paths, level)
    arrows = set(ends(picture))
    for hop in {hop for path in paths for hop in path.hops}:
        inside = [
            (one, other)
            for one, sources in boxes.items()
            for other, targets in boxes.items()
            if hop.source in sources and hop.target in targets
        ]
        assert [e for e in inside if (*e, bool(hop.condition)) in arrows or e[0] == e[1]]


@given(paths=answers(), level=st.sampled_from([MergeLevel.SAME, MergeLevel.TIGHT]))
@settings(max_examples=fewer(300))
def test_what_leads_to_a_hub_gets_all_of_it(paths, level):
    picture, boxes = drawn(paths, level)
    hubs = {box.id for box in picture.boxes if box.kind == "hub"}
    so = {(hop.source, hop.target, bool(hop.condition)) for path in paths for hop in path.hops}
    for source, end, conditional in ends(picture):
        if end in hubs:
            assert {(a, b, conditional) for a in boxes[source] for b in boxes[end]} <= so


@given(paths=answers(), level=st.sampled_from(MergeLevel))
def test_a_secret_is_in_a_hub_or_a_box_and_each_hub_counts_right(paths, level):
    picture, boxes = drawn(paths, level)
    assert set(SECRETS) <= set().union(*boxes.values())
    for box in picture.boxes:
        if box.kind == "hub":
            assert box.heading == f"all {len(boxes[box.id])} Secrets"
            assert boxes[box.id] in [set(nodes) for nodes in SCOPES.values()]


@given(paths=answers())
def test_a_secret_that_leads_on_is_led_to_from_its_hub(paths):
    picture, boxes = drawn(paths, MergeLevel.SAME)
    hubs = {box.id for box in picture.boxes if box.kind == "hub"}
    onward = {hop.source for path in paths for hop in path.hops if hop.source in SECRETS}
    arrows = {(one, other) for one, other, _ in ends(picture)}
    for hub in hubs & {end for _, end in arrows}:
        for secret in onward & boxes[hub]:
            (alone,) = [b for b, nodes in boxes.items() if b not in hubs and secret in nodes]
            assert (hub, alone) in arrows
