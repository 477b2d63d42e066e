"""Reads files that the package ships with, without ``importlib.resources``: that loads much."""

from pkgutil import get_data


def packaged(package: str, name: str) -> bytes:
    """Return the content of a file in the folder of a package.

    Examples
    --------
    >>> packaged("rbacgraph.authz", "data/bootstrap.json")[:1]
    b'['
    """
    content = get_data(package, name)
    assert content is not None, "packages are files, or in a zip"
    return content
