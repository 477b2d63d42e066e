"""The catalogue of edges, discovered: one file per kind, in folders by what they give.

To add a technique, write its file: a page as the module's docstring, and an ``EDGE``. No list needs
an entry.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from inspect import cleandoc
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


def _discovered() -> Iterator[tuple[str, ObjectEdge | RuleEdge | Conjunction]]:
    """Yield every edge kind with its group's title: by group, then effort, then id."""
    for folder in FOLDERS:
        package = import_module(f"rbacgraph.techniques.{folder}")
        names = [module.name for module in iter_modules(package.__path__)]
        modules = [import_module(f"{package.__name__}.{name}") for name in names]
        edges = [module.EDGE for module in modules if hasattr(module, "EDGE")]
        title = (package.__doc__ or "").strip().removesuffix(".")
        yield from (
            (title, edge) for edge in sorted(edges, key=lambda edge: (edge.effort, edge.id))
        )


_GROUPED = tuple(_discovered())

EDGES: tuple[ObjectEdge | RuleEdge | Conjunction, ...] = tuple(edge for _, edge in _GROUPED)
"""Every edge kind. Of paths of equal cost, the search keeps that of the kind that comes first."""

KINDS: Mapping[str, int] = {edge.id: number for number, edge in enumerate(EDGES)}
"""Number of each edge kind in the catalogue."""


def pages(*, resources: bool = False) -> tuple[EdgePage, ...]:
    """Return every edge kind's page, in the catalogue's order.

    Parameters
    ----------
    resources:
        Whether it holds what the technique reads in the table of custom resources, if anything.

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
            cleandoc(edge.page),
            title,
            *([tuple(map(_resource, edge.rows))] if resources and edge.rows else []),
        )
        for title, edge in _GROUPED
    )


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
