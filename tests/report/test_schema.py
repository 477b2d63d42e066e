"""The documents and their schema: one file, committed, that every output obeys."""

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import rbacgraph.report
from rbacgraph.model.answers.paths import UsedRight
from rbacgraph.model.condition import CERTAIN, Condition
from rbacgraph.model.inputs.need_evidence import How, NeedEvidence
from rbacgraph.model.phrase import Phrase
from rbacgraph.report.answer_formats import report_of
from rbacgraph.report.documents import access, catalogue, document, rights
from rbacgraph.report.documents.as_json import json_pieces, json_schema
from rbacgraph.report.documents.as_yaml import yaml_lines
from tests.report.cases import ANSWERS
from tests.report.records import admins, cuts, diff, paths, reach, risks
from tests.report.records.hops import read_hops, recorded_hops
from tests.report.records.shared import BEFORE_1_35, CONDITIONS

SCHEMA = Path(rbacgraph.report.__file__).parent / "schema" / "v1.json"
KINDS = {
    "rbacgraph/paths/v1": access.PathsDocument,
    "rbacgraph/reach/v1": access.ReachDocument,
    "rbacgraph/exposure/v1": access.ExposureDocument,
    "rbacgraph/exposure-by/v1": access.ExposureByDocument,
    "rbacgraph/can-i/v1": rights.DecisionDocument,
    "rbacgraph/who-can/v1": rights.GranteesDocument,
    "rbacgraph/admins/v1": access.AdminsDocument,
    "rbacgraph/risks/v1": document.RisksDocument,
    "rbacgraph/risk-fix/v1": document.RiskFixDocument,
    "rbacgraph/rights/v1": rights.RightsDocument,
    "rbacgraph/explain/v1": catalogue.EdgesDocument,
    "rbacgraph/coverage/v1": catalogue.CoverageDocument,
    "rbacgraph/encryption/v1": document.EncryptionDocument,
    "rbacgraph/sops/v1": document.SopsDocument,
    "rbacgraph/verify/v1": rights.VerifyDocument,
    "rbacgraph/usage/v1": rights.UsageDocument,
    "rbacgraph/suggest/v1": document.SuggestDocument,
    "rbacgraph/verify-suggestion/v1": document.RecheckDocument,
    "rbacgraph/diff/v1": document.DiffDocument,
    "rbacgraph/check/v1": document.CheckDocument,
    "rbacgraph/cut/v1": document.CutDocument,
    "rbacgraph/vault-suggest/v1": document.VaultSuggestDocument,
}


def test_committed_schema_is_that_of_the_code():
    assert json.loads(SCHEMA.read_text()) == json.loads(json.dumps(json_schema()))


def test_every_document_has_its_own_schema_name():
    assert set(KINDS.values()) == set(document.DOCUMENTS)


@pytest.mark.parametrize("name", ANSWERS)
def test_output_obeys_the_schema(name):
    read = json.loads(ANSWERS[name].render("json"))
    definitions = json_schema()["$defs"]
    check(read, {"$ref": f"#/$defs/{KINDS[read['schema']].__name__}"}, definitions)


def as_read(kind):
    """What makes a phrase of its words."""
    read = type(kind.__name__, (kind,), {"__str__": lambda self: self.subject[0]})
    return lambda words: read(None, (words,))


@pytest.mark.parametrize("name", ANSWERS)
def test_output_reads_back_as_the_same_document(name):
    text = ANSWERS[name].render("json")
    kind = KINDS[json.loads(text)["schema"]]
    said = {str(one): one for one in (CERTAIN, *CONDITIONS)}
    read_as = {
        Condition: said.__getitem__,
        **{kind: as_read(kind) for kind in (Phrase, *Phrase.__subclasses__())},
        NeedEvidence: lambda words: NeedEvidence.of(How.SAVED, words),
    }
    read = msgspec.json.decode(text, type=kind, dec_hook=lambda kind, text: read_as[kind](text))
    assert "".join(json_pieces(read)) == text


def test_json_lists_what_the_table_folds():
    read = json.loads(ANSWERS["paths"].render("json"))
    assert len(read["secrets"][0]["paths"]) == len(paths.shop_paths().secrets[0].paths)


def with_all_fields():
    """A path whose hop leaves no field empty."""
    hop = replace(
        paths.read("user:alice").hops[0],
        condition=BEFORE_1_35,
        others=("user:bob", "group:devs"),
        right=UsedRight(("get", "list"), ("secrets",), ("db", "tls"), "shop"),
    )
    result = paths.alice_paths()
    path = replace(result.secrets[0].paths[0], hops=(hop, hop))
    return replace(result, secrets=(replace(result.secrets[0], paths=(path,)),))


@pytest.mark.parametrize(
    "record",
    [
        with_all_fields(),
        paths.shop_paths(),
        paths.hostile_paths(),
        reach.ci_reach(),
        reach.admin_reach(),
        admins.shop_admins(),
        diff.shop_diff(),
        diff.shop_check(),
        cuts.unproven(),
        risks.shop_risks(),
    ],
    ids=lambda record: type(record).__name__,
)
def test_hops_are_those_of_the_record_field_by_field(record):
    read = [*read_hops(json.loads(report_of(record).render("json")))]
    assert read == [*recorded_hops(record)]
    assert read


def check(value, schema, definitions):
    """The part of JSON Schema that msgspec writes; unknown properties are refused."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        return check_any(value, schema["anyOf"], definitions)
    if "enum" in schema:
        assert value in schema["enum"]
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
    if schema.get("type") == "null":
        assert value is None
    elif "type" in schema:
        assert isinstance(value, kinds[schema["type"]])
    if isinstance(value, dict) and "properties" in schema:  # else it is a manifest: any object
        assert set(value) <= set(schema["properties"])
        assert set(schema["required"]) <= set(value)
        for key, item in value.items():
            check(item, schema["properties"][key], definitions)
    if isinstance(value, list):
        for item in value:
            check(item, schema["items"], definitions)
    return None


def check_any(value, choices, definitions):
    """One of the choices must fit."""
    for choice in choices:
        try:
            check(value, choice, definitions)
        except AssertionError:
            continue
        return
    raise AssertionError(value)


values = st.recursive(
    st.one_of(st.text(), st.integers(), st.booleans(), st.none()),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("abcd"), inner),
)


@given(st.dictionaries(st.sampled_from("abcd"), values, min_size=1))
def test_yaml_means_the_same_as_json(value):
    import yaml

    assert yaml.safe_load("\n".join(yaml_lines(value, ""))) == value
