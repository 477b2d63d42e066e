"""Finds what trust and policies of a dump of AWS admit beyond what is used.

Source: IAM User Guide, "Security best practices"; Secrets Manager User Guide, "Permissions policy
examples" (six question marks stand for the letters that end an ARN).
"""

import json
from collections.abc import Iterator, Mapping, Sequence

from rbacgraph.errors import UsageError
from rbacgraph.facts.external.aws_stores import AwsStores
from rbacgraph.facts.external.stores import Stores
from rbacgraph.facts.world import Facts
from rbacgraph.model.changes.aws_suggestion import AwsAdvice, AwsFinding, AwsFound
from rbacgraph.model.node import AWS
from rbacgraph.model.stores.aws_dump import AwsIdentity
from rbacgraph.stores.aws.estate import READS, Estate
from rbacgraph.stores.aws.policy import AwsStatement
from rbacgraph.stores.aws.principals import is_unique_id

_AUDIENCE = "sts.amazonaws.com"
_SUBJECT = "system:serviceaccount:"
_PARTS = 4
_LETTERS = "??????"


def suggest_aws(world: Facts) -> Sequence[AwsAdvice]:
    """Return the findings: of trust first, then of policies.

    Raises UsageError if the input has no dump of AWS.
    """
    store = world.part(Stores).get(AWS)
    if not isinstance(store, AwsStores):
        raise UsageError("the input has no dump of AWS", advice="rbacgraph aws commands makes one")
    finder = _Finder(world, store.estate)
    every = sorted(store.estate.roles, key=lambda role: role.arn)
    found = [one for role in every for one in finder.of_trust(role)]
    return [*found, *(one for role in every for one in finder.of_policies(role))]


class _Finder:
    def __init__(self, world: Facts, estate: Estate) -> None:
        self._estate = estate
        self._accounts = world.identities.usable_accounts
        self._complete = world.snapshot.is_listed
        self._annotated: dict[str, list[str]] = {}
        for account, identities in world.identities.clouds.identities.items():
            for one in identities:
                subject = f"{_SUBJECT}{account[1]}:{account[2]}"
                self._annotated.setdefault(one.node[2], []).append(subject)

    def of_trust(self, role: AwsIdentity) -> Iterator[AwsAdvice]:
        """Yield what a role's trust policy admits beyond the ServiceAccounts that use it."""
        for statement in self._estate.authority.trust(role).statements:
            if not statement.allows:
                continue
            principals = statement.principals or {}
            for text in principals.get("AWS", ()):
                if is_unique_id(text):
                    yield _advice(role, AwsFound.PRINCIPAL_IS_GONE(text))
            issuers = self._estate.issuers_in(statement)
            for issuer in sorted(issuers):
                yield from self._of_issuer(role, statement, issuer)

    def _of_issuer(
        self, role: AwsIdentity, statement: AwsStatement, issuer: str
    ) -> Iterator[AwsAdvice]:
        by_key: dict[str, list[str]] = {}
        for one in statement.conditions:
            if one.begins(one.key) is not None:
                by_key.setdefault(one.key.lower(), []).extend(one.texts)
        subjects = by_key.get(f"{issuer}:sub".lower())
        used = sorted(self._annotated.get(role.arn, ()))
        better = _equals(f"{issuer}:sub", used) if used else ""
        if subjects is None:
            yield _advice(role, AwsFound.NO_SUBJECT(), better)
        if f"{issuer}:aud".lower() not in by_key:
            yield _advice(role, AwsFound.NO_AUDIENCE(), _equals(f"{issuer}:aud", [_AUDIENCE]))
        for text in subjects or ():
            namespace, name = [*text.split(":"), "", "", ""][2:_PARTS]
            if "*" in namespace or "?" in namespace or text.count(":") < _PARTS - 1:
                yield _advice(role, AwsFound.NEW_NAMESPACE(text), better)
            elif "*" in name or "?" in name:
                yield _advice(role, AwsFound.NEW_ACCOUNT(text), better)
        gone = [one for one in subjects or () if self._is_gone(one)]
        if gone and len(gone) == len(subjects or ()):
            names = ["/".join(one.split(":")[2:]) for one in gone]
            yield _advice(role, AwsFound.HOLDER_IS_GONE(role.arn, *names))

    def _is_gone(self, subject: str) -> bool:
        """Whether a subject is a ServiceAccount that the input would show, and does not."""
        parts = subject.split(":")
        if len(parts) != _PARTS or "*" in subject or "?" in subject:
            return False
        return tuple(parts[2:]) not in self._accounts and self._complete("ServiceAccount", parts[2])

    def of_policies(self, role: AwsIdentity) -> Iterator[AwsAdvice]:
        """Yield the names of secrets in a role's own policies that admit longer names."""
        authority = self._estate.authority
        for document in authority.documents(role.arn):
            for statement in authority.policy(document).statements:
                reads = any(statement.about_action(one) is not False for one in READS[:1])
                if not (statement.allows and reads):
                    continue
                for text in _written(statement):
                    finding = self._longer(text)
                    if finding is not None:
                        exact = f"{text.rstrip('*').removesuffix('-')}-{_LETTERS}"
                        subject = f"{role.arn} {document.name}".strip()
                        better = json.dumps({"Resource": exact})
                        yield AwsAdvice(
                            subject=subject,
                            finding=finding,
                            instead=better,
                            file=document.file,
                            line=document.line,
                        )

    def _longer(self, text: str) -> AwsFinding | None:
        """Return what ``NAME-*`` admits beside the secret of that name, which has to be there."""
        start = text.removesuffix("*")
        name = start.removesuffix("-")
        if not text.endswith("*") or "*" in start or "?" in start or ":secret:" not in start:
            return None
        secrets = self._estate.secrets
        own = [arn for arn in secrets if arn[: -len(_LETTERS) - 1] == name]
        if not own:
            return None
        others = sorted(one.name for arn, one in secrets.items() if arn.startswith(start))
        longer = [one for one in others if one != secrets[own[0]].name]
        return AwsFound.LONGER_NAME(text, *longer) if longer else AwsFound.LONGER_NAMES(text)


def _written(statement: AwsStatement) -> Iterator[str]:
    """Yield the resources of a statement that have no variable, as they are written."""
    for parts in statement.resources or ():
        texts = [part if isinstance(part, str) else getattr(part, "value", "") for part in parts]
        if all(texts):
            yield "".join(texts)


def _equals(key: str, texts: Sequence[str]) -> str:
    value: Mapping[str, object] = {"StringEquals": {key: texts[0] if len(texts) == 1 else texts}}
    return json.dumps({"Condition": value})


def _advice(role: AwsIdentity, finding: AwsFinding, instead: str = "") -> AwsAdvice:
    at = role.trust
    file, line = (at.file, at.line) if at else (role.file, role.line)
    return AwsAdvice(subject=role.arn, finding=finding, instead=instead, file=file, line=line)
