"""Reduces logs of stores to who read which secret, in one pass and bounded memory."""

from collections.abc import Sequence
from functools import cached_property
from itertools import islice
from sys import intern
from typing import NamedTuple

from rbacgraph.model.inputs.store_log import LoggedRead, StoredSecret
from rbacgraph.sources.audit.stores.facts import Attempt, SessionStart, StoreEvent, WholeArn
from rbacgraph.sources.audit.tally import Tally

_REMEMBERED = 1 << 20
"""The number of events that are remembered, so that one that comes twice counts once."""

_WAITING = 1 << 17
"""The number of reads by sessions whose beginning may still come."""

_MOST_SHARED = 1 << 16
_ACCOUNT = "aws-account:"
_LONGEST = 8
"""Sessions from sessions: AWS and Vault have no bound, nobody chains as many."""


class _Access(NamedTuple):
    """One secret, and who asked for it; ``session`` is 0 once it is known, or if there is none."""

    who: str
    issuer: str
    role: str
    session: int
    secret: StoredSecret
    allowed: bool


class _Session(NamedTuple):
    account: str
    issuer: str
    parent: int


class StoreReducer:
    """Takes events in any order, and counts each one once.

    Of tokens and keys it keeps what Python hashes them to, which is another number in each run.
    """

    def __init__(self) -> None:
        self.events = 0
        self.first = self.last = ""
        self._tally = Tally[_Access](_sort, _shared)
        self._sessions: dict[int, _Session] = {}
        self._whole: dict[WholeArn, None] = {}
        self._room = _WAITING
        self._common: dict[int, Attempt] = {}
        self._counted: set[int] = set()
        self._counted_before: set[int] = set()

    def take(self, events: Sequence[StoreEvent]) -> None:
        """Take some events."""
        self.events += len(events)
        for event in events:
            for fact in event.facts():
                if isinstance(fact, Attempt):
                    self._attempt(fact)
                elif isinstance(fact, WholeArn):
                    self._whole[fact] = None
                else:
                    self._begin(fact)

    def _begin(self, login: SessionStart) -> None:
        session, parent = hash(login.session), hash(login.parent) if login.parent else 0
        self._sessions[session] = _Session(intern(login.account), intern(login.issuer), parent)
        if len(self._sessions) > _REMEMBERED:
            self._settle()
            for oldest in list(islice(self._sessions, _REMEMBERED >> 1)):
                del self._sessions[oldest]

    def _attempt(self, found: Attempt) -> None:
        key = hash(found.key)
        if key in self._counted or key in self._counted_before:
            return
        if found.shared:  # the account of the caller names it, that of the secret may not
            known = self._common.setdefault(key, found)
            if known.who.startswith(_ACCOUNT):
                self._common[key] = found
            if len(self._common) > _MOST_SHARED:
                self._give_up_common(_MOST_SHARED >> 1)
            return
        self._count(key, found)

    def _give_up_common(self, number: int) -> None:
        for key in list(islice(self._common, number)):
            self._count(key, self._common.pop(key))

    def _count(self, key: int, found: Attempt) -> None:
        self._counted.add(key)
        if len(self._counted) > _REMEMBERED:
            self._counted_before, self._counted = self._counted, set()
        time = _second(found.time)
        self.last = max(self.last, time)
        if time and (time < self.first or not self.first):
            self.first = time
        session = hash(found.session) if found.session else 0
        for secret in found.secrets:
            one = _Access(*self._known(found.who, session), secret, found.allowed)
            entry = self._tally.get(one)
            if entry is not None:
                entry.add(time)
                continue
            self._tally.add(one, time)
            if len(self._tally) > self._room:
                self._settle(final=True)
                self._room = max(_WAITING, 2 * len(self._tally))

    def _known(self, who: str, session: int) -> tuple[str, str, str, int]:
        """Return who began a session, with issuer and role, if that is known; else both."""
        began, steps = self._sessions.get(session), 0
        while began is not None and began.parent and steps < _LONGEST:
            began, steps = self._sessions.get(began.parent), steps + 1
        if began is None or not began.account:
            return who, "", "", session
        if steps and not began.account.startswith("sa:"):
            return who, "", "", session
        return began.account, began.issuer, who if who.startswith("aws-role:") else "", 0

    def _settle(self, *, final: bool = False) -> None:
        """Count by ServiceAccounts what sessions did whose beginning came later."""
        settled = Tally[_Access](_sort, _shared)
        for one, entry in self._tally.items():
            who, issuer, role, left = one[:4]
            if left:
                who, issuer, role, left = self._known(who, left)
            known = _Access(who, issuer, role, 0 if final else left, one.secret, one.allowed)
            settled.add(known, entry.last, entry.count)
        self._tally = settled

    def result(self) -> tuple[LoggedRead, ...]:
        """Return the reads and refusals, by identity and secret."""
        self._give_up_common(len(self._common))
        self._settle(final=True)
        found: dict[tuple[str, str, str, StoredSecret], tuple[int, int, str]] = {}
        for one, entry in self._tally.items():
            key = one.who, one.issuer, one.role, self._secret(one.secret)
            reads, refused, last = found.get(key, (0, 0, ""))
            if one.allowed:
                found[key] = reads + entry.count, refused, max(last, entry.last)
            else:
                found[key] = reads, refused + entry.count, last
        return tuple(LoggedRead(*key, *found[key]) for key in sorted(found))

    def _secret(self, secret: StoredSecret) -> StoredSecret:
        """Return the secret of an ARN whose end may be six letters of AWS, or of its name.

        Only AWS's own ARN surely has them. A name that was asked for by itself is one, and one that
        stands before six more letters.
        """
        if not secret.arn_path:
            return secret
        said = WholeArn(secret.address, secret.arn_path)
        bare = said not in self._whole and said in self._names
        return secret._replace(path=secret.arn_path if bare else secret.path, arn_path="")

    @cached_property
    def _names(self) -> frozenset[tuple[str, str]]:
        whole = {(one.address, one.path[: -len("-AbCdEf")]) for one in self._whole}
        return frozenset(whole | {one.secret[1:3] for one, _ in self._tally.items()})


def _second(time: str) -> str:
    """Return a timestamp in seconds; ``""`` for a text that is none.

    Examples
    --------
    >>> _second("2026-03-01T00:13:31.1234567Z"), _second("2026-03-01 00:13:31.000"), _second("x")
    ('2026-03-01T00:13:31Z', '2026-03-01T00:13:31Z', '')
    """
    return f"{time[:10]}T{time[11:19]}Z" if time[4:5] == "-" and time[:4].isdigit() else ""


def _sort(one: _Access) -> _Access:
    return one._replace(secret=StoredSecret(one.secret.kind, one.secret.address, "*"))


def _shared(one: _Access) -> _Access:
    kind, address, path, below, arn_path = one.secret
    secret = StoredSecret(intern(kind), intern(address), intern(path), below, intern(arn_path))
    return one._replace(who=intern(one.who), role=intern(one.role), secret=secret)
