"""What the names of keys show of a Secret's content; rbacgraph never reads the values."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from rbacgraph.facts.cluster_secrets.row import credential_rows, words_of
from rbacgraph.model.answers.risk.secret_value import WORTH_LEVELS, Worth, WorthReason

_ABOUT_ACCOUNTS = r"(.*_)?(service_?account|sa|gcp|gcs|google|credentials?|creds|key)(_.*)?_json"
_CLOUDS = r"(digitalocean|do|hcloud|linode|cloudflare|scaleway|civo)"
_DATABASES = r"(postgres|postgresql|pg|mysql|mariadb|mongo|mongodb|redis|mssql|oracle|db|database)"

_KEYS: Sequence[tuple[Worth, re.Pattern[str]]] = [
    (worth, re.compile("|".join(patterns)))
    for worth, patterns in (
        (Worth.CA_KEY, (r"(.*_)?ca_(private_)?key(_pem)?", r"(.*_)?cakey(_pem)?", r"root_key_pem")),
        (
            Worth.CLOUD_CREDENTIAL,
            (
                r"(.*_)?aws_(secret_)?access_key(_id)?",
                r"(.*_)?aws_(session_token|credentials|secret_key)",
                r"(.*_)?secret_access_key",
                r"(.*_)?(azure|arm)_(client_secret|storage_(account_)?key|json)",
                r"(.*_)?google_(application_)?credentials(_json)?",
                _ABOUT_ACCOUNTS,
                r"clouds?_(config|yaml|conf)|cloud",
                rf"(.*_)?{_CLOUDS}_(api_|access_)?(token|key|secret)",
                r"(.*_)?(alicloud_.*|access_key_secret|ibmcloud_api_?key|vsphere_conf)",
            ),
        ),
        (
            Worth.DECRYPTION_KEY,
            (
                r"(.*_)?age_?key(_txt)?",
                r"(.*_)?sops_.*",
                r"(.*_)?(unseal|recovery)_key.*",
                r"(.*_)?(vault|root|bao)_token",
            ),
        ),
        (Worth.SIGNING_KEY, (r"cosign_key", r"(.*_)?signing_key(_pem)?", r"server_secretkey")),
        (
            Worth.SSH_KEY,
            (
                r"(.*_)?ssh_?(private_?)?key",
                r"(.*_)?id_(rsa|dsa|ecdsa|ed25519)",
                r"identity",
                r"(.*_)?deploy_key",
            ),
        ),
        (Worth.REGISTRY_LOGIN, (r"(.*_)?(registry|docker)_(password|token|auth)", r"config_json")),
        (
            Worth.DATABASE,
            (
                rf"(.*_)?{_DATABASES}_(.*_)?(password|passwd|pass|url|uri|dsn|connection)",
                r"(.*_)?(dsn|jdbc_url|connection_?string|pgpass)",
            ),
        ),
        (
            Worth.TLS_KEY,
            (r"(.*_)?(tls|server|client|private|privkey)_key(_pem)?", r"(.*_)?(key|privkey)_pem"),
        ),
        (
            Worth.TELLING_KEY,
            (
                r".*(password|passwd|passphrase|token|secret|apikey|api_key|credential|htpasswd).*",
                r"(.*_)?(pass|pwd|key|auth|sasl|salt|pin|hmac)(_.*)?",
            ),
        ),
    )
]
"""By what each shows, the names of keys, in lower case and with words between underscores.

The first one that matches counts, after the keys that show a credential of a cluster.
"""

_CLUSTER_ROWS = [row for row in credential_rows() if row.generic]

_CERTIFICATES = re.compile(
    r"(.*_)?(crt|cer|pub|known_hosts)|namespace|(ca|cert|certificate|chain|ca_cert|.*_cert)_pem"
    r"|ca(_?bundle)?|(ca_)?cert(ificate)?"
)
_PLAIN_KEY = "key"


@lru_cache(maxsize=4096)
def by_key(name: str) -> Worth | None:
    """Return what the name of one key shows; None if nothing.

    Examples
    --------
    >>> by_key("AWS_SECRET_ACCESS_KEY").name, by_key("ca.key").name, by_key("tls.key").name
    ('CLOUD_CREDENTIAL', 'CA_KEY', 'TLS_KEY')
    >>> by_key("POSTGRES_PASSWORD").name, by_key("password").name, by_key("config.yaml")
    ('DATABASE', 'TELLING_KEY', None)
    """
    words = words_of(name)
    if is_public(name) and words != _PLAIN_KEY:
        return None
    for row in _CLUSTER_ROWS:
        if row.has_key((name,)) is not None:
            return Worth[row.worth]
    return next((worth for worth, pattern in _KEYS if pattern.fullmatch(words)), None)


@lru_cache(maxsize=4096)
def is_public(name: str) -> bool:
    """Whether the name of a key is that of something public: a certificate, a public key.

    Examples
    --------
    >>> is_public("ca.crt"), is_public("known_hosts"), is_public("tls.key")
    (True, True, False)
    """
    return _CERTIFICATES.fullmatch(words_of(name)) is not None


def by_keys(names: Iterable[str]) -> WorthReason | None:
    """Return what the names of all keys show at most; None if nothing."""
    best: tuple[int, Worth, str] | None = None
    names = tuple(names)
    for name in names:
        worth = by_key(name)
        if worth is Worth.TELLING_KEY and name == _PLAIN_KEY and any(map(is_public, names)):
            worth = Worth.TLS_KEY  # a key next to its certificate
        if worth is not None:
            found = -WORTH_LEVELS[worth], worth, name
            best = found if best is None else min(best, found)
    return None if best is None else best[1](best[2])
