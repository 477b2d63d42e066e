"""Finds what is wrong with the encrypted files of a repository, and with its creation rules."""

from collections.abc import Iterator, Mapping, Sequence

from rbacgraph.model.answers.encryption_at_rest.encrypted_files import (
    SOPS_SEVERITIES,
    EncryptedFile,
    SopsFinding,
    SopsResult,
)
from rbacgraph.model.go.regex import search
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.inputs.unread import OF_NO_SOPS, unread_of
from rbacgraph.model.node import format_node
from rbacgraph.model.stores.sops import (
    CreationRule,
    CreationRulePlace,
    EncryptedDocument,
    GitSecrets,
    KeyGroups,
    KeyPlace,
    PlainDocument,
    Recipient,
    SopsConfig,
)


def examine(snapshot: Snapshot, allow_unread: Sequence[str] = ()) -> SopsResult:
    """Return the encrypted files of the input, and the findings by severity, file and line.

    ``allow_unread`` are patterns of files that need not be read whole.
    """
    git = snapshot.git or GitSecrets()
    configs = {config.file: config for config in git.configs}
    found = [
        *(one for document in git.documents for one in _of_document(document, configs)),
        *_of_lonely_keys(git.documents),
        *(one for document in git.plain for one in _of_plain(document, configs)),
        *(SopsFinding(id="decrypted-copy", severity="high", file=copy) for copy in git.copies),
        *(one for config in git.configs for one in _of_rules(config, git)),
    ]
    found.sort(key=lambda one: (SOPS_SEVERITIES.index(one.severity), one.file, one.line, one.id))
    return SopsResult(
        files=tuple(
            EncryptedFile(
                file=one.file,
                line=one.line,
                secrets=_names(one.secrets),
                groups=tuple(_labels(group) for group in one.groups),
                needed=one.threshold,
                rule=_place(one.rule, configs),
            )
            for one in git.documents
        ),
        findings=tuple(found),
        rules=sum(len(config.rules or ()) for config in git.configs),
        unread=unread_of(
            (one for one in snapshot.unread if one.code not in OF_NO_SOPS), allow_unread
        ),
    )


def _names(keys: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(f"{namespace}/{name}" for namespace, name in keys)


def _labels(recipients: Sequence[Recipient]) -> tuple[str, ...]:
    return tuple(format_node(one.node) for one in recipients)


def _keys(places: Sequence[KeyPlace]) -> tuple[str, ...]:
    return tuple(".".join(place.keys) for place in places)


def _rule(
    place: CreationRulePlace | None, configs: Mapping[str, SopsConfig]
) -> CreationRule | None:
    rules = configs[place.file].rules if place and place.file in configs else None
    return rules[place.number] if place and rules else None


def _place(place: CreationRulePlace | None, configs: Mapping[str, SopsConfig]) -> str:
    rule = _rule(place, configs)
    return f"{place.file}:{rule.line}" if place and rule else ""


def _flat(groups: KeyGroups) -> list[Recipient]:
    return list(dict.fromkeys(one for group in groups for one in group))


def _of_document(
    document: EncryptedDocument, configs: Mapping[str, SopsConfig]
) -> Iterator[SopsFinding]:
    file, line, names = document.file, document.line, _names(document.secrets)
    if document.plain:
        yield SopsFinding(
            id="plaintext-value",
            severity="high",
            file=file,
            line=document.plain[0].line,
            keys=_keys(document.plain),
            count=document.plain_count,
            secrets=names,
            rule=_place(document.rule, configs),
        )
    if not document.mac:
        yield SopsFinding(id="no-mac", severity="medium", file=file, line=line)
    elif document.mac_only_encrypted:
        yield SopsFinding(id="mac-only-encrypted", severity="low", file=file, line=line)
    yield from _against_rule(document, configs)


def _of_lonely_keys(documents: Sequence[EncryptedDocument]) -> Iterator[SopsFinding]:
    """Yield the keys without which nobody decrypts some documents, each with the first of these."""
    found: dict[Recipient, list[EncryptedDocument]] = {}
    for document in documents:
        for one in _indispensable(document):
            found.setdefault(one, []).append(document)
    for recipient, needing in found.items():
        first = needing[0]
        yield SopsFinding(
            id="single-recipient",
            severity="low",
            file=first.file,
            line=first.line,
            count=len({one.file for one in needing}),
            recipients=_labels((recipient,)),
        )


def _indispensable(document: EncryptedDocument) -> list[Recipient]:
    """Return the recipients without whose key nobody decrypts a document."""
    groups = [set(group) for group in document.groups]
    return [
        one
        for one in _flat(document.groups)
        if sum(bool(group - {one}) for group in groups) < document.threshold
    ]


def _decides(config: SopsConfig | None) -> bool:
    """Whether the rules of a ``.sops.yaml`` are known not to match."""
    rules = config.rules if config else None
    return bool(rules) and all(_is_tried(rule) for rule in rules or ())


def _is_tried(rule: CreationRule) -> bool:
    return not rule.path_regex or search(rule.path_regex, "x") is not None


def _against_rule(
    document: EncryptedDocument, configs: Mapping[str, SopsConfig]
) -> Iterator[SopsFinding]:
    """Yield how the recipients of a document differ from those of its creation rule."""
    file, line = document.file, document.line
    rule = _rule(document.rule, configs)
    where = _place(document.rule, configs)
    if rule is None:
        if _decides(configs.get(document.config)):
            yield SopsFinding(id="no-rule", severity="low", file=file, line=line)
        return
    if rule.fault:
        return
    has, wants = _flat(document.groups), _flat(rule.groups)
    stale = [one for one in has if one not in wants]
    missing = [one for one in wants if one not in has]
    if stale:
        yield SopsFinding(
            id="stale-recipient",
            severity="medium",
            file=file,
            line=line,
            recipients=_labels(stale),
            secrets=_names(document.secrets),
            rule=where,
        )
    if missing:
        yield SopsFinding(
            id="missing-recipient",
            severity="low",
            file=file,
            line=line,
            recipients=_labels(missing),
            rule=where,
        )
    same = [set(group) for group in document.groups] == [set(group) for group in rule.groups]
    if not (stale or missing or (same and document.threshold == rule.threshold)):
        yield SopsFinding(
            id="other-key-groups", severity="medium", file=file, line=line, rule=where
        )


def _of_plain(document: PlainDocument, configs: Mapping[str, SopsConfig]) -> Iterator[SopsFinding]:
    names = _names(document.secrets)
    if document.plain:
        yield SopsFinding(
            id="plaintext-file",
            severity="high" if names else "medium",
            file=document.file,
            line=document.plain[0].line,
            keys=_keys(document.plain),
            count=document.plain_count,
            secrets=names,
            rule=_place(document.rule, configs),
        )
    if document.encrypted:
        yield SopsFinding(
            id="leftover-ciphertext",
            severity="medium",
            file=document.file,
            line=document.encrypted[0].line,
            keys=_keys(document.encrypted),
            secrets=names,
        )


def _of_rules(config: SopsConfig, git: GitSecrets) -> Iterator[SopsFinding]:
    used = {one.rule for one in git.documents} | {one.rule for one in git.plain}
    for number, rule in enumerate(config.rules or ()):
        if rule.fault and not _is_tried(rule):
            return  # SOPS refuses each file that gets so far
        if not _is_tried(rule):
            yield SopsFinding(
                id="regex-not-tried", severity="low", file=config.file, line=rule.line
            )
            return  # what follows it is not known to be unused
        if CreationRulePlace(config.file, number) not in used:
            yield SopsFinding(id="unused-rule", severity="low", file=config.file, line=rule.line)
