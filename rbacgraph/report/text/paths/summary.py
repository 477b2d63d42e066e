"""Sentences about the paths to a Secret: how many principals reach it, how, and who else."""

from collections import Counter
from collections.abc import Iterator, Sequence

from rbacgraph.model.answers.paths import Basis, Counted, Members, Path, SecretPaths
from rbacgraph.model.condition import If
from rbacgraph.model.node import MASTERS, VAULT, format_node
from rbacgraph.report.text.layout.text import both, count, fitting, listing
from rbacgraph.report.text.words import kind_of

_MASTERS = format_node(MASTERS)


def reach_sentence(
    secret: SecretPaths, source: str, it: str, basis: Basis, counted: Sequence[Counted] = ()
) -> str:
    """Return how many principals reach it for certain, and how many only on a condition.

    It names the question's filters, because a filtered count is not complete.
    """
    sure = {path.principal for path in secret.paths if path.certain}
    sure.update(*(one.principals for one in counted if one.certain))
    only = {path.principal for path in secret.paths}
    only = only.union(*(one.principals for one in counted)) - sure
    if not sure and not only:
        if kind_of(secret.secret) == VAULT and unseen_in_vault(basis):
            found = no_path_sentence(basis, source, it, secret.folded)
            return f"{found.removesuffix('.')}, as far as the dump of Vault shows."
        return no_path_sentence(basis, source, it, secret.folded)
    by = by_paths(basis, number=1 if source else 2)
    if source:
        how = " for certain" if sure else ", only under a condition"
        return f"{source} reaches {it}{how}{by}."
    if not sure:
        return f"{_principals(len(only))} {it}, only under a condition{by}."
    words = f"{_principals(len(sure))} {it} for certain{by}"
    return f"{words}, {len(only):,} more only under a condition." if only else f"{words}."


def some_sentence(certain: int, conditional: int, source: str, basis: Basis) -> str:
    """Return how many principals reach any of several Secrets, or how many a source reaches.

    ``certain``, ``conditional``: the number of these principals, or Secrets, for certain, and only
        under a condition.
    """
    by = by_paths(basis)
    if source:
        words = [f"{certain:,} of them for certain"] if certain else []
        words += [f"{conditional:,} of them only under a condition"] if conditional else []
        return f"{source} reaches {listing(words)}{by}."
    if not certain:
        return f"{_principals(conditional)} some of them, only under a condition{by}."
    words_of = f"{_principals(certain)} some of them for certain{by}"
    return (
        f"{words_of}, {conditional:,} more only under a condition."
        if conditional
        else f"{words_of}."
    )


def no_path_sentence(basis: Basis, source: str, it: str, folded: Sequence[str]) -> str:
    """Return that there is no path, unless the input cannot show that."""
    if basis.unbound:
        return f"No path can be concluded: {NO_RIGHTS}."
    certain = "certain " if basis.certain else ""
    found = f"No {certain}path was found" + (f" from {source}" if source else "")
    if source or basis.filtered:
        return f"{found}{limits_words(basis)}."
    but = " but the control plane itself" if folded else ""
    return f"{found}: nobody{but} reaches {it}."


_UNSEEN = frozenset(
    {
        If.AUTH_METHODS_OF_VAULT_ARE_SEEN,
        If.ROLES_OF_VAULT_ARE_SEEN,
        If.ROLE_OF_VAULT_ADMITS,
        If.TOKENS_OF_VAULT_OBTAIN_NO_MORE,
    }
)


def unseen_in_vault(basis: Basis) -> bool:
    """Whether the dump of Vault lacks a role that may open a path."""
    return any(doubt.code in _UNSEEN for lack in basis.missing for doubt in lack.doubts)


NO_RIGHTS = "the input holds no bindings"


def limits_words(basis: Basis, *, number: int = 1) -> str:
    """Return the question's limits on paths, as words after "path".

    Examples
    --------
    >>> limits_words(Basis(kubernetes_version="1.36", edges=(), via=("exec",)))
    ' that uses exec'
    """
    words = [f"without {listing(basis.excluded, last='or')}"] if basis.excluded else []
    use = "uses" if number == 1 else "use"
    words += [f"that {use} {listing(basis.via, last='or')}"] if basis.via else []
    return "".join(f" {word}" for word in words)


def by_paths(basis: Basis, *, number: int = 2) -> str:
    """Return the paths to which an answer is limited; empty if all paths count."""
    limits = limits_words(basis, number=number)
    return f", by {'a path' if number == 1 else 'paths'}{limits}" if limits else ""


def opening_sentence(paths: Sequence[Path], counted: Sequence[Counted] = ()) -> str:
    """Return the numbers of principals by the last technique, certain ones apart and first."""
    pairs = {(path.opening, path.principal): False for path in paths}
    pairs |= {(one.opening, principal): False for one in counted for principal in one.principals}
    pairs |= {(path.opening, path.principal): True for path in paths if path.certain}
    pairs |= {
        (one.opening, principal): True
        for one in counted
        if one.certain
        for principal in one.principals
    }
    sure = Counter(opening for (opening, _), certain in pairs.items() if certain)
    only = Counter(opening for (opening, _), certain in pairs.items() if not certain)
    ordered = sorted(sure | only, key=lambda one: (-sure[one], -only[one], one))
    words = ", ".join(f"{one} {both(sure[one], only[one])}" for one in ordered)
    return f"Final step: {words}."


_FEW = 5


def members_sentences(
    members: Sequence[Members], columns: int, *, every: bool = False
) -> Iterator[str]:
    """Yield who reaches it only as a member of counted groups.

    ``every``: whether to also list many groups one by one.
    """
    if every or len(members) <= _FEW:
        yield from map(_members_sentence, members)
        return
    yield groups_sentence([one.group for one in members], columns)


def _members_sentence(members: Members) -> str:
    who = [
        count(number, noun)
        for number, noun in ((members.service_accounts, "ServiceAccount"), (members.users, "user"))
        if number
    ]
    how = "" if members.implied else ", as the input says"
    return f"Also reached as members: {listing(who)} through {members.group}{how}."


def groups_sentence(groups: Sequence[str], columns: int) -> str:
    """Return through which groups principals reach some of several Secrets.

    Examples
    --------
    >>> groups_sentence(["group:dev"], 80)
    'Also reached as members of 1 group: group:dev; -o wide counts each.'
    """
    total = count(len(groups), "group")
    return f"Also reached as members of {total}: {fitting(groups, columns)}; -o wide counts each."


def referred_sentence(sources: Sequence[str], it: str, columns: int) -> str:
    """Return which objects name a Secret without giving it.

    Examples
    --------
    >>> referred_sentence(["ingress:shop/web"], "it", 80)
    '1 object refers to it, which is no way to read it: ingress:shop/web.'
    """
    total = count(len(sources), "object")
    refers = f"{total} {'refers' if len(sources) == 1 else 'refer'} to {it}"
    return f"{refers}, which is no way to read it: {fitting(sources, columns)}."


def folded_sentence(names: Sequence[str], columns: int) -> str:
    """Return which control-plane identities are not listed, and why.

    Examples
    --------
    >>> folded_sentence(["group:system:masters", "user:system:kube-scheduler"], 80)
    'Not listed: group:system:masters, which needs no binding, and 1 control-plane identity with \
shipped bindings only: user:system:kube-scheduler.'
    """
    others = [name for name in names if name != _MASTERS]
    words = [f"{_MASTERS}, which needs no binding"] if len(others) < len(names) else []
    if others:
        total = count(len(others), "control-plane identity", "control-plane identities")
        words.append(f"{total} with shipped bindings only: {fitting(others, columns)}")
    return f"Not listed: {', and '.join(words)}."


def others_sentence(changers: int, it: str) -> str:
    """Return how many may change a Secret, if the question has one source.

    Examples
    --------
    >>> others_sentence(2, "it")
    'Of all principals, 2 may change or delete it directly (-o wide).'
    >>> others_sentence(0, "it")
    ''
    """
    if not changers:
        return ""
    return f"Of all principals, {changers:,} may change or delete {it} directly (-o wide)."


def truncated_sentence(number: int) -> str:
    """Return how many paths are left out."""
    return f"{count(number, 'more path')} left out by the limit on paths."


def _principals(number: int) -> str:
    return f"{count(number, 'principal')} {'reaches' if number == 1 else 'reach'}"
