"""Where a store is: its host, its account, its project; without anything secret."""

from urllib.parse import urlsplit

_PORTS = {"https": 443, "http": 80}


def server(url: str) -> str:
    """Return the host and port of an address, without scheme, user and path.

    Examples
    --------
    >>> server("https://user:password@Vault.example.com/v1"), server("vault.vault:8200")
    ('vault.example.com', 'vault.vault:8200')
    """
    whole = url if "://" in url else f"//{url}"
    try:
        parts = urlsplit(whole)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if not host or port is None or port == _PORTS.get(parts.scheme):
        return host
    return f"{host}:{port}"


def key_vault(url: str) -> str:
    """Return the name of an Azure Key Vault from its address.

    Examples
    --------
    >>> key_vault("https://Shop.vault.azure.net"), key_vault("shop")
    ('shop', 'shop')
    """
    return server(url).partition(".")[0]
