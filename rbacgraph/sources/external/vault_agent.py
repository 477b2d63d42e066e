"""Reads what Vault's Agent Injector gives a Pod, from the Pod's annotations.

Source: vault-k8s ``agent-inject/agent/{agent,annotations}.go``.
"""

import re
from collections.abc import Iterator, Mapping

from rbacgraph.model.go.boolean import parse_bool
from rbacgraph.model.kubernetes.external_secrets import RoleLogin
from rbacgraph.model.kubernetes.pods import RemoteUse
from rbacgraph.sources.external.addresses import server
from rbacgraph.sources.external.loose import text

_OWN = "vault.hashicorp.com/"
_IN_TEMPLATE = re.compile(r'\bsecret\s+"([^"\s]+)"')
_BY_TOKEN = frozenset({"kubernetes", "jwt"})
"""The ways to log in with a ServiceAccount's token."""

_SECRET, _TEMPLATE = f"{_OWN}agent-inject-secret-", f"{_OWN}agent-inject-template-"


def injected(annotations: Mapping[str, object] | None) -> tuple[RemoteUse, ...]:
    """Return the secrets of Vault that the injector's agent writes into the Pod.

    One without a path says only by which role the agent logs in.

    Examples
    --------
    >>> notes = {
    ...     "vault.hashicorp.com/agent-inject": "true",
    ...     "vault.hashicorp.com/agent-inject-secret-db": "kv/data/prod/db",
    ... }
    >>> [use.path for use in injected(notes)]
    ['kv/data/prod/db']
    """
    if not annotations or not parse_bool(annotations.get(f"{_OWN}agent-inject")):
        return ()
    place = server(text(annotations.get(f"{_OWN}service")))
    space = text(annotations.get(f"{_OWN}namespace")).strip("/")
    done = text(annotations.get(f"{_OWN}agent-inject-status")) == "injected"
    login = _login(annotations, space)
    return tuple(
        RemoteUse(
            path=f"{space}/{path}" if space and path else path,
            place=place,
            done=done,
            login=login,
        )
        for path in dict.fromkeys(_paths(annotations)) or (("",) if login else ())
    )


def _login(annotations: Mapping[str, object], space: str) -> RoleLogin | None:
    role = text(annotations.get(f"{_OWN}role"))
    kind = text(annotations.get(f"{_OWN}auth-type")) or "kubernetes"
    mount = text(annotations.get(f"{_OWN}auth-path")).strip("/") or f"auth/{kind}"
    if not role or kind not in _BY_TOKEN:
        return None
    return RoleLogin(mount=mount, role=role, space=space)


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
