"""The class Question: the text, columns, document and other formats of one question."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Generic

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.errors import UsageError
from rbacgraph.model.answers.paths import EdgePage
from rbacgraph.report.formats.as_csv import csv_pieces
from rbacgraph.report.formats.rows import AnswerColumns, Result
from rbacgraph.report.picture.shapes import Picture
from rbacgraph.report.text.format_names import DRAWN, MOST_DRAWN, SUFFIXES
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.text import listing

if TYPE_CHECKING:
    from rbacgraph.report.documents.document import Document

Writer = Callable[[Look], str | bytes | Iterator[str]]


class AnswerReport(Struct, frozen=True):
    """One answer in all its formats, by name; each is written on demand."""

    writers: Mapping[str, Writer]

    def render(self, name: str, look: Look | None = None) -> str | bytes:
        """Write the answer in one format."""
        content = self._written(name, look)
        return content if isinstance(content, str | bytes) else "".join(content)

    def pieces(self, name: str, look: Look | None = None) -> Iterator[bytes]:
        """Return the answer in pieces: a long one is never in memory as a whole.

        Raises UsageError where this answer has no such format, at once.
        """
        content = self._written(name, look)
        if isinstance(content, bytes):
            return iter([content])
        texts = [content] if isinstance(content, str) else content
        return (text.encode("utf-8") for text in texts)

    def _written(self, name: str, look: Look | None) -> str | bytes | Iterator[str]:
        if name not in self.writers:
            raise UsageError(
                f"this answer cannot be written as {name}",
                advice=f"it can be as {listing(list(self.writers), last='or')}",
            )
        return self.writers[name](look or Look())


class QuestionFormats(Struct, Generic[Result], frozen=True):
    """How the answers of one question are written.

    ``text``: lays out an answer for a person.
    ``columns``: the columns of CSV, DataFrames and HTML tables.
    ``document``: makes the document of JSON and YAML.
    ``picture``: draws about a given number of an answer's paths.
    ``extras``: further formats by name, also in place of one above; each is a function of an answer
        and of the techniques' pages.
    """

    text: Callable[[Result, Look], str | Iterator[str]]
    columns: AnswerColumns[Result, Any]
    document: "Callable[[Result], Document]"
    picture: Callable[[Result, int], Picture] | None = None
    extras: Mapping[str, Callable[[Result, Sequence[EdgePage]], str | Iterator[str]]] = {}

    def report(
        self, result: Result, most: int = MOST_DRAWN, pages: Sequence[EdgePage] = ()
    ) -> AnswerReport:
        """Return an answer in every format; a picture shows about ``most`` paths."""
        writers: dict[str, Writer] = {
            "table": lambda look: self.text(result, look),
            "wide": lambda look: self.text(result, replace(look, wide=True)),
            "json": lambda _: _json(self.document(result)),
            "yaml": lambda _: _yaml(self.document(result)),
            "csv": lambda _: csv_pieces(self.columns.rows(result)),
        }
        if self.picture is not None:
            writers |= _pictures(partial(self.picture, result, most))
        for name, write in self.extras.items():
            writers[name] = partial(_extra, write, result, pages)
        return AnswerReport(writers)


def format_of(path: str) -> str:
    """Name the format that the suffix of a file stands for.

    Examples
    --------
    >>> format_of("out/paths.svg")
    'svg'
    """
    suffix = PurePath(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageError(
            f"{path}: no format has the suffix {suffix!r}",
            advice=f"use one of {', '.join(SUFFIXES)}",
        )
    return SUFFIXES[suffix]


def _extra(
    write: Callable[[Result, Sequence[EdgePage]], str | Iterator[str]],
    result: Result,
    pages: Sequence[EdgePage],
    _: Look,
) -> str | Iterator[str]:
    return write(result, pages)


def _json(document: "Document") -> Iterator[str]:
    from rbacgraph.report.documents.as_json import json_pieces

    return json_pieces(document)


def _yaml(document: "Document") -> Iterator[str]:
    from rbacgraph.report.documents.as_yaml import yaml_pieces

    return yaml_pieces(document)


def _pictures(draw: Callable[[], Picture]) -> dict[str, Writer]:
    from rbacgraph.report.picture.dot import dot_text
    from rbacgraph.report.picture.mermaid import markdown_text, mermaid_text

    return {
        "dot": lambda _: dot_text(draw()),
        "mermaid": lambda _: mermaid_text(draw()),
        "markdown": lambda _: markdown_text(draw()),
        **{kind: partial(_drawn, draw, kind) for kind in DRAWN},
    }


def _drawn(draw: Callable[[], Picture], kind: str, _: Look) -> bytes:
    from rbacgraph.report.picture.dot import dot_text
    from rbacgraph.report.picture.image import image

    return image(dot_text(draw()), kind)
