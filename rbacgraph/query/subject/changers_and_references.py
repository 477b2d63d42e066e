"""Finds who may change a Secret, and which objects refer to it."""

from rbacgraph.facts.secrets.secret_references import object_references
from rbacgraph.facts.secrets.secret_uses import kubelet_words
from rbacgraph.facts.world import Facts
from rbacgraph.graph.principals import Principals
from rbacgraph.model.answers.paths import Changer, Reference
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import format_node
from rbacgraph.query.rights.who_can import who_can

_CHANGES = (("update", True), ("patch", True), ("delete", True), ("deletecollection", False))


def changers_of(world: Facts, namespace: str, name: str, principals: Principals) -> list[Changer]:
    """Return who may change or delete a Secret directly, with the bindings and rules."""
    found: dict[str, tuple[list[str], dict[Evidence, None]]] = {}
    for verb, named in _CHANGES:
        grantees = who_can(
            world.authorizer,
            verb,
            "secrets",
            group="",
            namespace=namespace,
            name=name if named else "",
        )
        for grantee in grantees:
            if grantee.only_names or principals.folds(grantee.principal, grantee.evidence[0]):
                continue
            verbs, evidence = found.setdefault(grantee.principal, ([], {}))
            if verb not in verbs:
                verbs.append(verb)
            evidence.update(dict.fromkeys(grantee.evidence))
    return [
        Changer(principal, tuple(verbs), tuple(evidence))
        for principal, (verbs, evidence) in sorted(found.items())
    ]


def references_to(world: Facts, namespace: str, name: str) -> list[Reference]:
    """Return the objects that name a Secret without giving it to their controllers."""
    found = []
    for named in object_references(world.snapshot):
        if (named.namespace, named.name) == (namespace, name):
            metadata = named.obj.metadata
            node = named.kind.lower(), metadata.namespace, metadata.name
            file, line = world.snapshot.where(named.obj)
            found.append(Reference(format_node(node), named.field, file, line))
    for runner in world.running.runners_in(namespace):
        if any(use.secret == name for use in runner.spec.secrets):
            continue
        for use in runner.spec.kubelet:
            if use.secret == name:
                file, line = world.snapshot.where(runner.obj)
                found.append(Reference(format_node(runner.node), kubelet_words(use), file, line))
                break
    return sorted(found)
