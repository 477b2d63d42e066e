"""Where a store is: its host, its account, its project; without anything secret."""

import re
from urllib.parse import urlsplit

_ACCOUNT = 4
"""The part of an ARN that is the account."""

_PORTS = {"https": 443, "http": 80}


def server(url: str) -> str:
    """Return the host and port of an address, without scheme, user and path.

    The names that a Service has in its cluster become one.

    Examples
    --------
    >>> server("https://user:password@Vault.example.com/v1"), server("vault.vault.svc:8200")
    ('vault.example.com', 'vault.vault:8200')
    """
    whole = url if "://" in url else f"//{url}"
    try:
        parts = urlsplit(whole)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    host = host.removesuffix(".").removesuffix(".cluster.local").removesuffix(".svc")
    if not host or port is None or port == _PORTS.get(parts.scheme):
        return host
    return f"{host}:{port}"


def without_login(url: str) -> str:
    """Return an address without the user and password in it.

    It need not be a valid URL: of a password with a ``?`` or ``#`` nothing may stay either.

    Examples
    --------
    >>> without_login("https://me:p#word@vault.example.com/v1"), without_login("me:p@vault:8200")
    ('https://vault.example.com/v1', 'vault:8200')
    """
    return re.sub(r"^(\w[\w+.-]*://|//)?[^/]*@", r"\1", url)


def key_vault(url: str) -> str:
    """Return the name of an Azure Key Vault from its address.

    Examples
    --------
    >>> key_vault("https://Shop.vault.azure.net"), key_vault("shop")
    ('shop', 'shop')
    """
    return server(url).partition(".")[0]


def account_and_region(role: str, region: str) -> str:
    """Return where the secrets of AWS are that a role of some account reads in a region.

    Examples
    --------
    >>> account_and_region("arn:aws:iam::123456789012:role/eso", "eu-west-1")
    '123456789012/eu-west-1'
    >>> account_and_region("", "eu-west-1")
    'eu-west-1'
    """
    parts = role.split(":")
    account = parts[_ACCOUNT] if len(parts) > _ACCOUNT else ""
    return "/".join(filter(None, (account, region)))
