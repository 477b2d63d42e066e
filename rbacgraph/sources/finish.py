"""Makes one snapshot from everything that was collected."""

from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import PurePath
from shlex import quote
from typing import Any

from msgspec.structs import replace

from rbacgraph.model.inputs.diagnostic import EMPTY
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.inputs.unread import PassedOver
from rbacgraph.model.kubernetes.openshift import UserGroup
from rbacgraph.model.node import VAULT
from rbacgraph.model.stores.sops import GitSecrets
from rbacgraph.sources.config.groups_and_version import found_version
from rbacgraph.sources.diagnostics.file_problems import TEMPLATE
from rbacgraph.sources.network.services import telling_endpoints
from rbacgraph.sources.objects.collector import Collector
from rbacgraph.sources.objects.duplicates import Duplicates
from rbacgraph.sources.objects.wire import to_custom_resource


def finish(
    collector: Collector,
    *,
    groups: Mapping[str, tuple[str, ...]],
    version: tuple[int, int] | None,
    git: GitSecrets | None = None,
    issuers: tuple[str, ...] = (),
    passed_over: Iterable[PassedOver] = (),
) -> Snapshot:
    """Return the snapshot: each object once, with what the input shows of the whole cluster."""
    snapshots = collector.snapshots
    groups = {**ChainMap(*(dict(s.groups) for s in snapshots)), **groups}
    git = _merged((*(s.git for s in snapshots), git))
    issuers = tuple(dict.fromkeys((*issuers, *(i for s in snapshots for i in s.oidc_issuers))))
    if _is_finished(collector):
        (again,) = snapshots
        version = version or again.kubernetes_version
        if collector.dumps.said:
            dumps, diagnostics = collector.dumps.result(), collector.problems.result()
            again = replace(again, dumps=dumps, diagnostics=diagnostics)
        return replace(again, groups=groups, kubernetes_version=version, oidc_issuers=issuers)
    if version is None:
        version = found_version(collector.server_versions, collector.kubelet_versions())
    collector.share()
    duplicates = Duplicates(collector.files, collector.problems)
    fields: dict[str, Any] = {
        field: tuple(duplicates.resolve(field, objects))
        for field, objects in collector.objects.items()
    }
    duplicates.report()
    definitions = fields.pop("custom_resources")
    dumps = collector.dumps.result()
    if not any(fields.values()) and not dumps and git is None:
        _report_empty(collector)
    fields["endpoints"], fields["endpoint_slices"] = telling_endpoints(
        fields["services"], fields["endpoints"], fields["endpoint_slices"]
    )
    several = len(dumps.get(VAULT, ())) > 1
    said = [one.about_several_stores() for one in snapshots] if several else snapshots
    resources = {found for wire in definitions if (found := to_custom_resource(wire))}
    resources.update(resource for s in snapshots for resource in s.custom_resources)
    return Snapshot(
        files=tuple(collector.files),
        diagnostics=collector.problems.result(),
        listed=frozenset(one for one in collector.listed if one[0] not in collector.failed),
        partial=frozenset(collector.partial),
        groups=_with_groups(groups, fields["user_groups"]),
        kubernetes_version=version,
        custom_resources=tuple(sorted(resources)),
        skipped=dict(sorted(collector.skipped.items())),
        openshift_roles=collector.openshift_roles,
        offered=tuple(sorted({entry for s in snapshots for entry in s.offered})),
        unread=(*(one for s in snapshots for one in s.unread), *collector.problems.unread.values()),
        passed_over=(*(one for s in snapshots for one in s.passed_over), *passed_over),
        service_account_versions=duplicates.account_versions(),
        namespace_versions=duplicates.namespace_versions(),
        secret_versions=duplicates.secret_versions(),
        collected=next((s.collected for s in snapshots if s.collected), None),
        dumps=dumps,
        git=git,
        vault_mounts=tuple(dict.fromkeys(m for s in said for m in s.vault_mounts)),
        vault_addresses=tuple(dict.fromkeys(a for s in said for a in s.vault_addresses)),
        oidc_issuers=issuers,
        eks_cluster=next((s.eks_cluster for s in snapshots if s.eks_cluster), ""),
        operator_decisions=tuple(one for s in snapshots for one in s.operator_decisions),
        value_rules=tuple(one for s in snapshots for one in s.value_rules),
        **fields,
    )


def _merged(parts: Iterable[GitSecrets | None]) -> GitSecrets | None:
    """Return what several inputs hold of secrets in Git, such as a repository and a cluster."""
    found = [part for part in parts if part]
    if not found:
        return None
    names = GitSecrets.__struct_fields__
    return GitSecrets(
        **{
            name: tuple(dict.fromkeys(chain(*(getattr(one, name) for one in found))))
            for name in names
        }
    )


def _with_groups(
    given: Mapping[str, tuple[str, ...]], groups: Iterable[UserGroup]
) -> Mapping[str, tuple[str, ...]]:
    """Return the users' groups, with those of Group objects added."""
    found = {user: dict.fromkeys(names) for user, names in given.items()}
    for group in groups:
        for user in group.members:
            found.setdefault(user, {})[group.metadata.name] = None
    return {user: tuple(names) for user, names in found.items()}


def _is_finished(collector: Collector) -> bool:
    """Whether the input is one snapshot, which was finished when it was made."""
    one = collector.opened == len(collector.snapshots) == 1 and not collector.dumps.any
    return one and not collector.problems.any


def _report_empty(collector: Collector) -> None:
    if collector.problems.holds("forbidden"):
        collector.problems.add(
            EMPTY,
            "the API server refuses to list anything that rbacgraph reads",
            advice="--collect-namespace NAMESPACE asks where you have rights; rbacgraph"
            " collector-role prints the ClusterRole that allows every list; -v shows what it"
            " refused",
            severity="error",
        )
        return
    templates = [file for file, one in collector.problems.unread.items() if one.code == TEMPLATE]
    build = build_advice(collector.files, templates)
    common = [f"{count:,} of {kind}" for kind, count in collector.skipped.most_common(5)]
    held = f", only other objects: {', '.join(common)}" if common else ""
    collector.problems.add(
        EMPTY,
        f"no supported Kubernetes objects found{held}",
        advice=build
        or "rbacgraph reads roles, bindings, ServiceAccounts, Secrets, Pods, workloads and nodes",
        severity="error",
    )


_KUSTOMIZATIONS = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
_CHART = "Chart.yaml"
_TEMPLATES = "templates"


def build_advice(files: Iterable[str], templates: Iterable[str]) -> str:
    """Return how to build objects from files that hold none; ``""`` if they are of no such tool.

    Examples
    --------
    >>> build_advice(["k/overlay/kustomization.yaml"], [])
    'run kustomize build k/overlay > built.yaml, and read built.yaml'
    >>> build_advice(["shop/Chart.yaml"], ["shop/templates/role.yaml"])
    'run helm template shop > built.yaml, and read built.yaml'
    """
    paths = [PurePath(file) for file in files]
    charts = [path.parent for path in paths if path.name == _CHART]
    charts += [folder for file in templates for folder in _above_templates(PurePath(file))]
    if charts:
        return _run("helm template", _outermost(charts), "CHART")
    overlays = [path.parent for path in paths if path.name in _KUSTOMIZATIONS]
    return _run("kustomize build", list(dict.fromkeys(overlays)), "OVERLAY") if overlays else ""


def _above_templates(file: PurePath) -> list[PurePath]:
    """Return the chart of a template: the folder that holds its folder ``templates``."""
    return [folder.parent for folder in file.parents if folder.name == _TEMPLATES][:1]


def _outermost(folders: Sequence[PurePath]) -> list[PurePath]:
    """Return the folders that are in no other one: a chart's charts are built with it."""
    return [
        one
        for one in dict.fromkeys(folders)
        if not any(other != one and one.is_relative_to(other) for other in folders)
    ]


def _run(command: str, folders: Sequence[PurePath], several: str) -> str:
    folder = quote(str(folders[0])) if len(folders) == 1 else several
    return f"run {command} {folder} > built.yaml, and read built.yaml"
