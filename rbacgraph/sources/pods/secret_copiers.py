"""Custom resources by which operators copy Secrets, and what they copy.

Sources: carvel-dev/secretgen-controller ``docs/secret-export.md``,
``pkg/sharing/secret_import_reconciler.go``; projectcapsule/capsule
``api/v1beta2/tenantresource_{types,global,namespaced}.go``,
``internal/controllers/resources/collect.go``.
"""

from collections.abc import Iterator

from rbacgraph.model.kubernetes import copy_rules
from rbacgraph.model.kubernetes.meta import (
    LabelSelector,
    LabelSelectorRequirement,
)
from rbacgraph.model.kubernetes.namespace_scope import NamespaceScope
from rbacgraph.sources.external.loose import LooseObject, items, mapping, text
from rbacgraph.sources.pods.copy_rules import place_of, selectors_of

_IN_TENANTS = LabelSelector(
    match_expressions=(LabelSelectorRequirement("capsule.clastix.io/tenant", "Exists"),)
)


def to_copier(wire: LooseObject) -> copy_rules.SecretCopier:
    """Keep what a resource has copied."""
    copied = _imported(wire) if wire.kind == "SecretImport" else _replicated(wire.spec)
    return copy_rules.SecretCopier(
        kind=wire.kind,
        api_version=wire.api_version,
        metadata=wire.metadata,
        copies=tuple(copied),
    )


def _imported(wire: LooseObject) -> Iterator[copy_rules.CopyRule]:
    source, name = text(mapping(wire.spec).get("fromNamespace")), wire.metadata.name
    if source:
        given = copy_rules.WhichNamespace.GIVEN
        target = copy_rules.RuleNamespace(given, wire.metadata.namespace)
        yield copy_rules.CopyRule(
            "", (), copy_rules.RuleNamespace(given, source), target, name=name
        )


def _replicated(spec: object) -> Iterator[copy_rules.CopyRule]:
    """Yield what Capsule copies into the namespaces of tenants."""
    if mapping(spec).get("cordoned") is True or mapping(spec).get("scope") == "Tenant":
        return
    for resource in map(mapping, items(mapping(spec).get("resources"))):
        selected = (_IN_TENANTS, *selectors_of(resource.get("namespaceSelector")))
        for one in map(mapping, items(resource.get("namespacedItems"))):
            if one.get("kind") == "Secret":
                name = text(one.get("name"))
                yield copy_rules.CopyRule(
                    "",
                    (copy_rules.NAMESPACES,),
                    place_of(text(one.get("namespace"))),
                    copy_rules.RuleNamespace(copy_rules.WhichNamespace.OF_TRIGGER),
                    scope=NamespaceScope(selected=selected),
                    name="" if "{{" in name else name,
                )
