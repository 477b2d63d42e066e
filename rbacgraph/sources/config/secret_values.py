"""Reads what the owner of a cluster says that its Secrets are worth: YAML that people review."""

from pathlib import Path

from rbacgraph.errors import UsageError
from rbacgraph.model.did_you_mean import did_you_mean, near
from rbacgraph.model.inputs.value_rule import ValueLevel, ValueRule
from rbacgraph.model.kubernetes.meta import VALUES
from rbacgraph.sources.config.yaml_reader import YamlReader, YamlValue

_KEYS = ("secret", "value", "reason")
_FORM = "write values: [{secret: NAMESPACE/NAME, value: high, reason: TEXT}]"


def read_value_rules(file: str | Path) -> tuple[ValueRule, ...]:
    """Read what Secrets are worth, the first rule that matches first.

    Raises InputError if the file cannot be read, or is not understood: the message has the line.
    """
    reader = YamlReader(str(file), kind="list of values", form=_FORM)
    return tuple(rule for item in reader.entries("values") for rule in _rules(reader, item))


def _rules(reader: YamlReader, item: YamlValue) -> tuple[ValueRule, ...]:
    fields = reader.entry(item, _KEYS, ("secret", "value"))
    level = reader.parsed(fields["value"], _level)
    reason = reader.text(fields["reason"]) if "reason" in fields else ""
    patterns = [reader.parsed(one, _pattern) for one in reader.items(fields["secret"])]
    return tuple(
        ValueRule(namespace, name, level, reason, reader.file, item.line)
        for namespace, name in patterns
    )


def _level(text: str) -> ValueLevel:
    if text not in VALUES:
        meant = did_you_mean(near(text, VALUES)) or f"levels are {', '.join(VALUES)}"
        raise UsageError(f"{text!r} is no level", advice=meant)
    return ValueLevel[text.upper()]


def _pattern(text: str) -> tuple[str, str]:
    namespace, slash, name = text.partition("/")
    if not (namespace and slash and name) or "/" in name:
        raise UsageError(f"{text!r} names no Secret", advice="write NAMESPACE/NAME; * matches many")
    return namespace, name
