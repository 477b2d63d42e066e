"""Names that the charts of operators give to their objects.

A name shows nothing for certain; it is enough to leave an object alone.
"""

from rbacgraph.facts.operators.table import OPERATORS

_FAMILIES = {name: row.name for row in OPERATORS for name in row.families}
_NAMES = {name: row.name for row in OPERATORS for name in row.known_as}


def known_by_name(name: str) -> str:
    """Return the operator whose charts give a name; ``""`` for none.

    Examples
    --------
    >>> known_by_name("argocd-server"), known_by_name("argocdserver"), known_by_name("velero")
    ('Argo CD', '', 'Velero')
    """
    family = next((own for own in _FAMILIES if name == own or name.startswith(f"{own}-")), "")
    return _FAMILIES[family] if family else _NAMES.get(name, "")
