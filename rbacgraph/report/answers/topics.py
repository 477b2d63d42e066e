"""The pages of ``rbacgraph/docs``, which ``explain TOPIC`` prints as they are."""

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable

_SUFFIX = ".md"


def topic_titles() -> dict[str, str]:
    """Return the title of each topic, in order of name.

    Examples
    --------
    >>> topic_titles()["limits"]
    'Limits'
    """
    return {name: _title(page) for name, page in _pages()}


def topic_text(name: str) -> str | None:
    """Return the page of a topic in Markdown, None if there is no such topic."""
    return next((page.read_text("utf-8") for topic, page in _pages() if topic == name), None)


def _pages() -> Iterator[tuple[str, Traversable]]:
    pages = sorted(files("rbacgraph").joinpath("docs").iterdir(), key=lambda page: page.name)
    for page in pages:
        if page.name.endswith(_SUFFIX):
            yield page.name.removesuffix(_SUFFIX), page


def _title(page: Traversable) -> str:
    return page.read_text("utf-8").partition("\n")[0].removeprefix("# ")
