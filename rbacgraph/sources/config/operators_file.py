"""Reads the file in which people decide what operators need by design."""

from pathlib import Path

from rbacgraph.errors import UsageError
from rbacgraph.model.inputs.operator_decision import BindingName, OperatorDecision
from rbacgraph.sources.config.yaml_reader import YamlReader, YamlValue

_ENTRY = ("serviceAccount", "byDesign", "bindings", "operator", "reason")
_FORM = (
    "write operators: [{serviceAccount: NAMESPACE/NAME, byDesign: true, "
    "bindings: [ClusterRoleBinding/NAME], reason: WHY}]"
)
_BINDING = "write ClusterRoleBinding/NAME or RoleBinding/NAMESPACE/NAME"
_ANY = "*"


def read_operators(file: str | Path) -> tuple[OperatorDecision, ...]:
    """Read which bindings are by design, for each ServiceAccount, and which are not.

    Raises InputError if it cannot be read, or is not understood: the message has the line.
    """
    reader = YamlReader(str(file), kind="file of operators", form=_FORM)
    return tuple(_entry(reader, item) for item in reader.entries("operators"))


def _entry(reader: YamlReader, item: YamlValue) -> OperatorDecision:
    fields = reader.entry(item, _ENTRY, ("serviceAccount", "byDesign", "reason"))
    by_design = fields["byDesign"]
    if not isinstance(by_design.value, bool):
        reader.fail(by_design, f"byDesign is {by_design.value!r}", advice="write true or false")
    account = reader.parsed(fields["serviceAccount"], _account)
    bindings = reader.items(fields["bindings"]) if "bindings" in fields else []
    found = [(one, reader.parsed(one, _binding)) for one in bindings]
    if by_design.value:
        if not found:
            reader.fail(
                item,
                "byDesign: true names no bindings",
                advice="name each, so that one added later counts",
            )
        for at, names in ((fields["serviceAccount"], account), *found):
            if any(_ANY in name for name in names):
                reader.fail(at, "* stands only beside byDesign: false", advice="write the name")
    return OperatorDecision(
        namespace=account[0],
        name=account[1],
        by_design=by_design.value,
        bindings=tuple(names for _, names in found),
        operator=reader.text(fields["operator"]) if "operator" in fields else "",
        reason=reader.text(fields["reason"]),
        file=reader.file,
        line=item.line,
    )


def _account(text: str) -> tuple[str, str]:
    namespace, slash, name = text.removeprefix("sa:").partition("/")
    if not (namespace and slash and name) or "/" in name or ":" in namespace:
        raise UsageError(f"{text!r} names no ServiceAccount", advice="write NAMESPACE/NAME")
    return namespace, name


def _binding(text: str) -> BindingName:
    kind, *names = text.split("/")
    wanted = {"ClusterRoleBinding": 1, "RoleBinding": 2}.get(kind)
    if len(names) != wanted or not all(names):
        raise UsageError(f"{text!r} names no binding", advice=_BINDING)
    return (kind, *names) if len(names) > 1 else (kind, "", names[0])  # type: ignore[return-value]
