"""CloudTrail: files, lookup-events, EventBridge, and one event a line, as Lake gives them.

Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference.html,
https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieve-ct-entries.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Self

import msgspec
from msgspec import Raw, Struct, field

from rbacgraph.model.node import AWS
from rbacgraph.sources.audit.stores.facts import (
    Attempt,
    SessionStart,
    StoredSecret,
    StoreEvent,
    StoreFact,
    WholeArn,
    account_of,
    fields_of,
    inner,
    text,
)

_SUFFIX = re.compile(r"(.+)-[A-Za-z0-9]{6}")
_RESOURCE = re.compile(r" on resource: (\S+)")
_REFUSED = ("AccessDenied", "Unauthorized", "Client.Unauthorized")
_POD_IDENTITY = "pods.eks.amazonaws.com"
_REFERENCE = "/aws/reference/secretsmanager/"
"""A parameter that stands for a secret: Secrets Manager logs that read itself."""

_LOGINS = frozenset({"AssumeRole", "AssumeRoleWithWebIdentity"})
_PARAMETERS = {
    "GetParameter": "name",
    "GetParameterHistory": "name",
    "GetParameters": "names",
    "GetParametersByPath": "path",
}
"""The calls that give values of parameters, and the field that says of which."""

_SAYING = {"GetSecretValue", "Decrypt", *_LOGINS, *_PARAMETERS}


class _Looked(Struct, frozen=True, gc=False):
    """A member of what lookup-events prints: the event is text."""

    event: str = field(default="", name="CloudTrailEvent")


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

    def facts(self) -> Iterator[StoreFact]:
        """Yield the read of a secret or of parameters, or the beginning of a session."""
        name = self.event_name
        if name not in _SAYING:
            return
        asked = fields_of(self.request_parameters)
        if name == "Decrypt":
            arn = text(inner(asked, "encryptionContext"), "SecretARN")
            if ":secret:" in arn:
                place, _, rest = arn.partition(":secret:")
                yield WholeArn(_address(place), f"secretsmanager/{rest}")
        elif name in _LOGINS:
            if not self.error_code:
                yield from self._login(asked)
        elif self.event_source == "secretsmanager.amazonaws.com":
            secret = text(asked, "secretId") or self._refused_resource()
            if name == "GetSecretValue" and secret:
                yield from self._attempt((self._secret(secret),))
        elif self.event_source == "ssm.amazonaws.com" and name in _PARAMETERS:
            if str(asked.get("withDecryption")).lower() != "true":
                return  # without it an encrypted value stays encrypted
            yield from self._attempt(tuple(self._parameters(asked.get(_PARAMETERS[name]))))

    def _attempt(self, secrets: tuple[StoredSecret, ...]) -> Iterator[Attempt]:
        refused = (self.error_code or "").startswith(_REFUSED)
        if not secrets or (self.error_code and not refused):
            return  # no such secret, throttled
        user = fields_of(self.user_identity)
        yield Attempt(
            ("aws", self.shared_event_id or self.event_id),
            self.event_time,
            _identity(user),
            text(user, "accessKeyId"),
            secrets,
            not refused,
            bool(self.shared_event_id),
        )

    def _login(self, asked: dict[str, Any]) -> Iterator[SessionStart]:
        """Yield the beginning of a session: by a token, by EKS Pod Identity, or by a session."""
        given = fields_of(self.response_elements)
        session = text(inner(given, "credentials"), "accessKeyId")
        if not session:
            return
        user = fields_of(self.user_identity)
        if self.event_name == "AssumeRoleWithWebIdentity":
            subject = text(given, "subjectFromWebIdentityToken") or text(user, "userName")
            provider = text(given, "provider") or text(user, "identityProvider")
            yield SessionStart(
                session, account_of(subject), provider.partition(":oidc-provider/")[2]
            )
        elif text(user, "invokedBy") == _POD_IDENTITY:
            yield SessionStart(session, _account_of_tags(asked.get("tags")))
        else:
            yield SessionStart(session, parent=text(user, "accessKeyId"))

    def _refused_resource(self) -> str:
        """Return the resource of a refusal, whose event may lack the request's parameters."""
        found = _RESOURCE.search(self.error_message or "")
        return found[1] if found else ""

    def _secret(self, said: str) -> StoredSecret:
        """Return the secret of a name or an ARN."""
        if not said.startswith("arn:"):
            return StoredSecret(AWS, self._address, f"secretsmanager/{said}")
        place, _, rest = said.partition(":secret:")
        path, found = f"secretsmanager/{rest}", _SUFFIX.fullmatch(rest)
        if found is None:
            return StoredSecret(AWS, _address(place), path)
        return StoredSecret(AWS, _address(place), f"secretsmanager/{found[1]}", arn_path=path)

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


def _identity(user: dict[str, Any]) -> str:
    """Return who asked, as the event itself names it; never a key."""
    kind, arn = text(user, "type"), text(user, "arn")
    if kind in {"AssumedRole", "Role", "FederatedUser"}:
        issuer = inner(inner(user, "sessionContext"), "sessionIssuer")
        arn = text(issuer, "arn") or _role_of(arn)
        kind = "IAMUser" if ":user/" in arn else kind
    if kind == "IAMUser" and arn:
        return f"aws-user:{arn}"
    if kind in {"AssumedRole", "Role"} and arn:
        return f"aws-role:{arn}"
    if kind == "AWSService":
        return f"aws-service:{text(user, 'invokedBy')}"
    return f"aws-account:{text(user, 'accountId')}"


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
