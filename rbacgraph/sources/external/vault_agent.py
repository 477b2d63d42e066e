"""Reads what Vault's Agent Injector gives a Pod, from the Pod's annotations.

Source: vault-k8s ``agent-inject/agent/{agent,annotations}.go``.
"""

import re
from collections.abc import Iterator, Mapping

from rbacgraph.model.kubernetes.pods import RemoteUse
from rbacgraph.sources.external.addresses import server
from rbacgraph.sources.external.loose import text

_OWN = "vault.hashicorp.com/"
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_IN_TEMPLATE = re.compile(r'\bsecret\s+"([^"\s]+)"')
_SECRET, _TEMPLATE = f"{_OWN}agent-inject-secret-", f"{_OWN}agent-inject-template-"


def injected(annotations: Mapping[str, object] | None) -> tuple[RemoteUse, ...]:
    """Return the secrets of Vault that the injector's agent writes into the Pod.

    Examples
    --------
    >>> notes = {
    ...     "vault.hashicorp.com/agent-inject": "true",
    ...     "vault.hashicorp.com/agent-inject-secret-db": "kv/data/prod/db",
    ... }
    >>> [use.path for use in injected(notes)]
    ['kv/data/prod/db']
    """
    if not annotations or text(annotations.get(f"{_OWN}agent-inject")) not in _TRUE:
        return ()
    place = server(text(annotations.get(f"{_OWN}service")))
    space = text(annotations.get(f"{_OWN}namespace")).strip("/")
    role = text(annotations.get(f"{_OWN}role"))
    mount = text(annotations.get(f"{_OWN}auth-path")).strip("/") or "auth/kubernetes"
    method = text(annotations.get(f"{_OWN}auth-type")) or "kubernetes"
    by = f"{mount}/role/{role}" if role and method == "kubernetes" else ""
    done = text(annotations.get(f"{_OWN}agent-inject-status")) == "injected"
    return tuple(
        RemoteUse(
            path=f"{space}/{path}" if space else path, place=place, role=by, space=space, done=done
        )
        for path in dict.fromkeys(_paths(annotations))
    )


def _paths(annotations: Mapping[str, object]) -> Iterator[str]:
    for name, value in annotations.items():
        if name.startswith(_SECRET):
            found = [text(value)]
        elif name.startswith(_TEMPLATE):
            found = _IN_TEMPLATE.findall(text(value))
        else:
            continue
        for path in found:
            if path.strip("/"):
                yield path.strip("/")
