"""Findings about encryption at rest in words: the one place where they are made."""

from collections.abc import Callable, Sequence

from rbacgraph.model.answers.encryption_at_rest.encryption_text import (
    FindingAdvice,
    FindingCode,
    FindingMessage,
)
from rbacgraph.model.did_you_mean import did_you_mean
from rbacgraph.report.text.codes.by_table import by_table
from rbacgraph.report.text.codes.encryption_refusals import REFUSALS

_SHOWN = 5
_FLAG = "--encryption-provider-config"
_RELOAD = f"{_FLAG}-automatic-reload"
_REWRITE = "kubectl get {} -A -o json | kubectl replace -f -"

_Words = str | Callable[..., str]


def listed(names: Sequence[str]) -> str:
    """Join resources or names as in a sentence; wildcards come last.

    Examples
    --------
    >>> listed(["secrets", "*.apps", "*.*"])
    'secrets, all else in apps and everything else'
    """
    words = [_name(name) for name in names]
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""


def _name(name: str) -> str:
    if not name.startswith("*"):
        return name
    if name == "*.*":
        return "everything else"
    return f"all else in {name.partition('.')[2] or 'the core group'}"


def _rewrite(resources: Sequence[str]) -> str:
    plain = [name for name in resources if not name.startswith("*")]
    return _REWRITE.format(",".join(plain) or "RESOURCE")


def _verb(subjects: Sequence[str], one: str, many: str) -> str:
    return one if len(subjects) == 1 else many


def _no_config(pods: Sequence[str], file: str) -> str:
    unused = f", and {file} is not in use" if file else ""
    were = _verb(pods, "was", "were")
    return f"{listed(pods)} {were} started without {_FLAG}: all of etcd is plaintext{unused}."


def _unseen(shown: bool) -> str:
    what = (
        "The input holds no kube-apiserver Pod in kube-system"
        if shown
        else "The cluster did not show all Pods of kube-system, and no kube-apiserver"
    )
    return f"{what}: whether encryption is configured at all cannot be seen from it."


def _ask_provider(shown: bool) -> str:
    managed = "A managed control plane has none: ask its provider. Elsewhere read"
    hidden = "Let rbacgraph list Pods there. Where there are no such, ask the provider, or read"
    return f"{managed if shown else hidden} {_FLAG} of the process."


def _identity_first(resources: Sequence[str], later: Sequence[str], _: bool) -> str:
    only = f", and {listed(later)} only {_verb(later, 'reads', 'read')}" if later else ""
    return (
        f"New {listed(resources)} are written in plaintext: identity is the first provider{only}."
    )


def _unknown(version: str, rule: str, *_: str) -> str:
    what = f"API group {rule[2:]}" if rule.startswith("*.") else f"resource {rule}"
    return (
        f"Kubernetes {version} serves no {what} by default, and does not ask: a name that no "
        "resource has covers nothing."
    )


def _not_covered(number: int = 0, *plain: str) -> str:
    if not plain:
        return "Custom resources without an entry of their own are stored in plaintext."
    more = f" and {len(plain) - _SHOWN} more" if len(plain) > _SHOWN else ""
    return (
        f"{len(plain)} of {number} custom resources are stored in plaintext: "
        f"{', '.join(plain[:_SHOWN])}{more}."
    )


def _kms_v1(name: str, refused: bool) -> str:
    words = (
        ": since 1.29 an API server does not start with it unless it has --feature-gates=KMSv1=true"
    )
    return f"kms {name} speaks KMS v1, deprecated since 1.28{words if refused else ''}."


WORDS: dict[FindingCode, tuple[_Words, _Words]] = {
    FindingCode.NOTHING: ("", ""),
    **{code: (words, "") for code, words in REFUSALS.items()},
    FindingCode.FAULT_IS_IGNORED: (
        "{}: Kubernetes {} passes over it, and since 1.31 the API server refuses it.",
        "",
    ),
    FindingCode.NO_ENCRYPTION_CONFIG: (
        _no_config,
        f"Give {_FLAG} and rewrite what is stored: {_REWRITE.format('secrets')}",
    ),
    FindingCode.API_SERVER_UNSEEN: (_unseen, _ask_provider),
    FindingCode.API_SERVERS_DIFFER: (
        lambda *pods: (
            f"{listed(pods)} {_verb(pods, 'runs', 'run')} without {_FLAG}: "
            f"{_verb(pods, 'it writes', 'they write')} plaintext, and cannot read "
            "what the others encrypt."
        ),
        "Give every API server the same configuration.",
    ),
    FindingCode.NO_RELOAD: (
        f"Without {_RELOAD} a change of the file, as a new key, waits for a restart.",
        "",
    ),
    FindingCode.RELOAD_WITHOUT_CONFIG: (
        f"{_RELOAD} must be set with {_FLAG}",
        "The API server does not start so.",
    ),
    FindingCode.ETCD_WITHOUT_TLS: (
        lambda pod, *urls: f"{pod} speaks to etcd without TLS: {', '.join(urls)}.",
        "Use https in --etcd-servers, with client certificates.",
    ),
    FindingCode.LEGACY_KIND: (
        "v1 EncryptionConfig is read for the sake of old documentation only.",
        "Write apiVersion: apiserver.config.k8s.io/v1, kind: EncryptionConfiguration.",
    ),
    FindingCode.IGNORED_TEXT: (
        "What follows the first document is never read.",
        "Put all resources into one document.",
    ),
    FindingCode.SPLIT_RESOURCE: (
        lambda rule, *fields: (
            f"{rule} stands in {listed(fields)}: their providers are joined, the first entry's "
            "writes."
        ),
        "Put them into one entry, in the order that is meant.",
    ),
    FindingCode.UNKNOWN_RESOURCE: (
        _unknown,
        lambda _version, _rule, *near: (
            "Write the plural and the group, as kubectl api-resources -o name does"
            + (f"; {did_you_mean(near)}" if near else ".")
        ),
    ),
    FindingCode.CUSTOM_RESOURCES_NOT_COVERED: (
        _not_covered,
        "Those that hold credentials want an entry, or all of them one for '*.*'.",
    ),
    FindingCode.WILDCARD_TOO_NEW: (
        "Before Kubernetes 1.27 {} is no wildcard: it covers nothing.",
        "Name the resources.",
    ),
    **{
        code: (
            f"No entry covers {name}: they are stored in plaintext.",
            f"Add {name} to the resources of an entry with an encrypting provider first.",
        )
        for code, name in (
            (FindingCode.SECRETS_NOT_COVERED, "secrets"),
            (FindingCode.CONFIGMAPS_NOT_COVERED, "configmaps"),
        )
    },
    FindingCode.IDENTITY_FIRST: (
        _identity_first,
        lambda resources, _later, harmless: (
            "As it should be where they hold nothing secret, as events do."
            if harmless
            else f"Put an encrypting provider first, then rewrite: {_rewrite(resources)}"
        ),
    ),
    FindingCode.PLAINTEXT_MAY_REMAIN: (
        lambda *resources: (
            f"From before encryption {listed(resources)} may remain in plaintext until each object "
            "is written again: identity still reads them."
        ),
        lambda *resources: f"Rewrite them, then remove identity: {_rewrite(resources)}",
    ),
    FindingCode.PLAINTEXT_UNREADABLE: (
        lambda *resources: (
            f"Without identity the API server reads no plaintext of {listed(resources)}: were an "
            "object left in it, listing them would fail."
        ),
        (
            "Where encryption is only being introduced, identity has to stand last until all is "
            "rewritten."
        ),
    ),
    FindingCode.WEAK_AESCBC: (
        lambda name, *resources: (
            f"{name} writes {listed(resources)} with AES-CBC, which is not authenticated: "
            "Kubernetes calls it weak (padding oracle attacks)."
        ),
        "Use a kms v2 provider, or secretbox.",
    ),
    FindingCode.AESGCM_ROTATION: (
        lambda name, *resources: (
            f"{name} writes {listed(resources)} with AES-GCM and random nonces: a key is good "
            "for 200,000 writes."
        ),
        "Rotate its keys automatically, or use a kms v2 provider or secretbox.",
    ),
    FindingCode.LOCAL_KEY: (
        (
            "The key of {} lies in a file on the control plane's hosts: it protects etcd and "
            "its backups, but not from a reader of that file."
        ),
        "A kms v2 provider keeps the key elsewhere.",
    ),
    FindingCode.SHORT_KEY: ("The key {} has {} bits.", "Use one of 32 bytes."),
    FindingCode.DUPLICATE_KEY_NAME: (
        "Two keys of {} are named {}: what is stored says only that name, and each is tried.",
        "Give every key a name of its own.",
    ),
    FindingCode.KMS_V1: (
        _kms_v1,
        "Move to apiVersion: v2 (v1 is what is meant where none is given).",
    ),
    FindingCode.KMS_V2_OFF: (
        "kms {} speaks KMS v2, which is off by default before 1.27.",
        "Give the API server --feature-gates=KMSv2=true, or upgrade it.",
    ),
    FindingCode.KMS_ENDPOINT_HOST: (
        lambda host, path: (
            f'"{host}" in the endpoint is taken for a host and left out: the socket is '
            f"{path or 'none'}."
        ),
        "Write three slashes: unix:///path.",
    ),
    FindingCode.KMS_ABSTRACT_SOCKET: (
        (
            "An abstract socket has no permissions: every process in the host's network "
            "namespace can ask the plugin to decrypt."
        ),
        "Use a socket in a folder that only root can enter.",
    ),
    FindingCode.DUPLICATE_KMS_NAME: (
        "Two kms providers are named {}, which an API server with automatic reload refuses.",
        "Give every provider a name of its own.",
    ),
}

FindingMessage.words = by_table({code: message for code, (message, _) in WORDS.items()})
FindingAdvice.words = by_table({code: advice for code, (_, advice) in WORDS.items()})
