"""CloudTrail: files, lookup-events, EventBridge, and one event a line, as Lake gives them.

Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference.html,
https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieve-ct-entries.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html.
"""

import re
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Any, Self

import msgspec
from msgspec import Raw, Struct, field

from rbacgraph.model.inputs.store_log import StoredSecret
from rbacgraph.model.node import AWS
from rbacgraph.sources.audit.stores.facts import (
    Attempt,
    SessionStart,
    StoreEvent,
    StoreFact,
    WholeArn,
    account_of,
    decoded,
    fields_of,
    inner,
    text,
)

_WHOLE = re.compile(rb'"SecretARN"\s*:\s*"(arn:[^"\\]+?):secret:([^"\\]+)"')
_MANAGER = b"secretsmanager.amazonaws.com"
"""Who decrypts by the whole ARN: others may say any."""

_RESOURCE = re.compile(r" on resource: (\S+)")
_REFUSED = ("AccessDenied", "Unauthorized", "Client.Unauthorized")
_POD_IDENTITY = "pods.eks.amazonaws.com"
_REFERENCE = "/aws/reference/secretsmanager/"
"""A parameter that stands for a secret: Secrets Manager logs that read itself."""

_LOGINS = frozenset({"AssumeRole", "AssumeRoleWithWebIdentity"})
_PARAMETERS = {
    "GetParameter": attrgetter("name"),
    "GetParameterHistory": attrgetter("name"),
    "GetParameters": attrgetter("names"),
    "GetParametersByPath": attrgetter("path"),
}
"""The calls that give values of parameters, and the field that says of which."""

_OF_ROLES = frozenset({"AssumedRole", "Role"})
_OF_SESSIONS = _OF_ROLES | {"FederatedUser"}
_SAYING = {"GetSecretValue", "Decrypt", *_LOGINS, *_PARAMETERS}


class _Looked(Struct, frozen=True, gc=False):
    """A member of what lookup-events prints: the event is text."""

    event: str = field(default="", name="CloudTrailEvent")


class _Issuer(Struct, frozen=True, gc=False):
    arn: str | None = None


class _Context(Struct, frozen=True, gc=False, rename="camel"):
    session_issuer: _Issuer | None = None


class _User(Struct, frozen=True, gc=False, rename="camel"):
    """Who sent a request, with the key by which the session is known."""

    type: str | None = None
    arn: str | None = None
    account_id: str | None = None
    access_key_id: str | None = None
    invoked_by: str | None = None
    user_name: str | None = None
    identity_provider: str | None = None
    session_context: _Context | None = None

    def identity(self) -> str:
        """Return who asked, as the event itself names it; never a key."""
        kind, arn = self.type, self.arn or ""
        if kind in _OF_SESSIONS:
            issuer = self.session_context.session_issuer if self.session_context else None
            arn = (issuer.arn if issuer else None) or _role_of(arn)
            kind = "IAMUser" if ":user/" in arn else kind
        if kind == "IAMUser" and arn:
            return f"aws-user:{arn}"
        if kind in _OF_ROLES and arn:
            return f"aws-role:{arn}"
        if kind == "AWSService":
            return f"aws-service:{self.invoked_by or ''}"
        return f"aws-account:{self.account_id or ''}"


class _Asked(Struct, frozen=True, gc=False, rename="camel"):
    """The parameters of the requests that say something; of others these may be anything."""

    secret_id: str | None = None
    name: Any = None
    names: Any = None
    path: Any = None
    with_decryption: Any = None
    tags: Any = None


_USER = msgspec.json.Decoder(_User)
_ASKED = msgspec.json.Decoder(_Asked)


class CloudTrail(StoreEvent, frozen=True, gc=False, rename="camel"):
    """An event, or a batch: a file, what lookup-events prints, or an event of EventBridge."""

    event_source: str = ""
    event_name: str = ""
    event_time: str = ""
    event_id: str = field(default="", name="eventID")
    shared_event_id: str | None = field(default=None, name="sharedEventID")
    recipient_account_id: str | None = None
    aws_region: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    user_identity: Raw = Raw()
    request_parameters: Raw = Raw()
    response_elements: Raw = Raw()
    records: "tuple[CloudTrail, ...] | None" = field(default=None, name="Records")
    looked_up: tuple[_Looked, ...] | None = field(default=None, name="Events")
    event_text: str = field(default="", name="CloudTrailEvent")
    detail: "CloudTrail | None" = None

    @property
    def is_own(self) -> bool:
        """Whether it is an event of CloudTrail, or a batch of them."""
        if self.event_source and self.event_name:
            return True
        batches = (self.records, self.looked_up, self.event_text or None, self.detail)
        return any(batch is not None for batch in batches)

    def unpacked(self) -> Iterator[Self]:
        """Yield the events of a batch, or the event itself."""
        if self.event_name:
            yield self
            return
        yield from self.records or ()  # type: ignore[misc]
        for one in self.looked_up or ():
            yield _DECODER.decode(one.event)  # type: ignore[misc]
        if self.event_text:
            yield _DECODER.decode(self.event_text)  # type: ignore[misc]
        if self.detail is not None:
            yield self.detail  # type: ignore[misc]

    def facts(self) -> Iterable[StoreFact]:
        """Return the read of a secret or of parameters, or the beginning of a session."""
        return self._facts() if self.event_name in _SAYING else ()

    def _facts(self) -> Iterable[StoreFact]:
        name = self.event_name
        if name == "Decrypt":
            found = _WHOLE.search(self.request_parameters)
            if found is None or _MANAGER not in bytes(self.user_identity):
                return ()
            return (WholeArn(_address(found[1].decode()), f"secretsmanager/{found[2].decode()}"),)
        asked = decoded(self.request_parameters, _Asked, _ASKED)
        if name in _LOGINS:
            return () if self.error_code else self._login(asked)
        if self.event_source == "secretsmanager.amazonaws.com":
            secret = asked.secret_id or self._refused_resource()
            if name == "GetSecretValue" and secret:
                return self._attempt((self._secret(secret),))
        decrypted = str(asked.with_decryption).lower() == "true"  # else it stays encrypted
        if self.event_source == "ssm.amazonaws.com" and name in _PARAMETERS and decrypted:
            return self._attempt(tuple(self._parameters(_PARAMETERS[name](asked))))
        return ()

    def _attempt(self, secrets: tuple[StoredSecret, ...]) -> Iterable[Attempt]:
        error = self.error_code
        if not secrets or (error and not error.startswith(_REFUSED)):
            return ()  # no such secret, throttled
        user = decoded(self.user_identity, _User, _USER)
        key, shared = self.event_id, self.shared_event_id
        return (
            Attempt(
                ("aws", shared or key),
                self.event_time,
                user.identity(),
                user.access_key_id or "",
                secrets,
                not error,
                bool(shared),
            ),
        )

    def _login(self, asked: "_Asked") -> Iterator[SessionStart]:
        """Yield the beginning of a session: by a token, by EKS Pod Identity, or by a session."""
        given = fields_of(self.response_elements)
        session = text(inner(given, "credentials"), "accessKeyId")
        if not session:
            return
        user = decoded(self.user_identity, _User, _USER)
        if self.event_name == "AssumeRoleWithWebIdentity":
            subject = text(given, "subjectFromWebIdentityToken") or user.user_name or ""
            provider = text(given, "provider") or user.identity_provider or ""
            issuer = provider.partition(":oidc-provider/")[2]
            yield SessionStart(session, account_of(subject), issuer)
        elif user.invoked_by == _POD_IDENTITY:
            yield SessionStart(session, _account_of_tags(asked.tags))
        else:
            yield SessionStart(session, parent=user.access_key_id or "")

    def _refused_resource(self) -> str:
        """Return the resource of a refusal, whose event may lack the request's parameters."""
        found = _RESOURCE.search(self.error_message or "")
        return found[1] if found else ""

    def _secret(self, said: str) -> StoredSecret:
        """Return the secret of a name or an ARN."""
        if not said.startswith("arn:"):
            return StoredSecret(AWS, self._address, f"secretsmanager/{said}")
        place, _, rest = said.partition(":secret:")
        path, dash, letters = f"secretsmanager/{rest}", rest[-7:-6], rest[-6:]
        if dash != "-" or not (letters.isascii() and letters.isalnum()):
            return StoredSecret(AWS, _address(place), path)
        return StoredSecret(AWS, _address(place), path[:-7], arn_path=path)

    def _parameters(self, said: object) -> Iterator[StoredSecret]:
        below = self.event_name == "GetParametersByPath"
        names: Iterable[object] = said if isinstance(said, list) else [said]
        for name in names:
            if not isinstance(name, str) or name.startswith(_REFERENCE):
                continue
            address = self._address
            if name.startswith("arn:"):
                place, _, name = name.partition(":parameter")  # noqa: PLW2901
                address = _address(place)
            name = name.partition(":")[0].strip("/")  # noqa: PLW2901 - without version or label
            yield StoredSecret(AWS, address, f"ssm/{name}", below)

    @property
    def _address(self) -> str:
        return f"{self.recipient_account_id or ''}/{self.aws_region or ''}"


_DECODER = msgspec.json.Decoder(CloudTrail)


def _address(arn: str) -> str:
    """Return account and region of an ARN."""
    parts = arn.split(":")
    return f"{parts[4]}/{parts[3]}" if len(parts) > 4 else "/"  # noqa: PLR2004


def _role_of(arn: str) -> str:
    """Return the role of a session's ARN, which lacks the role's path."""
    parts = arn.split("/")
    head = parts[0].replace(":sts:", ":iam:").replace(":assumed-role", ":role")
    return f"{head}/{parts[1]}" if len(parts) > 1 else arn


def _account_of_tags(tags: object) -> str:
    """Return the ServiceAccount that EKS Pod Identity writes into a session's tags."""
    pairs = tags if isinstance(tags, list) else []
    found = {one.get("key"): one.get("value") for one in pairs if isinstance(one, dict)}
    namespace, name = found.get("kubernetes-namespace"), found.get("kubernetes-service-account")
    return f"sa:{namespace}/{name}" if namespace and name else ""
