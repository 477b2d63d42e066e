"""Kinds that may hold roles."""


def may_hold_roles(title: str) -> bool:
    """Whether objects of a kind may hold roles."""
    return title.startswith("HelmRelease")
