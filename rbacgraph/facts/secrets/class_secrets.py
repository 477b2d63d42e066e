"""Which Secrets a StorageClass lets the volume of a claim name, by its templates.

Source: kubernetes-csi/external-provisioner ``pkg/controller/controller.go``
(``getSecretReference``, ``resolveTemplate``): a namespace may hold ``${pv.name}`` and
``${pvc.namespace}``, a name also ``${pvc.name}`` and ``${pvc.annotations['KEY']}``; the class is
refused for any other variable.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rbacgraph.model.kubernetes.storage import SecretTemplate, StorageClass

_VARIABLE = re.compile(r"\$(\{(?P<name>[^}]*)\})?")
_ANNOTATION = re.compile(r"pvc\.annotations\['[^']*'\]")
_FOR_NODE = ("node-stage", "node-publish", "node-expand")
_OLD_FOR_NODE = ("csiNodeStageSecretName", "csiNodePublishSecretName")
_DEFAULT = "csi.storage.k8s.io/secret-name"


class ChosenSecrets(NamedTuple):
    """The Secrets that claims of a namespace can have a volume name.

    ``names``: what each of their names is as a whole; None if any name can be chosen.
    """

    namespace: str
    names: re.Pattern[str] | None


def for_the_node(storage_class: StorageClass) -> Sequence[SecretTemplate]:
    """Return the Secrets that a class names for the node, each with the parameter."""
    parameters = storage_class.parameters
    held = list(parameters.secrets) if parameters else []
    given = [
        one
        for one in held
        if any(f"/{purpose}-" in one.field for purpose in _FOR_NODE) or one.field in _OLD_FOR_NODE
    ]
    return given + [one for one in held if one.field == _DEFAULT and len(given) < len(_FOR_NODE)]


def chosen(template: SecretTemplate, claim_namespace: str) -> ChosenSecrets | None:
    """Return which Secrets claims of a namespace choose; None if none can be known or is taken.

    Examples
    --------
    >>> chosen(SecretTemplate("", "${pvc.annotations['a/b']}", "vault"), "shop")
    ChosenSecrets(namespace='vault', names=None)
    >>> chosen(SecretTemplate("", "db", "${pvc.namespace}-keys"), "shop").namespace
    'shop-keys'
    >>> chosen(SecretTemplate("", "db${pvc.annotations['a/b']}", "vault"), "shop").names
    re.compile('db.*')
    >>> chosen(SecretTemplate("", "${pv.name}", "vault"), "shop")
    """
    namespace = "".join(_parts(template.namespace, claim_namespace, named=False))
    pattern = "".join(_parts(template.name, claim_namespace, named=True))
    if "$" in namespace or "$" in pattern:
        return None
    return ChosenSecrets(namespace, None if pattern in {_ANY, _NAME} else re.compile(pattern))


_NAME = ".+"
_ANY = ".*"  # an annotation may be empty


def _parts(template: str, claim_namespace: str, *, named: bool) -> Iterator[str]:
    """Yield the parts of a template, as expressions for a name; ``$`` for what is not known."""
    end = 0
    for found in _VARIABLE.finditer(template):
        text, variable = template[end : found.start()], found["name"] or ""
        end = found.end()
        yield re.escape(text) if named else text
        if variable == "pvc.namespace":
            yield re.escape(claim_namespace) if named else claim_namespace
        elif named and variable == "pvc.name":
            yield _NAME
        elif named and _ANNOTATION.fullmatch(variable):
            yield _ANY
        else:
            yield "$"
    yield re.escape(template[end:]) if named else template[end:]
