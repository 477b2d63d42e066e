"""``vault suggest`` as a person reads it: each role, then each policy, then what is not known."""

import shlex
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from rbacgraph.model.answers.paths import EdgePage
from rbacgraph.model.changes import vault_suggestion
from rbacgraph.model.printable import clean, is_visible
from rbacgraph.report.documents.advice import VaultSuggestDocument
from rbacgraph.report.documents.filling import document
from rbacgraph.report.formats.rows import AnswerColumns, joined
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.text import count, listing
from rbacgraph.report.text.words import place

_END = "END_OF_POLICY"

_FEW = 8
_UNKNOWN = "unknown"
_API_SERVER = "that of the API server"

_KEPT = {
    "deny": "it only takes away",
    "template": "its template stands for another path for each token",
    "search": "an operator searches below it",
    "shared-pattern": "another policy of the same token has this path too",
    "wildcard-in-name": "a needed path would be read as a pattern",
    "limits": "stanzas with different limits allow the same path",
    "proof": "with exact paths, another token could do more, or less than it needs",
}
_WITHOUT = {
    "smallest": "It is the smallest that leaves what is needed.",
    "nothing-needed": "Nothing that was seen needs it. People and programs may.",
    "lost-fields": "It has an end, a filter, or somebody who must agree, which rbacgraph does not "
    "write.",
    "shared": "Others have it whose needs are not known, and rbacgraph found no other that could "
    "take its place for its users.",
    "not-proven": "rbacgraph found no smaller one that it can prove.",
}


class _Found(NamedTuple):
    """One finding: about a role or a policy, which, what, and its subjects."""

    subject: str
    namespace: str
    name: str
    finding: str
    values: Sequence[str]
    file: str
    line: int


def vault_suggest_text(result: vault_suggestion.VaultSuggestResult, look: Look) -> str:
    """Lay out the answer."""
    told: list[vault_suggestion.VaultRoleAdvice] = []
    idle: list[vault_suggestion.VaultRoleAdvice] = []
    for one in result.roles:
        (told if one.objects or one.patterns or one.selector else idle).append(one)
    sections = [_role(one, look) for one in told]
    if idle:
        names = _some([_path(one.namespace, one.path) for one in idle], look)
        sections.append(
            look.prose(
                f"No object of the input logs in by {names}: unused, as far as seen.",
                hang=2,
            )
        )
    sections += [_policy(one, look) for one in result.policies]
    sections.append(_foot(result, look))
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def _role(role: vault_suggestion.VaultRoleAdvice, look: Look) -> list[str]:
    lines = look.pair(
        _path(role.namespace, role.path), place(role.file, 1), styles=("heading", "place")
    )
    for sentence in _role_sentences(role, look):
        lines += look.prose(sentence, indent=2, hang=2)
    for one in role.unmet:
        lines += look.prose(f"asked for, and denied: {_need(one, look)}", indent=2, hang=4)
    if role.given and not role.blocks:
        lines.append(_command(policies_command(role), look))
    for block in role.blocks:
        lines.append(_command(role_command(role, block), look))
        if block.objects:
            lines += look.prose(f"for {_some(block.objects, look)}", indent=4, hang=2)
    return lines


def _role_sentences(role: vault_suggestion.VaultRoleAdvice, look: Look) -> Iterator[str]:
    if role.users:
        yield f"Used by {_some(role.users, look)}: {_some(role.objects, look)}."
    if not role.objects:
        yield "No object of the input logs in by it: unused, as far as seen."
    if role.refused:
        yield f"Objects let {_some(role.refused, look)} log in by it, and it does not admit them."
    if role.owner == _UNKNOWN:
        mount = _path(role.namespace, role.path.rpartition("/role/")[0])
        yield (
            f"Whether {mount} admits ServiceAccounts of this cluster is unknown "
            f"(--vault-mount {mount}=this): rbacgraph does not judge which accounts are too many."
        )
    yield from _admitted_sentences(role, look)
    if not role.audience:
        yield _audience_words(role)
    if role.policies:
        yield f"It gives {_some(role.policies, look)}."
    if role.unread:
        yield (
            f"The dump lacks {_some(role.unread, look)}: if there is no such policy, who may write "
            "it gives the token more."
        )
    if len(role.blocks) > 1:
        yield (
            f"Nobody uses some names in some namespaces: {count(len(role.blocks), 'role')} admit "
            "its users alone. Copy other fields, as times, from the present role."
        )


def _admitted_sentences(role: vault_suggestion.VaultRoleAdvice, look: Look) -> Iterator[str]:
    if role.others:
        yield f"Also admitted, and no object lets them log in: {_some(role.others, look)}."
    if role.absent:
        yield (
            f"Admitted by name, and there is no such ServiceAccount: {_some(role.absent, look)}. "
            "Who may create it logs in."
        )
    if role.unseen:
        yield f"The input does not show all ServiceAccounts of {_some(role.unseen, look)}."
    if role.patterns:
        yield f"It admits others that come, by {_some(role.patterns, look)}."
    if role.selector:
        yield (
            "It admits namespaces by labels: who may label a namespace, opens it to the role "
            f"({role.selector})."
        )


def _audience_words(role: vault_suggestion.VaultRoleAdvice) -> str:
    asked = [one for one in role.audiences if one]
    text = "It asks for no audience: a token that was meant for another server logs in as well."
    if len(role.audiences) == 1 and asked:
        return f"{text} Its users ask for tokens for {asked[0]}: add audience={asked[0]}."
    return text


def _policy(policy: vault_suggestion.VaultPolicyAdvice, look: Look) -> list[str]:
    where = place(policy.file, policy.line) if policy.file else ""
    lines = look.pair(
        f"policy {_path(policy.namespace, policy.name)}", where, styles=("heading", "place")
    )
    lines += look.prose(f"Given by {_some(policy.roles, look)}.", indent=2, hang=2)
    if policy.shared:
        words = f"Also given by {_some(policy.shared, look)}, whose needs are not known."
        lines += look.prose(words, indent=2, hang=2)
    for one in policy.needed:
        lines += look.prose(f"needed: {_need(one, look)}", indent=2, hang=4)
    if policy.unread and not policy.without:
        words = f"The proof does not cover {_some(policy.unread, look)}, which the dump lacks."
        lines += look.prose(words, indent=2, hang=2)
    if policy.without:
        return [*lines, *look.prose(_WITHOUT[policy.without], indent=2, hang=2)]
    if policy.own:
        words = f"So it stays, and {policy.own} takes its place where objects log in."
        lines += look.prose(words, indent=2, hang=2)
    if policy.dropped:
        lines += look.prose(f"Gone: {_some(policy.dropped, look)}.", indent=2, hang=2)
    for kept in policy.kept:
        lines += look.prose(f"Stays: {kept.path} ({_KEPT[kept.reason]}).", indent=2, hang=2)
    if policy.denied:
        lines += look.prose(
            f"Denied now, since another stanza of the same token would allow more: "
            f"{_some(policy.denied, look)}.",
            indent=2,
            hang=2,
        )
    if not policy.together:
        lines += look.prose(
            "The proof does not hold once all policies are written: write one, take a new dump, "
            "and ask again.",
            indent=2,
            hang=2,
        )
    lines.append(_command(policy_command(policy), look))
    return [*lines, *(f"    {line}".rstrip() for line in policy.text.splitlines())]


def _command(command: str, look: Look) -> str:
    """Print a command on one line: it is there to be copied."""
    return f"  {look.paint(f'→ {copied(command)}', 'good')}"


def _need(one: vault_suggestion.VaultPath, look: Look) -> str:
    return f"{', '.join(one.capabilities)} {one.path} by {_some(one.objects, look)}"


def _foot(result: vault_suggestion.VaultSuggestResult, look: Look) -> list[str]:
    lines = []
    if result.foreign:
        words = f"Not this cluster's, by their issuer: {_some(result.foreign, look)}."
        lines += look.prose(words, hang=2)
    if result.unknown_roles:
        words = f"Objects log in by roles that the dump lacks: {_some(result.unknown_roles, look)}."
        lines += look.prose(words, hang=2)
    if result.servers:
        lines += look.prose(
            f"Objects name several servers ({_some(result.servers, look)}), and the dump is of "
            "one: --vault-address says which.",
            hang=2,
        )
    smaller = sum(bool(one.text) for one in result.policies)
    roles = sum(bool(one.blocks or one.given) for one in result.roles)
    lines += look.prose(
        f"{count(smaller, 'policy', 'policies')} and {count(roles, 'role')} can be smaller."
    )
    return [
        *lines,
        *look.prose(
            "Known is only what objects of the cluster need: stores, Vault's operators, the "
            "driver, the injector. Programs that ask Vault by themselves, and people, may need "
            "more.",
            style="quiet",
        ),
    ]


def _path(namespace: str, path: str) -> str:
    return f"{namespace}/{path}" if namespace else path


def _some(names: Sequence[str], look: Look) -> str:
    shown = names if look.wide or len(names) <= _FEW + 1 else names[:_FEW]
    more = len(names) - len(shown)
    return listing([*shown, *([f"{more:,} more"] if more else [])])


def _findings(result: vault_suggestion.VaultSuggestResult) -> list[_Found]:
    found = []
    for role in result.roles:
        where = "role", role.namespace, role.path
        for finding, values in (
            ("users", role.users),
            ("refused", role.refused),
            ("others", role.others),
            ("absent", role.absent),
            ("unseen", role.unseen),
            ("patterns", role.patterns),
            ("unread-policies", role.unread),
            ("denied", tuple(one.path for one in role.unmet)),
            ("unused", () if role.objects else (role.path,)),
            ("no-audience", () if role.audience else role.audiences),
            ("own-policies", role.given),
            ("smaller", tuple(role_command(role, block) for block in role.blocks)),
        ):
            if values:
                shown = [one or _API_SERVER for one in values]
                found.append(_Found(*where, finding, shown, role.file, 1))
    for policy in result.policies:
        where = "policy", policy.namespace, policy.name
        for finding, values in (
            ("needed", tuple(one.path for one in policy.needed)),
            ("unread-policies", policy.unread),
            ("shared", policy.shared),
            ("own-policy", (policy.own,) if policy.own else ()),
            ("gone", policy.dropped),
            (policy.without or "smaller", policy.roles),
        ):
            if values:
                found.append(_Found(*where, finding, values, policy.file, policy.line))
    return found


def policies_command(advice: vault_suggestion.VaultRoleAdvice) -> str:
    """Return the command that writes a role's policies: see :func:`copied`."""
    given = f"token_policies={','.join(advice.given)}"
    return _shell_command(("vault", "write", *_namespace(advice.namespace), advice.path, given))


def role_command(
    advice: vault_suggestion.VaultRoleAdvice, block: vault_suggestion.RoleBlock
) -> str:
    """Return the command that writes a role's names and namespaces: see :func:`copied`."""
    path = f"{advice.path.rpartition('/')[0]}/{block.name}"
    fields = [
        f"bound_service_account_names={','.join(block.names)}",
        f"bound_service_account_namespaces={','.join(block.namespaces)}",
    ]
    if advice.selector and not block.new:
        fields.append("bound_service_account_namespace_selector=")
    if block.new or advice.given:
        fields.append(f"token_policies={','.join(advice.given or advice.policies)}")
    if block.new:
        if block.audience:
            fields.append(f"audience={block.audience}")
        fields += block.limits
    return _shell_command(("vault", "write", *_namespace(advice.namespace), path, *fields))


def policy_command(advice: vault_suggestion.VaultPolicyAdvice) -> str:
    """Return the command that writes a policy from standard input: see :func:`copied`."""
    named = _namespace(advice.namespace)
    return _shell_command(("vault", "policy", "write", *named, advice.own or advice.name, "-"))


def copied(command: str) -> str:
    r"""Return a command as a person may copy it; one with names that cannot be seen, as a comment.

    Examples
    --------
    >>> print(copied("vault policy write a -"), copied("vault policy write '\x1b' -"), sep="\n")
    vault policy write a -
    # has a name that cannot be seen: vault policy write '\x1b' -
    """
    seen = all(map(is_visible, command))
    return command if seen else f"# has a name that cannot be seen: {clean(command)}"


def policies_hcl(result: vault_suggestion.VaultSuggestResult, _: Sequence[EdgePage] = ()) -> str:
    """Return the smaller policies; each says in a comment what writes it."""
    parts = (
        "".join(f"# {clean(line)}\n" for line in (policy_command(one), *_warnings(one))) + one.text
        for one in result.policies
        if one.text
    )
    return "\n".join(parts)


def shell_script(result: vault_suggestion.VaultSuggestResult, _: Sequence[EdgePage] = ()) -> str:
    """Return a script that writes the smaller roles and policies.

    A role that becomes several is only in comments: objects must name the new ones first.
    """
    lines = [
        "# Known is only what objects of the cluster need; programs that ask Vault by themselves,",
        "# and people, may need more: read this before you run it.",
        "set -eu",
    ]
    for policy in result.policies:  # a role must find what it gives
        lines += _policy_lines(policy) if policy.own else ()
    for role in result.roles:
        lines += _role_lines(role)
    for policy in result.policies:
        lines += () if policy.own else _policy_lines(policy)
    return "\n".join(lines) + "\n"


def _policy_lines(policy: vault_suggestion.VaultPolicyAdvice) -> Iterator[str]:
    command = copied(policy_command(policy))
    if policy.text and command.startswith("#"):
        yield command
    elif policy.text:
        yield from (f"# {clean(line)}" for line in _warnings(policy))
        yield from (f"{command} <<'{_END}'", policy.text.rstrip("\n"), _END)


def _role_lines(role: vault_suggestion.VaultRoleAdvice) -> Iterator[str]:
    if len(role.blocks) == 1:
        yield copied(role_command(role, role.blocks[0]))
        return
    if role.given and not role.blocks:
        yield copied(policies_command(role))
    for block in reversed(role.blocks):
        yield f"# {clean(role_command(role, block))}"
        for one in block.objects:
            yield f"#   then let it name {clean(block.name)}: {clean(one)}"


def _warnings(policy: vault_suggestion.VaultPolicyAdvice) -> Iterator[str]:
    if policy.own:
        others = ", ".join(policy.shared)
        yield f"in place of {policy.name}, which stays for {others}: their needs are not known"


def _namespace(namespace: str) -> tuple[str, ...]:
    return (f"-namespace={namespace}",) if namespace else ()


def _shell_command(words: Sequence[str]) -> str:
    r"""Return a command for a shell; no name ends it or adds to it.

    Examples
    --------
    >>> print(_shell_command(["vault", "policy", "write", "a'; reboot #", "-"]))
    vault policy write 'a'"'"'; reboot #' -
    """
    return " ".join(map(shlex.quote, words))


VAULT_SUGGEST = QuestionFormats[vault_suggestion.VaultSuggestResult](
    text=vault_suggest_text,
    columns=AnswerColumns[vault_suggestion.VaultSuggestResult, _Found](
        _findings,
        {
            "subject": lambda found: found.subject,
            "namespace": lambda found: found.namespace,
            "name": lambda found: found.name,
            "finding": lambda found: found.finding,
            "values": lambda found: joined(found.values),
            "file": lambda found: found.file,
            "line": lambda found: found.line,
        },
        frozenset({"subject", "finding"}),
        types={"line": int},
        shown=("subject", "name", "finding", "values"),
    ),
    document=partial(document, VaultSuggestDocument),
    extras={"hcl": policies_hcl, "sh": shell_script},
)
