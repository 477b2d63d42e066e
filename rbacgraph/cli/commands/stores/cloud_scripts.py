"""The scripts that dump what a cloud's command line shows, and the rights that they need."""

import re
from collections.abc import Callable

from rbacgraph.cli.shared.output_option import printing
from rbacgraph.model.packaged import packaged

_CALL = re.compile(r"\baws ([a-z]+) ((?:get|list|describe)-[a-z-]+)")
_OPEN = frozenset({"sts:GetCallerIdentity"})
"""What everybody may ask. Source: AWS STS API Reference, GetCallerIdentity."""


def script_of(cloud: str, suffix: str = "sh") -> str:
    """Return the script of a cloud, or with ``json`` the role for it, if that is in a file."""
    return packaged("rbacgraph.cli.commands.stores", f"scripts/{cloud}.{suffix}").decode()


def aws_actions() -> tuple[str, ...]:
    """Return the actions of AWS that its script needs, sorted.

    Examples
    --------
    >>> [one for one in aws_actions() if one.startswith("kms:")]
    ['kms:DescribeKey', 'kms:GetKeyPolicy', 'kms:ListAliases', 'kms:ListGrants', 'kms:ListKeys']
    """
    found = {
        f"{service}:{''.join(word.title() for word in name.split('-'))}"
        for service, name in _CALL.findall(script_of("aws"))
    }
    return tuple(sorted(one.replace("OpenId", "OpenID") for one in found - _OPEN))


def prints(text: Callable[[], str]) -> Callable[[], None]:
    """Return a command that prints a text."""

    def command() -> None:
        with printing() as stream:
            stream.write(text().encode())

    return command
