"""Keeps the server's answers in a file, so that an interrupted run can go on.

A line holds digests of the claim, the cluster and the plan, and the answer: no credentials, and of
what the server says only the reasons of its answers.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import IO

from msgspec import MsgspecError, Struct, json
from msgspec.structs import replace

from rbacgraph.errors import InputError
from rbacgraph.model.answers.verification import Claim, Review
from rbacgraph.sources.live.connection.connect import Connection

_SCHEMA = "rbacgraph/verify-answers/v1"
_OWNER_ONLY = 0o600


class _Head(Struct, frozen=True, tag_field="line", tag="plan"):
    schema: str
    cluster: str
    plan: str


class _Answer(Struct, frozen=True, tag_field="line", tag="answer", omit_defaults=True):
    claim: str
    allowed: bool
    reason: str = ""


class _Metadata(Struct, frozen=True):
    uid: str = ""


class _Namespace(Struct, frozen=True):
    metadata: _Metadata = _Metadata()


class SavedAnswers:
    """The answers of earlier runs, and the file to which this run adds.

    ``known`` are the answers to claims of this plan; ``dropped`` counts the others. ``changed``
    says that an earlier run had another plan.
    """

    def __init__(self, file: IO[bytes], path: str, cluster: str, claims: Sequence[Claim]) -> None:
        self._file = file
        digests = {claim: _digest(json.encode(replace(claim, reason=""))) for claim in claims}
        plan = _digest(*(digest.encode() for digest in digests.values()))
        heads, answers = _read(file, path)
        if any(head.cluster != cluster for head in heads):
            raise InputError(
                f"{path} holds the answers of another cluster",
                advice="give another --resume FILE for each cluster",
            )
        self._digests = digests
        self.known = {claim: answers[d] for claim, d in digests.items() if d in answers}
        self.dropped = len(answers) - len(self.known)
        self.changed = bool(heads) and heads[-1].plan != plan
        if not heads or self.changed:
            self._write(_Head(_SCHEMA, cluster, plan))

    def add(self, claim: Claim, review: Review) -> None:
        """Keep an answer; its reason only if it contradicts the claim."""
        reason = "" if review.allowed == claim.allowed else review.reason
        self._write(_Answer(self._digests[claim], review.allowed, reason))

    def _write(self, line: "_Head | _Answer") -> None:
        self._file.write(json.encode(line) + b"\n")
        self._file.flush()


@contextmanager
def saved_answers(
    path: str, connection: Connection, claims: Sequence[Claim]
) -> Iterator[SavedAnswers]:
    """Open the file of answers, which only its owner may read.

    Raises InputError if it cannot be opened, or holds something else, or answers of another
        cluster.
    """
    cluster = _digest(connection.server.encode(), _uid(connection).encode())
    try:
        number = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, _OWNER_ONLY)
    except OSError as error:
        raise InputError(f"{path} cannot be opened: {error.strerror}") from None
    with open(number, "a+b") as file:  # noqa: PTH123 - a number, not a path
        found = SavedAnswers(file, path, cluster, claims)
        os.fchmod(number, _OWNER_ONLY)
        yield found


def _read(file: IO[bytes], path: str) -> tuple[list[_Head], dict[str, Review]]:
    """Read all lines but one that was cut off at the end."""
    file.seek(0)
    whole = file.read()
    *lines, rest = whole.split(b"\n")
    heads, answers = list[_Head](), dict[str, Review]()
    decoder = json.Decoder(_Head | _Answer)
    for number, line in enumerate(lines, 1):
        try:
            found = decoder.decode(line)
        except MsgspecError:
            raise InputError(f"{path}:{number}: no answer of rbacgraph verify") from None
        if isinstance(found, _Head):
            heads.append(found)
        else:
            answers[found.claim] = Review(found.allowed, found.reason)
    if (whole and not heads) or any(head.schema != _SCHEMA for head in heads):
        raise InputError(
            f"{path} is no file of answers of rbacgraph verify",
            advice="--resume takes the file that an earlier --resume wrote, or a new name",
        )
    if rest:
        file.truncate(len(whole) - len(rest))
    return heads, answers


def _uid(connection: Connection) -> str:
    """Return what names a cluster for its lifetime; empty if the server does not show it."""
    answer = connection.get("/api/v1/namespaces/kube-system")
    try:
        return json.decode(answer.body, type=_Namespace).metadata.uid if answer.ok else ""
    except MsgspecError:
        return ""


def _digest(*parts: bytes) -> str:
    found = sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big") + part)
    return found.hexdigest()[:32]
