"""Policy documents, read into statements.

Source: IAM User Guide, "Grammar of the IAM JSON policy language". A part that is not of the
grammar makes its statement unknown: an Allow that may allow, a Deny that may deny.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from rbacgraph.model.repeated_keys import may_repeat
from rbacgraph.stores.aws.conditions import AwsCondition, GrammarError, read_conditions
from rbacgraph.stores.aws.context import Context
from rbacgraph.stores.aws.patterns import AwsPart, Glob, Wild, fill, glob, parts_of, wild_parts
from rbacgraph.stores.truth import DoubtKind as Kind
from rbacgraph.stores.truth import StoreDoubts, Truth, all_of, any_of, doubt, negated

_WITH_VARIABLES = "2012-10-17"
_VERSIONS = ("2008-10-17", _WITH_VARIABLES)
_DOCUMENT = {"Version", "Id", "Statement"}
_STATEMENT = {
    *("Sid", "Effect", "Condition"),
    *("Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource"),
}


@dataclass(frozen=True, slots=True)
class AwsStatement:
    """One statement. ``None`` stands for an element that it does not have."""

    sid: str
    allows: bool
    denies: bool
    actions: tuple[str, ...] | None
    not_actions: bool
    resources: tuple[tuple[AwsPart, ...], ...] | None
    not_resources: bool
    principals: Mapping[str, tuple[str, ...]] | None
    not_principals: bool
    conditions: tuple[AwsCondition, ...]
    unknown: StoreDoubts

    def covers(self, action: str, resource: str, context: Context) -> Truth:
        """Whether the statement is about this action on this resource in this context.

        Without a Resource element it is about the resource that it is attached to.
        """
        about = self.about_action(action)
        if about is False:
            return False
        named = self.about_resource(resource, context)
        if named is False:
            return False
        return all_of(
            [
                self.unknown or True,
                about,
                named,
                *(condition.holds(context) for condition in self.conditions),
            ]
        )

    def about_action(self, action: str) -> Truth:
        """Whether the statement's actions hold this one, compared without case."""
        if self.actions is None:
            return self.unknown or False
        found = any_of(_action_fits(pattern, action.lower()) for pattern in self.actions)
        return negated(found) if self.not_actions else found

    def about_resource(self, resource: str, context: Context) -> Truth:
        """Whether the statement's resources hold this one."""
        if self.resources is None:
            return True
        found = any_of(self._resource_fits(parts, resource, context) for parts in self.resources)
        return negated(found) if self.not_resources else found

    def _resource_fits(self, parts: tuple[AwsPart, ...], resource: str, context: Context) -> Truth:
        if parts == (Wild.RUN,):
            return True
        filled = fill(parts, context)
        if isinstance(filled, frozenset):
            return filled
        if filled is None:  # a variable without a value fits nothing
            return doubt(Kind.UNSETTLED, "NotResource") if self.not_resources else False
        if not glob(filled).fits(resource):
            return False
        starts = filled[0] if filled else ""
        if isinstance(starts, str) and starts.startswith("arn:"):
            return True
        return doubt(Kind.UNSETTLED, "Resource")  # no ARN, and IAM takes no other


@dataclass(frozen=True, slots=True)
class AwsPolicy:
    """A policy document."""

    statements: tuple[AwsStatement, ...]
    _about: dict[str, tuple[AwsStatement, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def about(self, action: str) -> tuple[AwsStatement, ...]:
        """Return the statements that may be about an action."""
        known = self._about.get(action)
        if known is None:
            found = (one for one in self.statements if one.about_action(action) is not False)
            known = self._about[action] = tuple(found)
        return known


def _action_fits(pattern: str, action: str) -> Truth:
    """Whether a pattern in small letters holds an action in small letters."""
    if pattern == "*":
        return True
    if not _glob_of(pattern).fits(action):
        return False
    service, colon, _ = pattern.partition(":")
    if not colon or "*" in service or "?" in service:
        return doubt(Kind.UNSETTLED, "Action")  # the grammar has no wildcard in a service's name
    return True


@lru_cache(maxsize=1 << 12)
def _glob_of(pattern: str) -> Glob:
    return Glob(wild_parts(pattern))


def read_policy(document: object) -> AwsPolicy:
    """Read a policy document as JSON decodes it; what is not of the grammar stays as a doubt."""
    if not isinstance(document, Mapping):
        return AwsPolicy((_unknown("Policy"),))
    doubts: StoreDoubts = frozenset()
    for name in document.keys() - _DOCUMENT:
        doubts |= doubt(Kind.POLICY, str(name))
    version = document.get("Version", _VERSIONS[0])
    if version not in _VERSIONS:
        doubts |= doubt(Kind.POLICY, "Version")
    statements = document.get("Statement", [])
    items = statements if isinstance(statements, list) else [statements]
    return AwsPolicy(tuple(_statement(item, version == _WITH_VARIABLES, doubts) for item in items))


def missing_policy(name: str, kind: Kind = Kind.MISSING) -> AwsPolicy:
    """Return what stands for a policy that the input lacks: it may allow and deny anything."""
    return AwsPolicy((_unknown(name, kind=kind),))


def read_document(text: str) -> AwsPolicy:
    """Read a document's text. A key that stands twice makes its statement unknown."""
    hook = _marked if may_repeat(text.encode(errors="replace")) else None
    try:
        return read_policy(json.loads(text, object_pairs_hook=hook))
    except (ValueError, RecursionError):
        return read_policy(None)


def _marked(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return a mapping; what stands twice has no value, and an element of no policy beside it."""
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            found[f"{key}+{key}"] = None
        found[key] = None if key in found else value
    return found


def _unknown(
    name: str, effect: object = None, doubts: StoreDoubts = frozenset(), kind: Kind = Kind.POLICY
) -> AwsStatement:
    """Return a statement that may do anything."""
    return AwsStatement(
        sid="",
        allows=effect != "Deny",
        denies=effect != "Allow",
        actions=("*",),
        not_actions=False,
        resources=None,
        not_resources=False,
        principals=None,
        not_principals=False,
        conditions=(),
        unknown=doubts | doubt(kind, name),
    )


def _statement(item: object, variables: bool, doubts: StoreDoubts) -> AwsStatement:
    if not isinstance(item, Mapping):
        return _unknown("Statement", doubts=doubts)
    effect = item.get("Effect")
    for name in item.keys() - _STATEMENT:
        doubts |= doubt(Kind.POLICY, str(name))
    if effect not in ("Allow", "Deny"):
        doubts |= doubt(Kind.POLICY, "Effect")
    try:
        actions, not_actions = _either(item, "Action")
        resources, not_resources = _either(item, "Resource")
        principals, not_principals = _principals(item)
        conditions = read_conditions(item.get("Condition", {}), variables=variables)
    except GrammarError as error:
        return _unknown(str(error), effect, doubts)
    if actions is None:
        return _unknown("Action", effect, doubts)
    return AwsStatement(
        sid=str(item.get("Sid", "")),
        allows=effect != "Deny",
        denies=effect != "Allow",
        actions=tuple(action.lower() for action in actions),
        not_actions=not_actions,
        resources=None
        if resources is None
        else tuple(parts_of(text, wildcards=True, variables=variables) for text in resources),
        not_resources=not_resources,
        principals=principals,
        not_principals=not_principals,
        conditions=conditions,
        unknown=doubts,
    )


def _either(item: Mapping[str, object], name: str) -> tuple[tuple[str, ...] | None, bool]:
    """Return an element's texts and whether it is the negative one.

    Raises GrammarError if both are there, or other values than texts.
    """
    negative = f"Not{name}"
    if name in item and negative in item:
        raise GrammarError(negative)
    if name in item:
        return _texts(item[name], name), False
    if negative in item:
        return _texts(item[negative], negative), True
    return None, False


def _texts(value: object, name: str) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) for text in items):
        raise GrammarError(name)
    return tuple(items)


def _principals(item: Mapping[str, object]) -> tuple[Mapping[str, tuple[str, ...]] | None, bool]:
    negative = "NotPrincipal" in item
    if negative and "Principal" in item:
        raise GrammarError("NotPrincipal")
    name = "NotPrincipal" if negative else "Principal"
    if name not in item:
        return None, False
    value = item[name]
    if isinstance(value, str):
        if value != "*":
            raise GrammarError(name)
        return {"AWS": ("*",)}, negative
    if not isinstance(value, Mapping):
        raise GrammarError(name)
    return {str(kind): _texts(texts, name) for kind, texts in value.items()}, negative
