"""``paths`` as a person reads it: every way to a Secret, with evidence."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import NamedTuple

from msgspec.structs import replace

from rbacgraph.model.answers.paths import Path, PathsResult, SecretPaths
from rbacgraph.model.memory.made_sequence import JoinedSequence, MadeSequence
from rbacgraph.model.printable import clean
from rbacgraph.report.answers.unjudged import unjudged_lines
from rbacgraph.report.documents.access import PathsDocument, SecretPathsDocument
from rbacgraph.report.documents.filling import document
from rbacgraph.report.formats.rows import PATH_TYPES, AnswerColumns, path_cells
from rbacgraph.report.picture.shapes import Picture
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.text.footer import basis_lines, short_basis_lines
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.table import Column, table_lines
from rbacgraph.report.text.layout.text import count, fitting
from rbacgraph.report.text.paths import summary, way_table
from rbacgraph.report.text.paths.changers import changer_lines, reference_lines
from rbacgraph.report.text.paths.fold_paths import Route
from rbacgraph.report.text.paths.fold_secrets import (
    FoldedSecrets,
    RouteLine,
    fold_secrets,
    routes_to,
)
from rbacgraph.report.text.paths.routes import route_lines
from rbacgraph.report.text.words import kind_of, namespace_of, place, secret_name

_UNLIMITED = 10**6
_FOLDED_ROOM = 60
_MOST_SECRETS = 12


def paths_text(result: PathsResult, look: Look) -> Iterator[str]:
    """Lay out the ways, least effort first, the certain ones before the conditional ones.

    They are one line each with the number by which ``look.explain`` takes them; those lines alone,
    and in a wide look all, are blocks with their evidence. Secrets that the same principals reach
    by the same paths are listed together.
    """
    folded = fold_secrets(result.secrets)
    way_table.check_numbers(look.explain, len(folded.lines))
    nothing = not folded.lines
    if look.explain:
        lines = chain.from_iterable(_blocks(result, folded, replace(look, wide=True)))
        return _texts([[*lines][:-1]])
    parts: Iterable[list[str]]
    if nothing and len(folded.places) > 1 and not look.wide:
        parts = [[*_list_secrets(result, folded, look), ""]]
    elif look.wide or nothing:
        parts = _blocks(result, folded, look)
    else:
        parts = [_screen(result, folded, look)]
    last = [*unjudged_lines(result, look)]
    if look.wide or nothing:
        last += basis_lines(result.basis, look, edges=nothing)
    else:
        last += short_basis_lines(result.basis, look)
    return _texts(chain(parts, [last]))


def _texts(parts: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield lines as texts: those of each part together."""
    return ("\n".join([*lines, ""]) for lines in parts)


def _screen(result: PathsResult, folded: FoldedSecrets, look: Look) -> list[str]:
    """Return what fits on a screen: a line for each way."""
    found, secrets = folded.lines, folded.secrets
    several = len(secrets) > 1
    if several:
        lines = _list_secrets(result, folded, look)
    else:
        lines = [*_titles(secrets, look), *_summary(folded.groups[0].lead, "it", result, look)]
    shown = found[: way_table.MOST_LINES - (min(len(secrets), _MOST_SECRETS) if several else 0)]
    names = {name for line in shown for name in line.names}
    others = {name for line in found for name in line.names} - names
    tables = []
    for title, certain in (("CERTAIN", True), ("CONDITIONAL", False)):
        numbered = [
            (number, line) for number, line in enumerate(shown, 1) if line.certain is certain
        ]
        if numbered:
            tables.append((title, title.lower(), _columns(numbered, folded)))
    more = way_table.more_words(len(found) - len(shown), len(others), "principal")
    lines += way_table.screen_lines(tables, look, more)
    lines += _sentences_beside(secrets, look)
    return lines


def _columns(numbered: Sequence[tuple[int, RouteLine]], folded: FoldedSecrets) -> list[Column]:
    lines = [line for _, line in numbered]
    columns = [
        way_table.number_column([number for number, _ in numbered]),
        way_table.name_column("WHO", [line.names for line in lines]),
        *way_table.way_columns(folded.paths(lines), [line.alike for line in lines]),
    ]
    secrets = len(folded.places)
    if secrets > 1:
        names = [
            [f"all {secrets:,}"]
            if line.secrets == secrets
            else list(map(secret_name, folded.secrets_of(line)))
            for line in lines
        ]
        columns.insert(2, way_table.name_column("SECRET", names))
    return columns


def _list_secrets(result: PathsResult, folded: FoldedSecrets, look: Look) -> list[str]:
    """Return several Secrets with the numbers of those who reach them, and who reaches none."""
    counted = [
        (group.certain, group.conditional, group.secrets[place])
        for group, place in ((folded.groups[number], place) for number, place in folded.places)
    ]
    reached = sorted((one for one in counted if one[0] or one[1]), key=_most_first)
    shown, more = reached[:_MOST_SECRETS], len(reached[_MOST_SECRETS:])
    lines = [look.heading(count(len(counted), "Secret"))]
    if reached:
        sure, only = len(folded.certain), len(folded.conditional)
        if result.source:
            sure = sum(bool(certain) for certain, *_ in reached)
            only = len(reached) - sure
        lines += look.prose(summary.some_sentence(sure, only, result.source, result.basis))
    if reached and not result.source:
        lines += ["", *_secrets_table(shown, look)]
        lines += [f"{more:,} more: -o wide"] if more else []
    lines += _without_paths(result, [one for *found, one in counted if not any(found)], look)
    return lines


def _most_first(counted: tuple[int, int, SecretPaths]) -> tuple[int, int]:
    return -counted[0], -counted[1]


def _secrets_table(shown: Sequence[tuple[int, int, SecretPaths]], look: Look) -> list[str]:
    names = [_inferred_name(secret) for *_, secret in shown]
    places = [clean(place(secret.file, secret.line)) or "-" for *_, secret in shown]
    columns = [
        Column("SECRET", names, shrinks=True, names=True),
        Column("TYPE", [clean(secret.type) or "-" for *_, secret in shown], expendable=1),
        Column("CERTAIN", [f"{sure:,}" for sure, *_ in shown], number=True),
        Column("CONDITIONAL", [f"{only:,}" for _, only, _ in shown], number=True),
        Column("FILE:LINE", places, expendable=2),
    ]
    return table_lines(columns, look)[0]


def _without_paths(result: PathsResult, unreached: Sequence[SecretPaths], look: Look) -> list[str]:
    """Return which Secrets nobody reaches, in the words for each."""
    said: dict[str, list[str]] = {}
    for secret in unreached:
        sentence = summary.reach_sentence(secret, result.source, "it", result.basis)
        said.setdefault(sentence, []).append(_inferred_name(secret))
    return [
        line
        for sentence, names in said.items()
        for line in look.prose(f"{fitting(names, look.width)}: {sentence}", hang=2)
    ]


def _inferred_name(secret: SecretPaths) -> str:
    return clean(secret_name(secret.secret)) + (" (inferred)" if secret.inferred else "")


def _sentences_beside(secrets: Sequence[SecretPaths], look: Look) -> list[str]:
    """Return what is only counted next to the ways, a sentence each."""
    it = "it" if len(secrets) == 1 else "some of them"
    room = look.width - _FOLDED_ROOM // 2
    lines, sentences = [], []
    if truncated := sum(secret.truncated for secret in secrets):
        lines += look.prose(summary.truncated_sentence(truncated), style="conditional")
    groups = dict.fromkeys(one.group for secret in secrets for one in secret.members)
    if groups and len(secrets) > 1:
        sentences.append(summary.groups_sentence(list(groups), room))
    if folded := dict.fromkeys(name for secret in secrets for name in secret.folded):
        sentences.append(summary.folded_sentence(list(folded), room))
    changers = {one.principal for secret in secrets for one in secret.changers}
    sentences.append(summary.others_sentence(len(changers), it))
    if sources := dict.fromkeys(one.source for secret in secrets for one in secret.references):
        sentences.append(summary.referred_sentence(list(sources), it, room))
    for sentence in filter(None, sentences):
        lines += look.prose(sentence, style="quiet")
    return lines


def _blocks(result: PathsResult, folded: FoldedSecrets, look: Look) -> Iterator[list[str]]:
    """Yield the ways with their evidence, under their Secrets; those that are asked for."""
    asked = {number - 1 for number in look.explain}
    for group in folded.groups:
        if asked and asked.isdisjoint(group.lines):
            continue
        secrets, lead = group.secrets, group.lead
        numbers = (line + 1 for line in group.lines)
        routes = list(zip(numbers, routes_to(lead.paths), strict=True))
        if look.explain:
            yield _titles(secrets, look)
            yield from _sections([one for one in routes if one[0] in look.explain], look)
            yield [""]
            continue
        yield [*_titles(secrets, look), *_summary(lead, _it(secrets), result, look)]
        yield from _sections(routes, look)
        beside = _beside(secrets[0], result.source, _it(secrets), look)
        yield [*_left_out(secrets[0], look), *beside, ""]


def _it(secrets: Sequence[SecretPaths]) -> str:
    return "it" if len(secrets) == 1 else "each of them"


def _summary(lead: SecretPaths, it: str, result: PathsResult, look: Look) -> list[str]:
    source = result.source
    lines = look.prose(summary.reach_sentence(lead, source, it, result.basis))
    if lead.paths and not source:
        lines += look.prose(summary.opening_sentence(lead.paths), hang=2)
    for sentence in summary.members_sentences(lead.members, look.width, every=look.wide):
        lines += look.prose(sentence, hang=2)
    return lines


def _beside(secret: SecretPaths, source: str, it: str, look: Look) -> list[str]:
    references = reference_lines(secret.references, look)
    if not source or look.wide:
        return [*changer_lines(secret.changers, look), *references]
    words = summary.others_sentence(len(secret.changers), it)
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


def _sections(routes: Sequence[tuple[int, Route]], look: Look) -> Iterator[list[str]]:
    """Yield the ways below their titles, one after the other: each may be long."""
    for title, certain in (("CERTAIN", True), ("CONDITIONAL", False)):
        own = [one for one in routes if one[1].lead.certain is certain]
        if own:
            yield ["", look.paint(title, title.lower())]
        for number, route in own:
            yield ["", *route_lines(route, number, look)]


def _left_out(secret: SecretPaths, look: Look) -> list[str]:
    lines = []
    if secret.truncated:
        lines += look.prose(summary.truncated_sentence(secret.truncated), style="conditional")
    if secret.folded:
        room = _UNLIMITED if look.wide else 2 * look.width - _FOLDED_ROOM
        lines += look.prose(summary.folded_sentence(secret.folded, room), style="quiet")
    return ["", *lines] if lines else []


def _document(result: PathsResult) -> PathsDocument:
    secrets = MadeSequence(partial(document, SecretPathsDocument), result.secrets)
    whole = document(PathsDocument, replace(result, secrets=()))
    return replace(whole, secrets=secrets)


def _draw(result: PathsResult, most: int) -> Picture:
    from rbacgraph.report.picture.picture import paths_picture

    return paths_picture(result, most)


class _Row(NamedTuple):
    secret: SecretPaths
    path: Path


PATHS = QuestionFormats[PathsResult](
    text=paths_text,
    columns=AnswerColumns[PathsResult, _Row](
        lambda result: JoinedSequence(
            lambda: ([_Row(one, path) for path in one.paths] for one in result.secrets)
        ),
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
    document=_document,
    picture=_draw,
)
