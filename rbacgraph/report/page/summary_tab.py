"""What the Summary tab shows beside what the page counts itself: the input, and who is admin."""

from collections.abc import Sequence
from typing import Any

from rbacgraph.model.answers.paths import Admin
from rbacgraph.model.answers.risk.risks import Risk, RisksResult
from rbacgraph.model.answers.survey import SurveyResult
from rbacgraph.model.inputs.snapshot import IN_CLUSTER, Collected
from rbacgraph.model.printable import clean
from rbacgraph.report.answers.admins import first_evidence, granted_by
from rbacgraph.report.page.tables import PageTables
from rbacgraph.report.text.admins import admin_chain, admin_sentence
from rbacgraph.report.text.layout.text import count, fitting
from rbacgraph.report.text.paths.summary import members_sentences
from rbacgraph.report.text.words import chain

MOST_RISKS = 100
"""The limit of the causes on a page."""
_EVERY = 10**6
_FILES_ROOM = 200
_MOST_FILES = 5
_STDIN = "<stdin>"


def summary_tab(result: SurveyResult, tables: PageTables) -> dict[str, Any]:
    """Return the facts of the input, the size of the cluster, its risks and its admins."""
    return {
        "input": [(name, clean(words)) for name, words in _input(result, tables.root)],
        "namespaces": result.size.namespaces,
        "accounts": result.size.service_accounts,
        "risks": _risks(result.risks, tables) if result.risks else None,
        **_admins(result, tables),
    }


def _risks(result: RisksResult, tables: PageTables) -> dict[str, Any]:
    """Return the most severe causes, and how many there are of each severity."""
    shown = result.risks[:MOST_RISKS]
    return {
        "counts": list(result.counts.items()),
        "by_design": len(result.by_design),
        "causes": [_cause(risk, tables) for risk in shown],
    }


def _cause(risk: Risk, tables: PageTables) -> dict[str, Any]:
    """Return a cause; ``at`` is the evidence of paths through the object that its fix changes."""
    opens, entry = risk.opens, risk.factor("entry")
    key = risk.object_kind, risk.namespace, risk.name
    own = [one for one in risk.evidence if (one.kind, one.namespace, one.name) == key]
    return {
        "id": risk.id,
        "severity": risk.severity,
        "cause": clean(str(risk.text)),
        "fix": clean(str(risk.change)),
        "place": tables.place(risk.file, risk.line),
        "subjects": tables.nodes(risk.subjects),
        "entry": entry.level if entry else "",
        "how": chain(hop.edge for hop in risk.path.hops) if risk.path else "",
        "cluster": opens.cluster,
        "conditional": risk.conditional,
        "secrets": opens.secrets,
        "principals": opens.principals,
        "pairs_alone": opens.pairs_alone,
        "admins_alone": opens.admins_alone,
        "secrets_conditional": opens.secrets_conditional,
        "principals_conditional": opens.principals_conditional,
        "pairs_alone_conditional": opens.pairs_alone_conditional,
        "admins_alone_conditional": opens.admins_alone_conditional,
        "exact": opens.exact,
        "at": tables.evidence(own),
    }


def _admins(result: SurveyResult, tables: PageTables) -> dict[str, Any]:
    found = result.admins
    if found is None:
        return {"admins": None, "shipped": 0, "members": []}
    return {
        "admins": [_admin(admin, tables) for admin in found.listed],
        "shipped": len(found.shipped),
        "members": list(map(clean, members_sentences(found.members, _EVERY, every=True))),
    }


def _admin(admin: Admin, tables: PageTables) -> tuple[Any, ...]:
    """Return who, whether for certain, effort, how in short and in full, by what, operator."""
    evidence = first_evidence(admin)
    words = admin_chain(admin), admin_sentence(admin), granted_by(admin)
    where = tables.place_of(evidence) if evidence else ""
    principal, certain = tables.node(admin.principal), int(admin.certain)
    return (principal, certain, admin.effort, *map(clean, words), where, clean(admin.operator))


def _input(result: SurveyResult, root: str) -> list[tuple[str, str]]:
    """Return where the input came from, its day, and what it was taken for."""
    live, several = result.collected, len(result.files) > 1
    facts = [("Source", source_words(result, root))]
    if live is not None and live.time:
        facts.append(("Collected", live.time))
    else:
        facts.append(("Collected", "not known: these files do not say when they were collected"))
    if root and several:
        facts.append(("Places", f"paths of files are relative to {root}"))
    facts.append(("Kubernetes", result.basis.kubernetes_version))
    return facts


def source_words(result: SurveyResult, root: str) -> str:
    """Return what was read: a live cluster, or files.

    Examples
    --------
    >>> from rbacgraph.model.answers.paths import Basis, ExposureResult
    >>> rows = ExposureResult((), Basis(kubernetes_version="1.36", edges=()))
    >>> files = ("k8s/a.yaml", "k8s/b.yaml")
    >>> source_words(
    ...     SurveyResult(
    ...         exposure=rows, secrets=(), ways=(), beside=(), principals=(), files=files
    ...     ),
    ...     "k8s/",
    ... )
    '2 files in k8s/: a.yaml, b.yaml'
    """
    if result.collected is not None:
        return _cluster(result.collected)
    if len(result.files) < 2:  # noqa: PLR2004 - one file is named by its whole path
        return "".join(result.files) or "nothing was read"
    names = fitting([file.removeprefix(root) for file in result.files], _FILES_ROOM)
    return f"{count(len(result.files), 'file')}{f' in {root}' if root else ''}: {names}"


def _cluster(live: Collected) -> str:
    words = " ".join(filter(None, (live.context, live.server and f"({live.server})")))
    return words or "a live cluster"


def input_options(result: SurveyResult, root: str) -> list[str]:
    """Return the options by which a command reads the same input; ``[]`` where they are not known.

    Examples
    --------
    >>> from rbacgraph.model.answers.paths import Basis, ExposureResult
    >>> rows = ExposureResult((), Basis(kubernetes_version="1.36", edges=()))
    >>> files = ("k8s/a.yaml", "k8s/b.yaml")
    >>> input_options(
    ...     SurveyResult(
    ...         exposure=rows, secrets=(), ways=(), beside=(), principals=(), files=files
    ...     ),
    ...     "k8s/",
    ... )
    ['-f', 'k8s/']
    """
    files: Sequence[str] = result.files
    if len(files) > 1 and root:
        files = (root,)
    if files:
        names = ("-" if file == _STDIN else file for file in files[:_MOST_FILES])
        return [part for file in names for part in ("-f", file)]
    live = result.collected
    if live is None or live.context in {"", IN_CLUSTER}:
        return []
    return ["--context", live.context]
