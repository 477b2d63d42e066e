"""One shape and one colour per kind of node, distinct for colour-blind readers too.

Colours: Okabe and Ito, "Color Universal Design" (2008), lightened for black text.
"""

from enum import IntEnum

from msgspec import Struct

from rbacgraph.model.node import STORE_LOGINS
from rbacgraph.report.text.words import is_collection, is_in_store, is_outside


class PictureSeverity(IntEnum):
    """How bad something is, worst last; nothing for an arrow that says none."""

    NONE = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


class Stroke(Struct, frozen=True):
    """Colour and width in points: the worse, the darker and wider, so that it survives grey."""

    colour: str
    width: float


STROKES = {
    PictureSeverity.CRITICAL: Stroke("#7f0000", 3.4),
    PictureSeverity.HIGH: Stroke("#c43c00", 2.0),
    PictureSeverity.MEDIUM: Stroke("#b87a00", 1.3),
    PictureSeverity.LOW: Stroke("#7d98a6", 0.9),
    PictureSeverity.NONE: Stroke("#444444", 1.0),
}


_SEVERITY_WORDS = {
    PictureSeverity.CRITICAL: "certain, low effort",
    PictureSeverity.HIGH: "certain, medium effort",
    PictureSeverity.MEDIUM: "certain, high effort",
    PictureSeverity.LOW: "on conditional paths alone",
}


def severity_words(severity: PictureSeverity) -> str:
    """Return what an arrow's colour and width say of the easiest path that takes it.

    Examples
    --------
    >>> severity_words(PictureSeverity.HIGH)
    'certain, medium effort'
    """
    return _SEVERITY_WORDS[severity]


class Ink(Struct, frozen=True):
    """Shape (in Graphviz' words), fill and border."""

    shape: str
    fill: str
    border: str


INKS = {
    "user": Ink("ellipse", "#d4ebf9", "#56b4e9"),
    "group": Ink("hexagon", "#cce3f0", "#0072b2"),
    "serviceaccount": Ink("box", "#ccece3", "#009e73"),
    "secret": Ink("cylinder", "#f7dfcc", "#d55e00"),
    "configmap": Ink("parallelogram", "#efe6dd", "#8c5a2b"),
    "pod": Ink("component", "#fcfad9", "#b8ad00"),
    "node": Ink("box3d", "#faecd0", "#e69f00"),
    "kubelet": Ink("trapezium", "#f3e2c4", "#9a6700"),
    "workload": Ink("folder", "#f5e4ed", "#cc79a7"),
    "role": Ink("note", "#e3e3e3", "#555555"),
    "all": Ink("octagon", "#eeeeee", "#000000"),
    "outside": Ink("tab", "#ffffff", "#000000"),
    "token": Ink("cds", "#fbe3d6", "#d55e00"),
    "store": Ink("house", "#fdeee4", "#d55e00"),
    "login": Ink("tab", "#fff8f3", "#d55e00"),
    "each": Ink("circle", "#ffffff", "#444444"),
    "mixed": Ink("box", "#eeeeee", "#666666"),
}
_SAME = {
    "": "mixed",
    "users": "user",
    "groups": "group",
    "serviceaccounts": "serviceaccount",
    "named-serviceaccounts": "serviceaccount",
    "impersonated-serviceaccount": "serviceaccount",
    "impersonated-user": "user",
    "impersonated-group": "group",
    "impersonated-kubelet": "kubelet",
    "impersonated-kubelets": "kubelet",
    "kubelets": "kubelet",
    "certified": "user",
    "secrets": "secret",
    "hub": "secret",
    "configmaps": "configmap",
    "pods": "pod",
    "changeable-pods": "pod",
    "pods-on-nodes": "pod",
    "nodes-of-pods": "node",
    "nodes": "node",
    "sealedsecrets": "secret",
    "logged": "secret",
    "vault-token": "token",
    "vault-login": "token",
    "vault-choice": "token",
    "vault-namespace": "token",
    "vault-secrets": "store",
    "grant": "role",
    "roles": "role",
    "clusterrole": "role",
    "clusterroles": "role",
}


_WORDS = {
    "user": "user",
    "group": "group",
    "serviceaccount": "ServiceAccount",
    "secret": "Secret",
    "configmap": "ConfigMap",
    "pod": "Pod",
    "node": "Node",
    "kubelet": "kubelet",
    "workload": "workload",
    "role": "role",
    "all": "everything",
    "outside": "outside the cluster",
    "token": "token of Vault",
    "store": "secret of a store",
    "login": "login at a store",
    "each": "each",
    "mixed": "other",
}


def family_words(name: str) -> str:
    """Return the name of an ink in the legend."""
    return _WORDS[name]


def family(kind: str) -> str:
    """Return the name of the ink of a kind; workloads share one.

    Examples
    --------
    >>> family("secrets"), family("deployment")
    ('secret', 'workload')
    """
    kind = _SAME.get(kind, kind)
    if kind in INKS:
        return kind
    if is_in_store(kind):
        return "store"
    if kind in STORE_LOGINS:
        return "login"
    if is_outside(kind):
        return "outside"
    return "mixed" if is_collection(f"{kind}:") else "workload"


def ink(kind: str) -> Ink:
    """Shape and colours of a kind."""
    return INKS[family(kind)]


_CHANGES = {"gained": Stroke("#c43c00", 1.8), "lost": Stroke("#007a56", 1.0)}
_CHANGE_FONTS = {"gained": "#a03000", "lost": "#006046"}
_CHANGE_HEADS = {"gained": "normal", "lost": "empty"}
_CHANGE_WORDS = {
    "gained": "opened (new: rests on what was added or changed)",
    "lost": "closed, hollow arrowhead (gone: rested on what was removed or changed)",
}


def change_stroke(change: str) -> Stroke:
    """Return the colour and width of arrows in a gained or lost path."""
    return _CHANGES[change]


def change_ink(change: str) -> dict[str, str]:
    """Return the DOT attributes of arrows in a gained or lost path."""
    stroke = _CHANGES[change]
    look = {"color": stroke.colour, "fontcolor": _CHANGE_FONTS[change]}
    return look | {"penwidth": f"{stroke.width:g}", "arrowhead": _CHANGE_HEADS[change]}


def change_words(change: str) -> str:
    """Return what this appearance means."""
    return _CHANGE_WORDS[change]
