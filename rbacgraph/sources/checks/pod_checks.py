"""Finds labels that Pod Security does not heed, and Pods without their ServiceAccount.

Sources: kubernetes ``staging/src/k8s.io/pod-security-admission/api/helpers.go``,
``plugin/pkg/admission/serviceaccount/admission.go``.
"""

import re
from collections.abc import Iterator

from rbacgraph.model.answers.diff import LineOf
from rbacgraph.model.did_you_mean import near
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import Namespace
from rbacgraph.model.kubernetes.pods import Pod, Workload
from rbacgraph.sources.diagnostics.problems import Problems

_PREFIX = "pod-security.kubernetes.io"
_MODES = ("enforce", "audit", "warn")
_KEYS = (*_MODES, *(f"{mode}-version" for mode in _MODES))
_LEVELS = ("privileged", "baseline", "restricted")
_VERSION = re.compile(r"latest|v1\.(?:0|[1-9][0-9]*)")
_PLACEHOLDER = re.compile(r"[${<]")
_SPEC = {
    "Pod": "spec",
    "CronJob": "spec.jobTemplate.spec.template.spec",
    "PodTemplate": "template.spec",
}
_DEFAULT = "default"
_ENDED = frozenset({"Succeeded", "Failed"})


def check_pods(problems: Problems, snapshot: Snapshot, line_of: LineOf) -> None:
    """Report labels of namespaces, and Pods and workloads whose ServiceAccount is missing."""
    for namespace in snapshot.namespaces:
        file, line = snapshot.where(namespace)
        name = namespace.metadata.name
        for index, message, advice in _label_faults(namespace):
            at = line_of(file, line, name, "metadata.labels", index) or line
            text = f"Namespace {name} {message}"
            problems.add("pod-security-label", text, file=file, line=at, advice=advice)
    for found, kind, message, advice, severity in _without_account(snapshot):
        file, line = snapshot.where(found)
        name = found.metadata.name
        field = f"{_SPEC.get(kind, 'spec.template.spec')}.serviceAccountName"
        text = f"{kind} {found.metadata.namespace}/{name} {message}"
        at = line_of(file, line, name, field, 0) or line
        code = "missing-service-account"
        problems.add(code, text, file=file, line=at, advice=advice, severity=severity)


def _label_faults(namespace: Namespace) -> Iterator[tuple[int, str, str]]:
    """Yield the number of each label with a fault, with the fault and advice."""
    for index, (label, value) in enumerate((namespace.metadata.labels or {}).items()):
        prefix, _, key = label.rpartition("/")
        if not prefix.lower().replace("-", "").startswith("podsecurity."):
            continue
        if prefix != _PREFIX or key not in _KEYS:
            meant = key if key in _KEYS else next(iter(near(key, _KEYS)), "")
            write = f"; write {_PREFIX}/{meant}" if meant else ""
            yield index, f"has the label {label}", f"Pod Security does not heed it{write}"
        elif _PLACEHOLDER.search(value):
            continue
        elif key in _MODES and value not in _LEVELS:
            advice = "an API server refuses it, or takes it as restricted if it is there already"
            message = f"has the label {label} with {value!r}, which is no level"
            yield index, message, f"{advice}; write {', '.join(_LEVELS[:-1])} or {_LEVELS[-1]}"
        elif key not in _MODES and not _VERSION.fullmatch(value):
            advice = "an API server refuses it, or takes it as latest if it is there already"
            message = f"has the label {label} with {value!r}, which is no version"
            yield index, message, f"{advice}; write latest, or a version such as v1.33"


def _without_account(snapshot: Snapshot) -> Iterator[tuple[Pod | Workload, str, str, str, str]]:
    """Yield the first workload or Pod of each ServiceAccount that is missing.

    Without a complete list of a namespace's ServiceAccounts, one counts as missing only if the
    input holds others of that namespace. ``default`` is in each.
    """
    accounts = snapshot.service_account_index
    held = {namespace for namespace, name in accounts if name != _DEFAULT}
    seen: set[tuple[str, str]] = set()
    runners: tuple[Pod | Workload, ...] = (*snapshot.workloads, *snapshot.pods)
    for found in runners:
        namespace, name = account = found.metadata.namespace, found.spec.service_account
        if name == _DEFAULT or account in accounts or account in seen or _is_exempt(found):
            continue
        listed = snapshot.is_listed("ServiceAccount", namespace)
        if not (listed or namespace in held):
            continue
        seen.add(account)
        kind = found.kind if isinstance(found, Workload) else "Pod"
        message = f"runs as the ServiceAccount {name}"
        if listed:
            advice = "an API server admits no new Pod of it until somebody creates that account"
            yield found, kind, f"{message}, which does not exist", advice, "warning"
        else:
            advice = "add it to the input if it exists; an API server admits no Pod without it"
            yield found, kind, f"{message}, which is not here", advice, "note"


def _is_exempt(found: Pod | Workload) -> bool:
    """Whether it needs no account: a patch, a Pod that has ended or goes, a name to fill in."""
    if isinstance(found, Pod) and (found.phase in _ENDED or found.deleted or found.mirror):
        return True
    return found.spec.partial or _PLACEHOLDER.search(found.spec.service_account) is not None
