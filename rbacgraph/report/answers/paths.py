"""``paths`` as a person reads it: every way to a Secret, with evidence."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from rbacgraph.model.answers.paths import Basis, Path, PathsResult, SecretPaths
from rbacgraph.report.answers.unjudged import unjudged_lines
from rbacgraph.report.documents.document import PathsDocument, document
from rbacgraph.report.formats.rows import PATH_TYPES, AnswerColumns, path_cells
from rbacgraph.report.picture.shapes import Picture
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.text.changers import changer_lines, reference_lines
from rbacgraph.report.text.fold_paths import fold_principals, fold_secrets
from rbacgraph.report.text.footer import basis_lines
from rbacgraph.report.text.look import Look
from rbacgraph.report.text.routes import route_lines
from rbacgraph.report.text.summary import (
    folded_sentence,
    members_sentences,
    opening_sentence,
    others_sentence,
    reach_sentence,
    truncated_sentence,
)
from rbacgraph.report.text.text import count
from rbacgraph.report.text.words import kind_of, namespace_of, place, secret_name

_UNLIMITED = 10**6
_FOLDED_ROOM = 60


def paths_text(result: PathsResult, look: Look) -> str:
    """Lay out all paths, least effort first, the certain ones before the conditional ones.

    Secrets that the same principals reach by the same paths are listed together.
    """
    lines: list[str] = []
    for secrets in fold_secrets(result.secrets):
        lines += [*_secrets(secrets, result.source, result.basis, look), ""]
    nothing = not any(secret.paths for secret in result.secrets)
    lines += unjudged_lines(result, look)
    lines += basis_lines(result.basis, look, edges=nothing)
    return "\n".join(lines) + "\n"


def _secrets(secrets: Sequence[SecretPaths], source: str, basis: Basis, look: Look) -> list[str]:
    lead, it = secrets[0], "it" if len(secrets) == 1 else "each of them"
    certain = [path for path in lead.paths if path.certain]
    conditional = [path for path in lead.paths if not path.certain]
    lines = [*_titles(secrets, look), *look.prose(reach_sentence(lead, source, it, basis))]
    if lead.paths and not source:
        lines += look.prose(opening_sentence(lead.paths), hang=2)
    for sentence in members_sentences(lead.members, look.width, every=look.wide):
        lines += look.prose(sentence, hang=2)
    lines += _section("CERTAIN", certain, 1, look)
    shown = len(fold_principals(certain))
    lines += _section("CONDITIONAL", conditional, shown + 1, look)
    lines += _left_out(lead, look)
    return lines + _beside(lead, source, it, look)


def _beside(secret: SecretPaths, source: str, it: str, look: Look) -> list[str]:
    references = reference_lines(secret.references, look)
    if not source or look.wide:
        return [*changer_lines(secret.changers, look), *references]
    words = others_sentence(len(secret.changers), it)
    return (["", *look.prose(words, style="quiet")] if words else []) + references


def _titles(secrets: Sequence[SecretPaths], look: Look) -> list[str]:
    if len(secrets) == 1:
        return _title(secrets[0], "Secret ", 0, look)
    lines = [look.heading(count(len(secrets), "Secret"))]
    for secret in secrets:
        lines += _title(secret, "", 2, look)
    return lines


def _title(secret: SecretPaths, kind: str, indent: int, look: Look) -> list[str]:
    about = f"  ({secret.type})" if secret.type else ""
    where = place(secret.file, secret.line)
    words = f"{kind}{secret_name(secret.secret)}{about}"
    lines = look.pair(words, where, indent=indent, styles=("heading", "place"))
    if secret.inferred:
        sentence = f"Not in the input: {secret.inferred}."
        lines += look.prose(sentence, indent=indent and indent + 2, style="conditional")
    return lines


def _section(title: str, paths: list[Path], first: int, look: Look) -> list[str]:
    if not paths:
        return []
    lines = ["", look.paint(title, title.lower())]
    for number, route in enumerate(fold_principals(paths), first):
        lines += ["", *route_lines(route, number, look)]
    return lines


def _left_out(secret: SecretPaths, look: Look) -> list[str]:
    lines = []
    if secret.truncated:
        lines += look.prose(truncated_sentence(secret.truncated), style="conditional")
    if secret.folded:
        room = _UNLIMITED if look.wide else 2 * look.width - _FOLDED_ROOM
        lines += look.prose(folded_sentence(secret.folded, room), style="quiet")
    return ["", *lines] if lines else []


def _draw(result: PathsResult, most: int) -> Picture:
    from rbacgraph.report.picture.picture import paths_picture

    return paths_picture(result, most)


class _Row(NamedTuple):
    secret: SecretPaths
    path: Path


PATHS = QuestionFormats[PathsResult](
    text=paths_text,
    columns=AnswerColumns[PathsResult, _Row](
        lambda result: [_Row(secret, path) for secret in result.secrets for path in secret.paths],
        {
            "secret": lambda row: secret_name(row.secret.secret),
            "namespace": lambda row: namespace_of(row.secret.secret),
            "type": lambda row: row.secret.type,
            "principal": lambda row: row.path.principal,
            "principal_kind": lambda row: kind_of(row.path.principal),
            **path_cells(lambda row: row.path),
        },
        frozenset({"namespace", "type", "principal_kind", "opening"}),
        types=PATH_TYPES,
        shown=("principal", "secret", "certain", "effort", "techniques"),
    ),
    document=partial(document, PathsDocument),
    picture=_draw,
)
