"""Finds where Argo CD runs, and which Secrets let their reader in there.

The names of its Secrets are those that Argo CD looks for: it has no setting for them. They count
in a namespace where one of its application controllers runs, and nowhere else.

Sources: argo-cd ``common/common.go``, ``util/settings/{settings,accounts}.go``,
``util/session/sessionmanager.go``, ``cmd/argocd/commands/admin/initial_password.go``;
argocd-operator ``controllers/argocd/secret.go``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum, auto
from fnmatch import fnmatchcase
from functools import cached_property
from typing import NamedTuple

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.operators.accounts import OperatorAccounts
from rbacgraph.facts.world import WorldPart
from rbacgraph.facts.writable_objects import WritableObjects
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.go.regex import is_refused, search
from rbacgraph.model.kubernetes.argo_cd import NAMESPACES_KEY, SETTINGS_MAP, ArgoProgram
from rbacgraph.model.kubernetes.core import Secret
from rbacgraph.model.kubernetes.pods import Pod, Workload
from rbacgraph.model.node import Node

ARGO_CD = "Argo CD"
ARGO_SECRET = "argocd-secret"  # noqa: S105 - a name
_CONTROLLER = "application-controller"
_SHIPPED = f"argocd-{_CONTROLLER}"
_APPLICATIONS = "argoproj.io", "applications"
_PART_OF = "argocd"


class LoginKey(Enum):
    """What a key of a Secret is to Argo CD."""

    SIGNING_KEY = auto()
    PASSWORD = auto()
    CACHE_PASSWORD = auto()


_ADMIN = "admin.password"
_BY_NAME = {
    ARGO_SECRET: ("server.secretkey", LoginKey.SIGNING_KEY),
    "argocd-initial-admin-secret": ("password", LoginKey.PASSWORD),
    "argocd-redis": ("auth", LoginKey.CACHE_PASSWORD),
}
_BY_ENDING = {
    "-cluster": (_ADMIN, LoginKey.PASSWORD),
    "-redis-initial-password": (_ADMIN, LoginKey.CACHE_PASSWORD),
}
"""Those of argocd-operator, by what it puts behind the name of the install."""


class ArgoLogin(NamedTuple):
    """A Secret that lets its reader in, by one of its keys, and on which condition.

    ``secret`` is None for one that the input only refers to.
    """

    place: Key
    secret: Secret | None
    key: str
    what: LoginKey
    condition: Condition


class ArgoCD(WorldPart):
    """Knows the installs of Argo CD in a cluster."""

    @cached_property
    def controllers(self) -> Mapping[str, Mapping[Node, Condition]]:
        """By namespace, the accounts of application controllers, each with what it depends on."""
        world = self._world
        usable, accounts = world.identities.usable_accounts, world.part(OperatorAccounts)
        found: dict[str, dict[Node, Condition]] = {}
        shipped = accounts.called(_SHIPPED) if self._is_there() else ()
        for node in (*accounts.of(ARGO_CD, _CONTROLLER, (_SHIPPED,)), *shipped):
            condition = usable.get((node[1], node[2]))
            if condition is not None:
                found.setdefault(node[1], {})[node] = condition
        return dict(sorted(found.items()))

    def _is_there(self) -> bool:
        """Whether the input defines Applications, or, if it may not, names them."""
        snapshot, named = self._world.snapshot, self._world.part(WritableObjects).named_resources
        return _APPLICATIONS in snapshot.served or (
            _APPLICATIONS in named and not snapshot.is_listed("CustomResourceDefinition")
        )

    def lists(self, option: str, namespace: str) -> bool | None:
        """Whether an option lists a namespace for the objects of an install; None if unknown.

        The flag of the controller decides, else the ConfigMap from which the manifests take it.
        """
        if option != NAMESPACES_KEY or not self.controllers:
            return None
        return any_of(
            self._takes(install, nodes, namespace) for install, nodes in self.controllers.items()
        )

    def _takes(self, install: str, nodes: Iterable[Node], namespace: str) -> bool | None:
        programs = [one for node in nodes for one in self._programs.get((node[1], node[2]), ())]
        flags = {one.namespaces for one in programs if one.namespaces is not None}
        if flags:
            return any_of(matches(one, namespace) for one in flags)
        if any(one.by_environment for one in programs):
            return None
        given = self._given.get(install)
        if given is None and install not in self._given:
            given = "" if self._world.snapshot.is_listed("ConfigMap", install) else None
        return None if given is None or not (given or programs) else matches(given, namespace)

    @cached_property
    def _programs(self) -> Mapping[Key, Sequence[ArgoProgram]]:
        """The application controllers that run, by their accounts."""
        found: dict[Key, list[ArgoProgram]] = {}
        snapshot = self._world.snapshot
        running: Iterable[Pod | Workload] = (*snapshot.workloads, *snapshot.pods)
        for one in running:
            program = one.spec.argo_cd
            if program is not None and program.name == _SHIPPED:
                key = one.metadata.namespace, one.spec.service_account
                found.setdefault(key, []).append(program)
        return found

    @cached_property
    def _given(self) -> Mapping[str, str | None]:
        return {
            one.metadata.namespace: one.application_namespaces
            for one in self._world.snapshot.config_maps
            if one.metadata.name == SETTINGS_MAP
        }

    @cached_property
    def logins(self) -> Sequence[ArgoLogin]:
        """The Secrets that let their reader in."""
        world = self._world
        return [
            login
            for namespace in self.controllers
            for name in world.secret_numbers.get(namespace, ())
            for login in _logins((namespace, name), world.secrets[namespace, name])
        ]


def any_of(answers: Iterable[bool | None]) -> bool | None:
    """Whether one of some answers is yes; None if that is not known."""
    found = set(answers)
    return True if True in found else None if None in found else False


def matches(patterns: str, namespace: str) -> bool | None:
    """Whether a list of Argo CD holds a namespace; None if that is not known.

    Each item is a pattern with wildcards, or a regular expression between slashes.

    Examples
    --------
    >>> matches("dev, team-*", "team-a"), matches("/^dev$/", "dev"), matches("dev", "prod")
    (True, True, False)
    >>> matches("/^((?!prod).)*$/", "dev"), matches("{dev,prod}", "dev")
    (None, None)
    """
    return any_of(_matches(one.strip(), namespace) for one in patterns.split(",") if one.strip())


def _matches(pattern: str, namespace: str) -> bool | None:
    if len(pattern) > 1 and pattern[0] == pattern[-1] == "/":
        own = pattern[1:-1]
        return None if is_refused(own) else search(own, namespace)
    return None if set(pattern) & set("{}\\") else fnmatchcase(namespace, pattern)


def _logins(place: Key, secret: Secret | None) -> Iterator[ArgoLogin]:
    namespace, name = place
    found = [_BY_NAME[name]] if name in _BY_NAME else []
    if secret is not None and (is_argo_cds(secret) or _ADMIN in (secret.keys or ())):
        found += [_BY_ENDING[end] for end in _BY_ENDING if name.endswith(end)]
    for key, what in found:
        shown = If.SECRET_IS_CREDENTIAL(namespace, name) if secret is None else None
        if secret is not None:
            shown = holds(secret, key, filled_in=what is LoginKey.SIGNING_KEY)
        if shown is not None:
            yield ArgoLogin(place, secret, key, what, both(_takes(namespace, what), shown))


def _takes(namespace: str, what: LoginKey) -> Condition:
    """Return what it takes to use what a Secret holds."""
    if what is LoginKey.CACHE_PASSWORD:
        return If.ARGO_CD_CACHE_IS_REACHED(namespace)
    enters = both(If.ARGO_CD_IS_REACHED(namespace), If.ARGO_CD_HAS_ADMIN(namespace))
    kept = If.ARGO_CD_PASSWORD_IS_KEPT(namespace) if what is LoginKey.PASSWORD else CERTAIN
    return both(enters, kept)


def is_argo_cds(secret: Secret) -> bool:
    """Whether a label says that a Secret is part of Argo CD."""
    labels = secret.metadata.labels
    return labels is not None and labels.part_of == _PART_OF


def holds(secret: Secret, *keys: str, filled_in: bool = False) -> Condition | None:
    """Return the condition on which a Secret has one of some keys; None if it has none.

    A manifest without data is filled in later, one with other data if ``filled_in`` says so.
    """
    if secret.keys and not set(keys).isdisjoint(secret.keys):
        return CERTAIN
    of_server, empty = bool(secret.metadata.uid), secret.keys == () or secret.size == 0
    if (secret.keys and (of_server or not filled_in)) or (empty and of_server):
        return None
    return If.SECRET_IS_CREDENTIAL(secret.metadata.namespace, secret.metadata.name)
