"""Reads policies of who may reach which Secrets, and baselines: YAML that people review."""

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from rbacgraph.errors import UsageError
from rbacgraph.model.answers import policy_check
from rbacgraph.model.node import (
    AUTHENTICATED,
    EVERY_SERVICE_ACCOUNT,
    EXTERNAL_SECRETS,
    PRINCIPALS,
    SECRET,
    format_node,
)
from rbacgraph.model.principal import parse_principal
from rbacgraph.sources.config.yaml_reader import YamlReader, YamlValue, day

_KEYS = ("access", "admins", "default")
_ENTRY = ("secret", "allow", "except", "until", "reason")
_KNOWN = ("certain", "cluster-admin", "principals", "secrets")
_OF_ALL = tuple(map(format_node, (EVERY_SERVICE_ACCOUNT, AUTHENTICATED)))
_FORM = "write access: [{secret: NAMESPACE/NAME, allow: [sa:NAMESPACE/NAME, group:NAME]}]"


def read_policy(file: str | Path) -> policy_check.Policy:
    """Read a policy of who may reach which Secrets, and who may be effectively cluster-admin.

    A policy that names only admins says nothing about Secrets.

    Raises InputError if it cannot be read, or is not understood: the message has the line.
    """
    reader = YamlReader(str(file), kind="policy or baseline", form=_FORM)
    top = reader.mapping(reader.whole(), _KEYS)
    if "access" not in top and "admins" not in top:
        reader.fail(reader.whole(), "names neither access nor admins", advice=_FORM)
    default = (
        _default(reader, top.get("default")) if "access" in top or "default" in top else "allow"
    )
    access = reader.items(top["access"]) if "access" in top else ()
    admins = reader.items(top["admins"]) if "admins" in top else None
    entries = tuple(_entry(reader, item) for item in access)
    allowing = (fields["allow"] for item in access if "allow" in (fields := _fields(reader, item)))
    patterns = (one for several in allowing for one in reader.items(several))
    return policy_check.Policy(
        str(file),
        entries,
        default,
        None if admins is None else tuple(reader.parsed(one, _principal) for one in admins),
        tuple(_wide(reader, (*(admins or ()), *patterns))),
    )


def read_baseline(file: str | Path) -> policy_check.Baseline:
    """Read the baseline of known findings that ``check`` wrote.

    Raises InputError if it cannot be read, or is no baseline.
    """
    reader = YamlReader(str(file), kind="policy or baseline", form=_FORM)
    top = reader.mapping(reader.whole(), ("known",))
    found: dict[tuple[str, str], bool] = {}
    admins: dict[str, bool] = {}
    for item in reader.items(top["known"]) if "known" in top else ():
        block = reader.mapping(item, _KNOWN)
        certain = bool(block["certain"].value) if "certain" in block else False
        principals, secrets = (
            [reader.text(one) for one in reader.items(block[name])] if name in block else []
            for name in ("principals", "secrets")
        )
        for principal in principals:
            if "cluster-admin" in block and block["cluster-admin"].value is True:
                admins[principal] = admins.get(principal, False) or certain
            for secret in secrets:
                found[principal, secret] = found.get((principal, secret), False) or certain
    return policy_check.Baseline(found, admins)


def _wide(reader: YamlReader, allowed: Iterable[YamlValue]) -> Iterator[policy_check.WidePattern]:
    """Yield the patterns, not the names, that match a group of all ServiceAccounts."""
    for one in allowed:
        pattern = reader.parsed(one, _principal)
        matched = [group for group in _OF_ALL if fnmatchcase(group, pattern)]
        if matched and pattern not in _OF_ALL:
            yield policy_check.WidePattern(pattern, matched[0], one.line)


def _fields(reader: YamlReader, item: YamlValue) -> Mapping[str, YamlValue]:
    return reader.mapping(item, _ENTRY)


def _entry(reader: YamlReader, item: YamlValue) -> policy_check.PolicyEntry:
    fields = _fields(reader, item)
    if "secret" not in fields:
        reader.fail(item, "the entry names no secret", advice=_FORM)
    left_out = reader.items(fields["except"]) if "except" in fields else []
    allow = reader.items(fields["allow"]) if "allow" in fields else []
    secrets = [one for one in left_out if _is_secret(reader.text(one))]
    principals = [one for one in left_out if one not in secrets]
    return policy_check.PolicyEntry(
        secrets=tuple(reader.parsed(one, _secret) for one in reader.items(fields["secret"])),
        allow=tuple(reader.parsed(one, _principal) for one in allow),
        except_secrets=tuple(reader.parsed(one, _secret) for one in secrets),
        except_principals=tuple(reader.parsed(one, _principal) for one in principals),
        until=reader.parsed(fields["until"], day) if "until" in fields else "",
        reason=reader.text(fields["reason"]) if "reason" in fields else "",
        line=item.line,
    )


def _is_secret(text: str) -> bool:
    """Whether an exception names a Secret: else only principals hold a colon."""
    kind, colon, _ = text.partition(":")
    return not colon or kind == SECRET or kind in EXTERNAL_SECRETS


def _secret(text: str) -> str:
    kind, colon, path = text.partition(":")
    if colon and kind in EXTERNAL_SECRETS:
        if not path:
            raise UsageError(f"{text!r} names no secret of a store", advice=f"write {kind}:PATH")
        return text
    namespace, slash, name = text.removeprefix("secret:").partition("/")
    if not (namespace and slash and name) or "/" in name or ":" in namespace + name:
        raise UsageError(f"{text!r} names no Secret", advice="write NAMESPACE/NAME; * matches many")
    return f"{namespace}/{name}"


def _principal(text: str) -> str:
    node = parse_principal(text)
    if node[0] not in PRINCIPALS:
        raise UsageError(
            f"{text!r} is no principal that counts",
            advice="write sa:NAMESPACE/NAME, user:NAME or group:NAME; * matches many",
        )
    return format_node(node)


def _default(reader: YamlReader, at: YamlValue | None) -> policy_check.Default:
    if at is None:
        return "deny"
    if at.value not in ("deny", "allow"):
        reader.fail(at, f"the default is {at.value!r}", advice="write deny or allow")
    return "allow" if at.value == "allow" else "deny"
