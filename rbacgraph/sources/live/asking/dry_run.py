"""Asks a live server whether it would write an object, by ``dryRun=All``.

Source: kubernetes ``staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/types.go`` (CreateOptions,
UpdateOptions) and ``pkg/registry/rbac``: an update of roles and bindings needs no version.
"""

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, NamedTuple
from urllib.parse import quote

from msgspec import json

from rbacgraph.model.answers.verification import Claim
from rbacgraph.model.changes.change import ObjectKey
from rbacgraph.model.changes.saved_suggestion import Refusal, ServerWord
from rbacgraph.model.kubernetes.rbac import RBAC_GROUP
from rbacgraph.sources.live.asking.access_review import ask_all
from rbacgraph.sources.live.connection.connect import Connection
from rbacgraph.sources.live.connection.parallel import each
from rbacgraph.sources.live.pages import reason_of

KINDS = frozenset({"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"})
"""The kinds that are tried; rbacgraph does not know enough of other objects."""

_ROOT = f"/apis/{RBAC_GROUP}/v1"


class Write(NamedTuple):
    """An object to create, or to replace."""

    key: ObjectKey
    manifest: dict[str, Any]
    new: bool


def word_of(
    connection: Connection,
    claims: Sequence[Claim],
    writes: Sequence[Write],
    progress: Callable[[int, int], None],
) -> ServerWord:
    """Ask whether required requests are allowed today, and whether objects would be written.

    ``progress``: gets the number of answers, and of questions.
    Raises InputError if the server does not answer SubjectAccessReviews.
    """
    total = len(claims) + len(writes)
    reviews = ask_all(connection, claims, lambda done, _: progress(done, total))
    answers = count(1 + len(claims))
    refusals = each(
        writes, lambda write: _try(connection, write), lambda _: progress(next(answers), total)
    )
    return ServerWord(
        context=connection.name,
        server=connection.server,
        asked=len(claims),
        denied=tuple(c for c, review in zip(claims, reviews, strict=True) if not review.allowed),
        tried=len(writes),
        refused=tuple(
            Refusal(*write.key, reason)
            for write, reason in zip(writes, refusals, strict=True)
            if reason
        ),
        impersonated=str(connection.impersonation),
        certificate_checked=not connection.unverified,
    )


def _try(connection: Connection, write: Write) -> str:
    """Return why the server would not write an object; ``""`` if it would."""
    kind, namespace, name = write.key
    where = f"/namespaces/{quote(namespace, safe='')}" if namespace else ""
    path = f"{_ROOT}{where}/{kind.lower()}s"
    if not write.new:
        path += f"/{quote(name, safe='')}"
    answer = connection.try_write("POST" if write.new else "PUT", path, json.encode(write.manifest))
    return "" if answer.ok else reason_of(answer)
