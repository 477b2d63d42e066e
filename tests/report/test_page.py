"""The page: whatever names say, only its own scripts run, and its data is the records'."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import rbacgraph.report.page
from rbacgraph.model.inputs.snapshot import Collected
from rbacgraph.model.printable import clean
from rbacgraph.report.page.html import embedded, page_data, page_pieces
from rbacgraph.report.page.tables import ITSELF, RelativePlaces
from rbacgraph.report.picture.palette import INKS, family
from rbacgraph.report.text.admins import admin_chain
from rbacgraph.report.text.paths.fold_paths import fold_principals
from rbacgraph.report.text.words import kind_of
from rbacgraph.techniques import catalogue
from tests.report.cases import PAGE_GOLDEN, bundled_page
from tests.report.records.shared import HOSTILE
from tests.report.records.survey import hostile_survey, shop_survey
from tests.worlds import fewer

ASSETS = Path(rbacgraph.report.page.__file__).parent / "assets"
BAITS = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!--<script>",
    "]]>",
    "&lt;b&gt;&amp;",
    "$csp${data}$$",
    "\u2028\u2029\u202e\ufeff\x00",
    "\udcff",
    "javascript:alert(1)",
    "\\u003c",
)
hostile = st.one_of(
    st.text(), st.sampled_from(BAITS), st.tuples(st.sampled_from(BAITS), st.text()).map("".join)
)


class Page(HTMLParser):
    """Elements with their attributes, and the text of scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.elements = []
        self.inside = {"script": [], "style": []}
        self._open = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag in self.inside:
            self._open = self.inside[tag]
            self._open.append("")

    def handle_endtag(self, tag):
        if tag in self.inside:
            self._open = None

    def handle_data(self, data):
        if self._open is not None:
            self._open[-1] += data

    @property
    def policy(self):
        (content,) = (
            attributes["content"]
            for tag, attributes in self.elements
            if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
        )
        return {part.split()[0]: part.split()[1:] for part in content.split("; ")}

    @property
    def data(self):
        return json.loads(self.inside["script"][0])


def source(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.fixture(scope="module")
def skeleton():
    """The elements of a page with harmless names."""
    return Page("".join(page_pieces(shop_survey()))).elements


@settings(max_examples=fewer(60))
@given(hostile)
def test_no_name_becomes_an_element(skeleton, name):
    text = "".join(page_pieces(hostile_survey(name)))
    text.encode()
    page = Page(text)
    assert page.elements == skeleton
    assert page.data == json.loads(embedded(page_data(hostile_survey(name))))


@settings(max_examples=fewer(200))
@given(st.recursive(hostile, lambda inner: st.lists(inner) | st.dictionaries(hostile, inner)))
def test_embedded_json_says_the_same_and_acts_nowhere(value):
    text = embedded(value)
    assert not set(text) & set("<>&\u2028\u2029")
    if "\udcff" not in str(value):
        assert json.loads(text) == value


def test_only_its_own_scripts_and_style_are_allowed():
    page = Page("".join(page_pieces(shop_survey())))
    kinds = [attrs for tag, attrs in page.elements if tag == "script"]
    assert kinds == [{"type": "application/json", "id": "data"}, {}, {}]
    assert page.policy == {
        "default-src": ["'none'"],
        "script-src": [source(text) for text in page.inside["script"][1:]],
        "style-src": [source(text) for text in page.inside["style"]],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["'none'"],
    }


def test_nothing_is_asked_for_and_nothing_runs_from_an_attribute():
    for tag, attributes in Page("".join(page_pieces(shop_survey()))).elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form"}
        assert not {"src", "href", "style", "action"} & attributes.keys()
        assert not [name for name in attributes if name.startswith("on")]


def test_scripts_write_text_only():
    for path in ASSETS.glob("*.js"):
        code = path.read_text()
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(", code
        )
        assert not re.search(
            r"\bfetch\b|XMLHttpRequest|WebSocket|import\(|https?://(?!www\.w3)", code
        )
        assert "</" not in code
        assert "<!--" not in code


def test_every_colour_of_the_palette_is_there():
    style = (ASSETS / "page.css").read_text()
    dark = (ASSETS / "dark.css").read_text()
    for name in INKS.keys() - {"each"}:  # a point of pictures alone
        (rule,) = re.findall(rf"\.box\.{name} rect[^{{\n]*{{(.*)}}", style)
        for variable in re.findall(r"var\((--[-a-z]+)\)", rule):
            assert f"{variable}:" in style
            assert f"{variable}:" in dark


TEXTS = [
    *(("text", back) for back in ("back", "panel", "active", "odd", "code")),
    *(("quiet", back) for back in ("back", "panel", "odd", "code")),
    *(("link", back) for back in ("back", "panel", "odd")),
    *(("condition", "back"), ("flag", "back"), ("flag", "panel"), ("flag-text", "flag")),
    *(("text", kind) for kind in ("user", "group", "serviceaccount", "secret", "pod", "node")),
]


def luminance(colour):
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", ["page.css", "dark.css"])
@pytest.mark.parametrize(("front", "back"), TEXTS)
def test_text_can_be_read(theme, front, back):
    """WCAG 2.2, 1.4.3: a contrast of 4.5 at least."""
    style = (ASSETS / theme).read_text()
    front, back = (re.findall(rf"--{name}: (#[0-9a-f]{{6}});", style)[0] for name in (front, back))
    light, dark = sorted(map(luminance, (front, back)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_the_library_is_what_its_note_says():
    note = (ASSETS / "dagre" / "README.md").read_text()
    library = (ASSETS / "dagre" / "dagre.min.js").read_bytes()
    assert f"`{hashlib.sha256(library).hexdigest()}`" in note
    licence = (ASSETS / "dagre" / "LICENSE").read_text()
    assert licence.strip() in Page("".join(page_pieces(shop_survey()))).inside["script"][1]


def test_same_survey_same_bytes():
    assert "".join(page_pieces(shop_survey())) == "".join(page_pieces(shop_survey()))


def test_names_are_escaped_as_in_the_text():
    data = page_data(hostile_survey())
    assert data["secrets"]["name"] == [clean(f"{HOSTILE}/{HOSTILE}")]
    assert all(text.isprintable() for text in strings({**data, "pages": {}}))


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings(item)


def told(data, number):
    """A route of the data as words: whom, and each hop with its evidence's places."""
    crowd, certain, effort, hops = data["routes"][number]
    heads = [
        (data["nodes"][principal][0], [data["evidence"][e][1] for e in own])
        for principal, own in data["crowds"][crowd]
    ]
    steps = []
    for hop in hops:
        technique, start, end, text, _, condition, evidence, _ = data["hops"][hop]
        ends = ["" if n == ITSELF else data["nodes"][n][0] for n in (start, end)]
        places = [data["evidence"][e][1] for e in evidence]
        words = (data["techniques"][technique], data["texts"][text], data["conditions"][condition])
        steps.append((*ends, *words, places))
    return heads, bool(certain), effort, steps


def test_routes_are_those_of_the_text():
    survey = shop_survey()
    data = page_data(survey)
    named = RelativePlaces(survey.files)
    (ways,) = data["ways"]
    paths = survey.ways[0].paths
    certain = fold_principals(path for path in paths if path.certain)
    conditional = fold_principals(path for path in paths if not path.certain)
    for number, route in zip(ways["routes"], (*certain, *conditional), strict=True):
        heads, sure, effort, steps = told(data, number)
        lead = route.lead
        assert tuple(name for name, _ in heads) == route.names
        assert (sure, effort) == (lead.certain, lead.effort)
        assert len(steps) == len(lead.hops)
        for path, (_, own) in zip(route.paths, heads, strict=True):
            here = path.principal
            for place, (hop, step) in enumerate(zip(path.hops, steps, strict=True)):
                start, end, technique, text, condition, places = step
                assert (start or here) == hop.source
                assert (end or path.target) == hop.target
                assert (technique, text, condition) == (
                    hop.edge,
                    hop.text,
                    str(hop.condition),
                )
                every = [*own, *places] if place == 0 else places
                assert sorted(every) == sorted(map(named.of_evidence, hop.evidence))
    assert ways["rest"] == [[], []]


def test_routes_beyond_the_limit_are_told_by_principal():
    survey = shop_survey()
    whole, cut = page_data(survey), page_data(survey, most=1)
    (every,), (some,) = whole["ways"], cut["ways"]
    assert len(some["routes"]) == 1
    left = {cut["nodes"][n][0] for part in some["rest"] for n in part}
    shown = {name for number in some["routes"] for name, _ in told(cut, number)[0]}
    assert left | shown == {path.principal for path in survey.ways[0].paths}
    assert len(every["routes"]) > 1


def test_secrets_are_the_rows_of_the_exposure():
    survey = shop_survey()
    data = page_data(survey)
    secrets = data["secrets"]
    for i, row in enumerate(survey.exposure.rows):
        assert data["nodes"][secrets["node"][i]][0] == row.secret
        assert secrets["certain"][i] == row.certain
        assert secrets["conditional"][i] == row.conditional
        assert secrets["members"][i] == row.members
        assert secrets["members_conditional"][i] == row.members_conditional
        chain = secrets["chains"][secrets["chain"][i]]
        assert tuple(data["techniques"][t] for t in chain) == row.cheapest
        opening = secrets["openings"][secrets["opening"][i]]
        assert {data["techniques"][t] for t in opening} == set(row.opening)
    assert secrets["ways"] == [0, 0, -1]
    assert {len(column) for name, column in secrets.items() if name in COLUMNS} == {3}


COLUMNS = ("namespace", "name", "type", "effort", "principal", "inferred", "place", "references")


def input_facts(survey):
    return dict(page_data(survey)["overview"]["input"])


def test_what_was_read_is_said():
    survey = shop_survey()
    facts = input_facts(survey)
    assert facts["Source"] == "2 files in k8s/shop/: rbac.yaml, secrets.yaml"
    assert facts["Places"] == "paths of files are relative to k8s/shop/"
    assert "not know" in facts["Collected"]
    live = Collected(context="prod", server="https://10.0.0.1", time="2026-01-31T12:00:00Z")
    facts = input_facts(replace(survey, collected=live))
    assert facts["Source"] == "prod (https://10.0.0.1)"
    assert facts["Collected"] == "2026-01-31T12:00:00Z"


@pytest.mark.parametrize(
    ("files", "root"),
    [
        (("k8s/shop/a.yaml", "k8s/shop/b.yaml"), "k8s/shop/"),
        (("k8s/shop/a.yaml", "k8s/shop-2/b.yaml"), "k8s/"),
        (("/srv/a.yaml", "/srv/x/b.yaml"), "/srv/"),
        (("/a.yaml", "/x/b.yaml"), ""),
        (("a.yaml", "x/b.yaml"), ""),
        (("dump/a.json",), "dump/"),
        (("<stdin>",), ""),
        ((), ""),
    ],
)
def test_places_are_relative_to_the_folder_of_all_files(files, root):
    places = RelativePlaces(files)
    assert places.root == root
    for file in files:
        assert root + places.of(file, 7) == f"{file}:7"
    assert places.of("elsewhere/c.yaml", 1) == "elsewhere/c.yaml:1"


@pytest.mark.parametrize(
    ("files", "collected", "options"),
    [
        (("dump.json",), None, ["-f", "dump.json"]),
        (("k8s/a.yaml", "k8s/b.yaml"), None, ["-f", "k8s/"]),
        (("a.yaml", "k8s/b.yaml"), None, ["-f", "a.yaml", "-f", "k8s/b.yaml"]),
        (("<stdin>",), None, ["-f", "-"]),
        (("prod.json",), Collected(context="prod"), ["-f", "prod.json"]),
        ((), Collected(context="prod"), ["--context", "prod"]),
        ((), Collected(context="in-cluster"), []),
    ],
)
def test_commands_read_the_same_input(files, collected, options):
    survey = replace(shop_survey(), files=files, collected=collected)
    assert page_data(survey)["options"] == options


def test_admins_are_those_of_the_answer():
    survey = shop_survey()
    data = page_data(survey)
    every = survey.admins.listed
    assert len(every) > 1
    for admin, (node, certain, effort, how, *_) in zip(
        every, data["overview"]["admins"], strict=True
    ):
        assert data["nodes"][node][0] == admin.principal
        assert (bool(certain), effort) == (admin.certain, admin.effort)
        assert how == admin_chain(admin)
    assert data["overview"]["shipped"] == len(survey.admins.shipped)
    assert page_data(replace(survey, admins=None))["overview"]["admins"] is None


def test_causes_are_those_of_the_answer():
    survey = shop_survey()
    data = page_data(survey)
    found = data["overview"]["risks"]
    assert dict(found["counts"]) == survey.risks.counts
    assert found["by_design"] == 1
    for risk, cause in zip(survey.risks.risks, found["causes"], strict=True):
        assert (cause["id"], cause["severity"]) == (risk.id, risk.severity)
        assert (cause["cause"], cause["fix"]) == (str(risk.text), str(risk.change))
        assert cause["pairs_alone"] == risk.opens.pairs_alone
        assert [data["nodes"][n][0] for n in cause["subjects"]] == list(risk.subjects)
        own = [one for one in risk.evidence if one.rule is not None]
        places = RelativePlaces(survey.files)
        assert own
        assert [data["evidence"][n][1] for n in cause["at"]] == [
            places.of_evidence(one) for one in own
        ]
    assert page_data(replace(survey, risks=None))["overview"]["risks"] is None


def test_each_technique_of_a_page_says_how_to_close_it():
    survey = replace(shop_survey(), techniques=catalogue.pages())
    structural = {edge.id for edge in catalogue.EDGES if edge.structural}
    pages = page_data(survey)["pages"]
    assert pages.keys() - structural
    for name, page in pages.items():
        assert page[4] or name in structural
        assert " ".join(page[3].split()).count(page[4])


def test_one_namespace_is_said_to_be_one():
    survey = shop_survey()
    one = replace(survey, exposure=replace(survey.exposure, namespace="shop"))
    assert page_data(one)["summary"].endswith("Only those of namespace shop are here.")
    assert "Only" not in page_data(survey)["summary"]


def test_an_empty_survey_is_a_page():
    survey = shop_survey()
    empty = replace(
        survey,
        exposure=replace(survey.exposure, rows=()),
        secrets=(),
        ways=(),
        beside=(),
        principals=(),
        left_out=0,
    )
    data = Page("".join(page_pieces(empty))).data
    assert data["summary"].startswith("No Secrets")


def test_nodes_have_the_colour_of_their_kind():
    data = page_data(shop_survey())
    assert [node[3] for node in data["nodes"]] == [
        family(kind_of(node[0])) for node in data["nodes"]
    ]


def test_the_data_of_the_bundled_cluster_is_the_golden_one(root, monkeypatch):
    monkeypatch.chdir(root)
    assert bundled_page() == PAGE_GOLDEN.read_text(encoding="utf-8")
