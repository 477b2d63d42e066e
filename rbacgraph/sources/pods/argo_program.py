"""Reads which program of Argo CD a Pod starts; the rest of the command line is dropped.

Sources: argo-cd ``cmd/main.go``, ``manifests/base``; argocd-operator ``controllers/argocd``.
"""

from collections.abc import Iterable, Iterator

from rbacgraph.model.kubernetes.argo_cd import ArgoProgram
from rbacgraph.sources.external.flags import flag_value
from rbacgraph.sources.external.loose import texts
from rbacgraph.sources.pods import wire_pods as wire

_PROGRAMS = {
    f"argocd-{name}": f"argocd-{name}"
    for name in (
        "application-controller",
        "applicationset-controller",
        "commit-server",
        "dex",
        "notifications",
        "repo-server",
        "server",
    )
}
_FLAG, _VARIABLE = "--application-namespaces", "ARGOCD_APPLICATION_NAMESPACES"
_FEW = 4
"""A starter of processes, such as tini, may come before the program."""


def argo_program(containers: Iterable[wire.Container]) -> ArgoProgram | None:
    """Return the program of Argo CD that a Pod starts; None if its command line names none."""
    for one in containers:
        if one.command or one.args:
            name = next(filter(None, map(_PROGRAMS.get, _started(one.command, one.args))), None)
            if name is not None:
                return _read(name, one)
    return None


def _started(*command: object) -> Iterator[str]:
    """Yield the names of programs that may be what a command line starts."""
    words = [word for part in command if isinstance(part, list) for word in texts(part[:_FEW])]
    for word in words[:_FEW]:
        if word.startswith("-") and word != "--":
            return
        yield word.rpartition("/")[2]


def _read(name: str, container: wire.Container) -> ArgoProgram:
    given = flag_value(_FLAG, container.command, container.args)
    named = [one for one in container.env or () if one.name == _VARIABLE]
    return ArgoProgram(
        name=name,
        namespaces=given or None,
        by_environment=any(one.value_from is None for one in named),
    )
