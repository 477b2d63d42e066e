"""Words of answers stand beside their codes, or in ``report/``, and nowhere else."""

import ast
import re
from importlib import import_module
from pathlib import Path
from string import Formatter

import pytest

from rbacgraph.model.phrase import FORMS, Code
from tests.tables import each_of

PACKAGE = Path(__file__).parents[1] / "rbacgraph"
ROOMS = (
    "advice",
    "api",
    "authz",
    "encryption_at_rest",
    "facts",
    "graph",
    "model",
    "query",
    "stores",
)
ROWS = "codes, each in a row with its words, and how a subject is put into these"
MESSAGES = "what is wrong with the input or a question, worded where it is found, as errors are"
KUBERNETES = "what an API server itself would answer, in its words, and what that rests on"
TECHNIQUES = "a hop or its evidence, worded with the technique that it belongs to"
NAMES = "names of projects, kinds and markers, and the text of a policy"
SHOWN_IN_PYTHON = "the title of an answer as repr() and a notebook show it, and HTML around it"
EXCEPTIONS = {
    ROWS: (
        "model/answers/added_words.py",
        "model/answers/assumption.py",
        "model/answers/encryption_at_rest/encrypted_files.py",
        "model/answers/encryption_at_rest/encryption_text.py",
        "model/answers/inference.py",
        "model/answers/risk/cause_text.py",
        "model/answers/risk/entry.py",
        "model/answers/risk/risk_text.py",
        "model/answers/risk/secret_value.py",
        "model/answers/vault_reason.py",
        "model/changes/statement.py",
        "model/condition.py",
        "model/inputs/blind_spot.py",
        "model/inputs/need_evidence.py",
        "model/phrase.py",
    ),
    MESSAGES: (
        "advice/needs/needs.py",
        "api/graph_walks.py",
        "authz/aggregate.py",
        "authz/bootstrap_policy.py",
        "authz/questions/api_resources.py",
        "authz/questions/can_i.py",
        "model/did_you_mean.py",
        "model/inputs/unread.py",
        "model/repeated_keys.py",
        "model/memory/unpack_limit.py",
        "query/access/rights.py",
        "query/subject/source.py",
        "stores/vault/durations.py",
        "stores/vault/hcl/json_form.py",
        "stores/vault/hcl/strings.py",
        "stores/vault/hcl/tokens.py",
        "stores/vault/hcl/tree.py",
        "stores/vault/policy_text.py",
        "stores/vault/template.py",
    ),
    KUBERNETES: (
        "authz/always_allow.py",
        "authz/authorizer.py",
        "authz/kubernetes_words.py",
        "authz/questions/escalation_check.py",
        "authz/questions/unseen_grants.py",
        "authz/questions/escalation_check.py",
        "encryption_at_rest/kms_endpoint.py",
    ),
    TECHNIQUES: (
        "facts/admission/security_context_constraints.py",
        "facts/external/aws_stores.py",
        "facts/external/vault_evidence.py",
        "facts/external/vault_stores.py",
        "facts/nodes/node_roles.py",
        "facts/pods/container_escapes.py",
        "facts/secrets/secret_uses.py",
        "facts/writable_objects.py",
        "graph/attack_graph.py",
        "graph/conjunctions/constrained_actors.py",
        "graph/conjunctions/constrained_grants.py",
        "graph/conjunctions/role_rights.py",
        "graph/conjunctions/self_bound_roles.py",
        "model/answers/paths.py",
        "model/effort.py",
        "stores/steps.py",
        "stores/vault/logins.py",
    ),
    NAMES: (
        "advice/changes/managers.py",
        "advice/rewrite/operators.py",
        "advice/vault/write_policy.py",
        "encryption_at_rest/resource_storage.py",
        "facts/external/aws_stores.py",
        "facts/external/cloud_stores.py",
        "facts/external/controllers.py",
        "model/kubernetes/external_secrets.py",
        "model/node.py",
        "query/rights/unlogged_rights.py",
        "stores/vault/escalations/policy_texts.py",
        "stores/vault/mount_owners.py",
    ),
    SHOWN_IN_PYTHON: (
        "api/answers/kinds.py",
        "api/answers/base.py",
        "api/answers/slices.py",
    ),
}
EXCEPTED = {file: reason for reason, files in EXCEPTIONS.items() for file in files}
WORD = re.compile(r"(?:^|[\s\0(])[a-z]{2,}[,.;:)]*(?:[\s\0]|$)")
"""A word of a sentence: lower-case letters between spaces, or beside a part that is filled in."""
COMMANDS = ("kubectl ", "--")
UNREAD = {"Diagnostic", "TypeVar", "cast", "compile", "did_you_mean"}
"""Calls whose texts are no words of an answer: messages, types and patterns."""


def prose(source):
    """The line and text of what reads like part of a sentence in a module."""
    tree = ast.parse(source)
    skipped = {inner for node in ast.walk(tree) for inner in no_prose(node)}
    for node in ast.walk(tree):
        if node not in skipped and reads_like_prose(text := text_of(node)):
            yield node.lineno, text.replace("\0", "{}")


def no_prose(node):
    """What of a node is a docstring, a message of an error, a type, or said as a whole."""
    if isinstance(node, ast.JoinedStr):
        yield from node.values
    if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
        yield from ast.walk(node.annotation)
    if isinstance(node, ast.FunctionDef) and node.returns is not None:
        yield from ast.walk(node.returns)
    if is_unread(node):
        yield from ast.walk(node)


def is_unread(node):
    """Whether no answer shows the texts of a node."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.FunctionDef):
        return node.name == "__repr__"
    if isinstance(node, ast.AnnAssign):
        return ast.unparse(node.annotation) == "TypeAlias"
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func).rpartition(".")[2]
        return called.endswith("Error") or called in UNREAD
    return isinstance(node, ast.Raise | ast.Assert)


def text_of(node):
    """A text, with a mark for each part that is filled in."""
    if isinstance(node, ast.JoinedStr):
        parts = (one.value if isinstance(one, ast.Constant) else "\0" for one in node.values)
        return "".join(parts)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def reads_like_prose(text):
    return " " in text and not text.startswith(COMMANDS) and WORD.search(text) is not None


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_makes_no_words_but_in_files_that_are_excepted(room):
    """What an answer states is a code, whose row in ``model/`` has its words."""
    found = {
        f"{file}:{line}: {text}"
        for path in sorted((PACKAGE / room).rglob("*.py"))
        if (file := path.relative_to(PACKAGE).as_posix()) not in EXCEPTED
        for line, text in prose(path.read_text(encoding="utf-8"))
    }
    assert found == set()


@each_of(EXCEPTED)
def test_each_exception_is_needed(file):
    assert any(prose((PACKAGE / file).read_text(encoding="utf-8"))), EXCEPTED[file]


@pytest.mark.parametrize(
    "source",
    [
        "note = f'{role} is not edited'",
        "note = 'no evidence about ' + name",
        "yield_ = ['first', f'take out {what}']",
        "def f():\n    return f'{one} and {two}'",
        "why = {1: 'it is kept'}",
        "call(why='nobody has it any more')",
    ],
)
def test_a_sentence_is_found(source):
    assert list(prose(source))


@pytest.mark.parametrize(
    "source",
    [
        "'''A docstring of a module.'''",
        "raise UsageError(f'{text} names no Secret', advice='write a name')",
        "x = Diagnostic('f', 1, 'code', f'{name} is bound to nobody', 'it was left out')",
        "def f(x: 'list of str') -> 'a tuple':\n    '''Return it.'''\n    return f'{x}/{x}'",
        "command = f'kubectl delete {kind} {name}'",
        "key = f'{kind} {namespace}/{name}'",
        "option = '--verbs read'",
    ],
)
def test_what_no_answer_words_is_passed_over(source):
    assert not list(prose(source))


for file in EXCEPTIONS[ROWS]:
    import_module(f"rbacgraph/{file}".removesuffix(".py").replace("/", "."))
CODES = [code for kind in Code.__subclasses__() for code in kind]
NUMBERS = {"", ",", "g"}
"""How Python itself writes numbers in texts."""


def texts_of(code):
    """The texts of a row: words, short words, advice."""
    return [text for text in vars(code).values() if isinstance(text, str) and text != code.name]


@each_of(CODES)
def test_each_code_has_words_that_can_be_filled_in(code):
    assert bool(code.words) is (code.name != "NOTHING")
    for text in texts_of(code):
        forms = {form for _, field, form, _ in Formatter().parse(text) if field is not None}
        assert forms <= {*FORMS, *NUMBERS}, text
        assert text == text.strip(), text


def test_codes_are_numbered_as_they_stand():
    assert len(CODES) > 500
    for kind in Code.__subclasses__():
        assert [int(code) for code in kind] == [*range(1, len(kind) + 1)]
