"""The catalogue of edges, discovered: one file per kind, in folders by what they give.

To add a technique, write a module with an ``EDGE``, and its page beside it: ``read_secret.md``. No
list needs an entry.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.resources import files
from pkgutil import iter_modules

from rbacgraph.facts.custom_resources.row import CustomResourceRow
from rbacgraph.model.answers.coverage import TechniqueResource
from rbacgraph.model.answers.paths import EdgePage
from rbacgraph.techniques.spec.conjunction import Conjunction
from rbacgraph.techniques.spec.technique import EdgeKind, ObjectEdge, RuleEdge

FOLDERS = (
    "read",
    "running_pods",
    "new_pods",
    "tokens",
    "impersonation",
    "rbac_writes",
    "nodes",
    "kubelet",
    "operators",
    "gitops",
    "ingress",
    "admission",
    "outside",
    "stores",
    "vault",
    "git",
    "structure",
)
"""The groups, in the order of the documentation; each one's docstring is its title."""

_HERE = files("rbacgraph.techniques")


def _discovered() -> Iterator[tuple[str, str, ObjectEdge | RuleEdge | Conjunction]]:
    """Yield every edge kind with its folder and title: by folder, then effort, then id."""
    for folder in FOLDERS:
        package = import_module(f"rbacgraph.techniques.{folder}")
        names = [module.name for module in iter_modules(package.__path__)]
        modules = [import_module(f"{package.__name__}.{name}") for name in names]
        edges = [module.EDGE for module in modules if hasattr(module, "EDGE")]
        title = (package.__doc__ or "").strip().removesuffix(".")
        yield from (
            (folder, title, edge) for edge in sorted(edges, key=lambda edge: (edge.effort, edge.id))
        )


_GROUPED = tuple(_discovered())

EDGES: tuple[ObjectEdge | RuleEdge | Conjunction, ...] = tuple(edge for *_, edge in _GROUPED)
"""Every edge kind. Of paths of equal cost, the search keeps that of the kind that comes first."""

KINDS: Mapping[str, int] = {edge.id: number for number, edge in enumerate(EDGES)}
"""Number of each edge kind in the catalogue."""


def pages(*, resources: bool = False) -> tuple[EdgePage, ...]:
    """Return every edge kind's page, in the catalogue's order.

    ``resources``: whether it holds what the technique reads in the table of custom resources, if
        anything.

    Examples
    --------
    >>> pages()[2].id
    'read-configmap'
    """
    return tuple(
        EdgePage(
            edge.id,
            edge.summary,
            edge.effort,
            edge.certainty,
            _page(folder, edge.id),
            title,
            *([tuple(map(_resource, edge.rows))] if resources and edge.rows else []),
        )
        for folder, title, edge in _GROUPED
    )


def _page(folder: str, name: str) -> str:
    """Return the text of a page: Markdown's headings are words, and what they head is indented."""
    text = (_HERE / folder / f"{name.replace('-', '_')}.md").read_text("utf-8")
    title, _, rest = text.partition("\n\n")
    lines = [line and f"    {line}" for line in rest.rstrip().split("\n")]
    return "\n".join([title, "", *(line.removeprefix("    ## ") for line in lines)])


def _resource(row: CustomResourceRow) -> TechniqueResource:
    return TechniqueResource(
        api_group=row.group,
        resource=row.plural,
        operator=row.operator,
        mechanism=row.mechanism,
        fields=row.fields,
        source=row.source,
    )


__all__ = [
    "EDGES",
    "FOLDERS",
    "KINDS",
    "Conjunction",
    "EdgeKind",
    "ObjectEdge",
    "RuleEdge",
    "pages",
]
