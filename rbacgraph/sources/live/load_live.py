"""Reads a live cluster into a snapshot, at a limited rate, and never a Secret's data.

The official client serves only for configuration and credentials; rbacgraph decodes the server's
answers as it decodes files.
"""

import base64
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from msgspec import MsgspecError, Struct, json
from msgspec.structs import replace

from rbacgraph.errors import InputError
from rbacgraph.model.inputs.snapshot import Collected, CustomResource, Snapshot
from rbacgraph.model.kubernetes.core import Secret, ServiceAccount
from rbacgraph.model.kubernetes.meta import AnnotatedMeta
from rbacgraph.model.node import SERVICE_ACCOUNT, user_node
from rbacgraph.model.progress import Progress
from rbacgraph.sources.config.groups_and_version import (
    GroupsInput,
    read_groups,
    wanted_issuers,
    wanted_version,
)
from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.sources.finish import finish
from rbacgraph.sources.live.all_lists import Lists
from rbacgraph.sources.live.asking.access_review import ask, ask_all
from rbacgraph.sources.live.asking.dry_run import KINDS, Write, word_of
from rbacgraph.sources.live.connection.connect import Connection
from rbacgraph.sources.live.connection.kubeconfig import find_target
from rbacgraph.sources.live.connection.settings import Settings
from rbacgraph.sources.live.connection.unexpected import foreign
from rbacgraph.sources.live.discovery import Catalogue, discover
from rbacgraph.sources.live.list_part import ListPart
from rbacgraph.sources.live.own_rights import add_own_rights
from rbacgraph.sources.live.reports import LiveReports
from rbacgraph.sources.live.single_objects import WholeReader
from rbacgraph.sources.objects import object_kinds
from rbacgraph.sources.objects.collector import Collector
from rbacgraph.sources.objects.object_kinds import SYSTEM, Kind

__all__ = [
    "KINDS",
    "Settings",
    "Write",
    "ask",
    "ask_all",
    "connected",
    "load_live",
    "word_of",
]


@contextmanager
def connected(settings: Settings) -> Iterator[Connection]:
    """Connect to the cluster that the settings name."""
    connection = Connection(find_target(settings.checked()), settings)
    try:
        yield connection
    finally:
        connection.close()


def load_live(
    settings: Settings,
    *,
    groups: GroupsInput = None,
    kubernetes_version: str | None = None,
    oidc_issuers: Sequence[str] = (),
    progress: Progress = lambda _: None,
) -> Snapshot:
    """Collect everything that a live cluster shows into one snapshot.

    ``settings``: which cluster, as which user, how much of it and how fast.
    ``groups``, ``kubernetes_version``, ``oidc_issuers``: as for
        :func:`rbacgraph.sources.load.load`; the server reports its own version.
    ``progress``: is called with each list when it is complete.
    Returns the objects, and a diagnostic for everything that the server did not show.
    Raises InputError if there is no cluster, it cannot be reached, or it refuses the credentials;
        UsageError if the settings are invalid.
    """
    version = wanted_version(kubernetes_version)
    members = read_groups(groups)
    issuers = wanted_issuers(oidc_issuers)
    with connected(settings) as connection:
        snapshot = collect(connection, settings, groups=members, version=version, progress=progress)
    return replace(snapshot, oidc_issuers=issuers) if issuers else snapshot


# Collects a live cluster into a snapshot: each kind once, by the fewest requests.

_ERRORS = 500
_EVERYWHERE = frozenset({"", "rbac.authorization.k8s.io"})


def collect(
    connection: Connection,
    settings: Settings,
    *,
    groups: Mapping[str, tuple[str, ...]],
    version: tuple[int, int] | None,
    progress: Progress,
) -> Snapshot:
    """Ask one cluster for all objects that rbacgraph reads.

    ``progress``: is called with each list when it is complete.
    """
    begun = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    problems = Problems()
    collector = Collector(problems)
    collector.open_file(connection.name)
    reports = LiveReports(problems, connection.name)
    _ask_version(connection, collector)
    user, own = who_am_i(connection)
    catalogue = discover(connection)
    reports.catalogue(catalogue)
    if connection.impersonation.user:
        reports.impersonated(str(connection.impersonation))
    if connection.unverified:
        reports.unverified()
    lists = Lists(connection, settings, catalogue, progress)
    _note_choices(lists, settings, reports)
    taker = _Taker(collector, reports, catalogue, lists)
    for wanted in object_kinds.KINDS:
        taker.take(wanted)
    reader = WholeReader(connection, collector, reports)
    if not lists.namespaces_known:
        reader.namespaces(lists.asked_namespaces)
    _read_whole(reader, settings)
    if any(isinstance(o, Secret) and o.size for o in collector.objects["secrets"]):
        reports.keys_unknown()
    _add_self(collector, user)
    collector.close_file()
    add_own_rights(connection, collector, reports, lists, user)
    snapshot = finish(collector, groups=given_groups(groups, user, own), version=version)
    names = [
        name for part in lists.parts.get("CustomResourceDefinition", ()) for name in part.names
    ]
    customs = tuple(sorted(_customs(catalogue, names)))
    collected = Collected(
        context=connection.name,
        server=connection.server,
        server_version=next(iter(collector.server_versions), ""),
        time=begun,
        forbidden=tuple(dict.fromkeys(lists.forbidden())),
    )
    return replace(
        snapshot,
        me=user,
        collected=collected,
        custom_resources=customs,
        offered=tuple(sorted(catalogue.entries)),
    )


def _ask_version(connection: Connection, collector: Collector) -> None:
    from rbacgraph.sources.json.values import read_values

    answer = connection.get("/version")
    if answer.status >= _ERRORS:
        raise connection.is_unwell(foreign(answer) or str(answer.status))
    if answer.ok:
        read_values(answer.body, 0, collector, lambda _data, _line: True)


def _note_choices(lists: Lists, settings: Settings, reports: LiveReports) -> None:
    if not settings.secret_metadata:
        reports.names_only()
    if lists.wanted_namespaces:
        reports.narrowed(lists.wanted_namespaces)
        held = lists.held_namespaces
        for name in lists.wanted_namespaces if lists.namespaces_known else ():
            if name not in held:
                reports.no_such_namespace(name)


def _read_whole(reader: WholeReader, settings: Settings) -> None:
    if SYSTEM in (settings.collect_namespaces or {SYSTEM}):
        reader.aws_auth()
    reader.settings()
    if settings.helm_releases:
        reader.releases()


def _add_self(collector: Collector, user: str) -> None:
    """Add the ServiceAccount that asks: it exists, even if the server does not show it."""
    kind, namespace, name = user_node(user)
    if kind != SERVICE_ACCOUNT:
        return
    held = collector.objects["service_accounts"]
    if all((o.metadata.namespace, o.metadata.name) != (namespace, name) for o in held):
        metadata = AnnotatedMeta(name=name, namespace=namespace)
        held.append(ServiceAccount(metadata=metadata, origin=collector.base))


def _may_be_absent(part: ListPart) -> bool:
    """Whether a server may lack a kind: every server has those of core and RBAC."""
    return part.absent and part.task.served.group not in _EVERYWHERE


def _customs(catalogue: Catalogue, names: Sequence[str]) -> Iterator[CustomResource]:
    """Return the resources that the API serves for these definitions."""
    for name in names:
        resource, _, group = name.partition(".")
        found = catalogue.served.get((group, resource))
        if found:
            yield CustomResource(group, resource, found.kind, found.namespaced, found.short_names)


class _Taker:
    """Takes the lists of each kind, and reports what is missing."""

    def __init__(
        self, collector: Collector, reports: LiveReports, catalogue: Catalogue, lists: Lists
    ) -> None:
        self._collector = collector
        self._reports = reports
        self._catalogue = catalogue
        self._lists = lists

    def take(self, wanted: Kind) -> None:
        """Take the objects of one kind, as far as the server shows them."""
        parts = self._lists.parts.get(wanted.name, ())
        for part in parts:
            self._merge(part)
            if part.outcome.refused and not part.forbidden and not _may_be_absent(part):
                self._reports.unlisted(part)
            elif part.outcome.torn:
                self._reports.torn(part)
        served = self._catalogue.find(wanted.groups, wanted.resource)
        if served:
            self._report_forbidden(wanted, served.group, parts)
        self._mark_listed(wanted, parts)

    def _merge(self, part: ListPart) -> None:
        for field, objects in part.collector.objects.items():
            self._collector.objects[field] += objects
        self._collector.skipped.update(part.collector.skipped)
        for problem in part.collector.problems.result():
            self._collector.problems.add(
                problem.code,
                problem.message,
                file=problem.file,
                line=problem.line,
                advice=problem.advice,
                severity=problem.severity,
            )

    def _report_forbidden(self, wanted: Kind, group: str, parts: Sequence[ListPart]) -> None:
        """Report a kind that cannot be listed: anywhere, in some namespaces, or in unknown ones."""
        refused = list(dict.fromkeys(p.task.namespace for p in parts if p.forbidden))
        shown = list(dict.fromkeys(p.task.namespace for p in parts if not p.forbidden))
        guessed = not (self._lists.namespaces_known or self._lists.wanted_namespaces)
        if refused and not shown:
            self._reports.forbidden(wanted, group, "")
        elif refused:
            self._reports.forbidden(wanted, group, "in", refused)
        elif guessed and "" not in shown and shown:
            self._reports.forbidden(wanted, group, "outside", shown)

    def _mark_listed(self, wanted: Kind, parts: Sequence[ListPart]) -> None:
        """Record for which kinds and namespaces an absence is proof."""
        listed = self._collector.listed
        if not parts:
            if self._catalogue.lacks(wanted.groups, wanted.resource):
                listed.add((wanted.name, ""))
            return
        failed = {part.task.namespace for part in parts if not part.complete}
        listed.update({(wanted.name, p.task.namespace) for p in parts if p.complete})
        listed.difference_update({(wanted.name, namespace) for namespace in failed})
        if not failed and self._lists.namespaces_known and not self._lists.wanted_namespaces:
            listed.add((wanted.name, ""))


# Asks the server for the identity of the credentials, by a SelfSubjectReview.

_PATH = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
_REVIEW = b'{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}'
_ANONYMOUS = "system:anonymous"
_SERVICE_ACCOUNT = "system:serviceaccount:"
_EVERYBODY = "system:authenticated"


class _UserInfo(Struct, frozen=True):
    username: str = ""
    groups: tuple[str, ...] | None = None


class _ReviewStatus(Struct, frozen=True, rename="camel"):
    user_info: _UserInfo = _UserInfo()


class _Claims(Struct, frozen=True):
    sub: str = ""


class _Review(Struct, frozen=True):
    status: _ReviewStatus = _ReviewStatus()


def who_am_i(connection: Connection) -> tuple[str, tuple[str, ...]]:
    """Return user and groups; the user is ``""`` if nothing says it.

    A server that cannot say who asks (before 1.28) leaves it to the connection: whom it
    impersonates is known, and the claims of a ServiceAccount's token name the account.

    Raises InputError if the server does not accept the credentials.
    """
    answer = connection.post(_PATH, _REVIEW)
    if not answer.ok:
        acting = connection.impersonation
        if acting.user:
            return acting.user, acting.groups
        return account_of(connection.token), ()
    try:
        found = json.decode(answer.body, type=_Review).status.user_info
    except MsgspecError:
        return "", ()
    if found.username == _ANONYMOUS:
        raise InputError(
            f"{connection.server} (context {connection.name}) takes the requests for anonymous"
            " ones: the kubeconfig holds no credentials",
            advice="log in first",
        )
    return found.username, found.groups or ()


def account_of(token: str) -> str:
    """Return the username of the ServiceAccount whose token this is; ``""`` for another token.

    Nothing checks the signature here: the server has accepted the token.

    Examples
    --------
    >>> payload = base64.urlsafe_b64encode(b'{"sub":"system:serviceaccount:shop:ci"}').decode()
    >>> account_of(f"header.{payload}.signature"), account_of("opaque")
    ('system:serviceaccount:shop:ci', '')
    """
    try:
        _, payload, _ = token.split(".")
        padded = payload + "=" * (-len(payload) % 4)
        claims = json.decode(base64.urlsafe_b64decode(padded), type=_Claims)
    except (MsgspecError, ValueError):
        return ""
    return claims.sub if claims.sub.startswith(_SERVICE_ACCOUNT) else ""


def given_groups(
    given: Mapping[str, tuple[str, ...]], user: str, groups: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    """Return the mapping of groups with the asking user's groups, without implied ones."""
    found = dict(given)
    if user and not user.startswith(_SERVICE_ACCOUNT):
        reported = (group for group in groups if group != _EVERYBODY)
        found[user] = tuple(dict.fromkeys((*found.get(user, ()), *reported)))
    return found
