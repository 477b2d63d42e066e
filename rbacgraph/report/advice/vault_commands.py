"""The commands of ``vault`` that apply suggested roles and policies; every name is quoted."""

import shlex
from collections.abc import Iterator, Sequence

from rbacgraph.model.answers.paths import EdgePage
from rbacgraph.model.changes.vault_suggestion import (
    RoleBlock,
    VaultPolicyAdvice,
    VaultRoleAdvice,
    VaultSuggestResult,
)
from rbacgraph.model.printable import clean, is_visible

_END = "END_OF_POLICY"


def policies_command(advice: VaultRoleAdvice) -> str:
    """Return the command that writes a role's policies: see :func:`copied`."""
    given = f"token_policies={','.join(advice.given)}"
    return _command(("vault", "write", *_namespace(advice.namespace), advice.path, given))


def role_command(advice: VaultRoleAdvice, block: RoleBlock) -> str:
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
    return _command(("vault", "write", *_namespace(advice.namespace), path, *fields))


def policy_command(advice: VaultPolicyAdvice) -> str:
    """Return the command that writes a policy from standard input: see :func:`copied`."""
    named = _namespace(advice.namespace)
    return _command(("vault", "policy", "write", *named, advice.own or advice.name, "-"))


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


def policies_hcl(result: VaultSuggestResult, _: Sequence[EdgePage] = ()) -> str:
    """Return the smaller policies; each says in a comment what writes it."""
    parts = (
        "".join(f"# {clean(line)}\n" for line in (policy_command(one), *_warnings(one))) + one.text
        for one in result.policies
        if one.text
    )
    return "\n".join(parts)


def shell_script(result: VaultSuggestResult, _: Sequence[EdgePage] = ()) -> str:
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


def _policy_lines(policy: VaultPolicyAdvice) -> Iterator[str]:
    command = copied(policy_command(policy))
    if policy.text and command.startswith("#"):
        yield command
    elif policy.text:
        yield from (f"# {clean(line)}" for line in _warnings(policy))
        yield from (f"{command} <<'{_END}'", policy.text.rstrip("\n"), _END)


def _role_lines(role: VaultRoleAdvice) -> Iterator[str]:
    if len(role.blocks) == 1:
        yield copied(role_command(role, role.blocks[0]))
        return
    if role.given and not role.blocks:
        yield copied(policies_command(role))
    for block in reversed(role.blocks):
        yield f"# {clean(role_command(role, block))}"
        for one in block.objects:
            yield f"#   then let it name {clean(block.name)}: {clean(one)}"


def _warnings(policy: VaultPolicyAdvice) -> Iterator[str]:
    if policy.own:
        others = ", ".join(policy.shared)
        yield f"in place of {policy.name}, which stays for {others}: their needs are not known"


def _namespace(namespace: str) -> tuple[str, ...]:
    return (f"-namespace={namespace}",) if namespace else ()


def _command(words: Sequence[str]) -> str:
    r"""Return a command for a shell; no name ends it or adds to it.

    Examples
    --------
    >>> print(_command(["vault", "policy", "write", "a'; reboot #", "-"]))
    vault policy write 'a'"'"'; reboot #' -
    """
    return " ".join(map(shlex.quote, words))
