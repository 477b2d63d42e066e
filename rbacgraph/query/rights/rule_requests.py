"""Makes requests that a rule allows, and requests that it would allow with one more word."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from typing import NamedTuple

from rbacgraph.authz.match import ALL, Request
from rbacgraph.authz.questions.api_resources import STANDARD_VERBS, every_resource
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.query.rights.claims import UNNAMED, Claims, path_of, rights

VERB, GROUP, RESOURCE, NAME, URL = (
    "verbs",
    "api_groups",
    "resources",
    "resource_names",
    "non_resource_urls",
)

_VERB = "some-verb"
_GROUP = "some-group.example"
_RESOURCE = "some-resource"
_PATH = "/some-path"


class Word(NamedTuple):
    """A word of a rule, and what a request may hold that it matches."""

    field: str
    word: str
    stands_for: tuple[str, ...]


Fields = Mapping[str, Sequence[Word]]


class RuleRequests:
    """Requests around the rules of a cluster.

    Where a rule says ``*``, a request has a word that some rule has, or one that none has: only
    ``*`` allows that.
    """

    def __init__(self, claims: Claims) -> None:
        self._claims = claims
        self._fields: dict[PolicyRule, Fields] = {}

    def fields(self, rule: PolicyRule) -> Fields:
        """Return the words of a rule by field; ``{}`` if it allows nothing."""
        if rule not in self._fields:
            self._fields[rule] = self._fields_of(rule)
        return self._fields[rule]

    def _fields_of(self, rule: PolicyRule) -> Fields:
        if rule.non_resource_urls and not rule.resources:
            return {VERB: self._verbs_of(rule), URL: self._urls_of(rule)}
        if not (rule.resources and rule.api_groups):
            return {}
        return {
            VERB: self._verbs_of(rule),
            GROUP: [
                Word(GROUP, word, self._any(word, self.groups, rule.api_groups, _GROUP))
                for word in dict.fromkeys(rule.api_groups)
            ],
            RESOURCE: [
                Word(RESOURCE, word, self._stands_for(word, rule))
                for word in dict.fromkeys(rule.resources)
            ],
            NAME: [Word(NAME, word, (word,)) for word in dict.fromkeys(rule.resource_names or ())]
            or [Word(NAME, "", ("", UNNAMED))],
        }

    def of(self, fields: Fields, scope: str, *words: Word) -> Iterator[Request]:
        """Yield the requests that have these words, each with every word of the other fields.

        Those for resources that an API server serves come first.
        """
        given = {word.field: word.stands_for for word in words}
        parts = {
            field: given.get(field) or [one for word in known for one in word.stands_for]
            for field, known in fields.items()
        }
        later = []
        for values in product(*parts.values()):
            found = dict(zip(parts, values, strict=True))
            if URL in found or (found[GROUP], found[RESOURCE].partition("/")[0]) in self._served:
                yield _request(found, scope)
            else:
                later.append(found)
        for found in later:
            yield _request(found, scope)

    @staticmethod
    def words_in(fields: Fields, request: Request) -> Iterator[Word]:
        """Yield the words of a rule that a request matches."""
        sub = f"/{request.subresource}" if request.subresource else ""
        values = {
            VERB: request.verb,
            GROUP: request.group,
            RESOURCE: f"{request.resource}{sub}",
            NAME: request.name,
            URL: request.path,
        }
        for field, known in fields.items():
            yield from (word for word in known if values[field] in word.stands_for)

    def outside(self, rule: PolicyRule) -> Iterator[Word]:
        """Yield the words that a rule does not have; one stands for all unknown words."""
        for field, known in self.fields(rule).items():
            held = {word.word for word in known}
            if not rule.resource_names if field == NAME else ALL in held:
                continue
            for word in self._more(field, rule):
                if word not in held:
                    yield Word(field, word, (word,))

    def _more(self, field: str, rule: PolicyRule) -> Sequence[str]:
        if field == VERB:
            return (*self.verbs, _VERB)
        if field == GROUP:
            held = set(rule.resources or ())
            starred = any(word.startswith(ALL) for word in held)
            serving = {group for group, one in self.resources if starred or one in held} - {ALL}
            return (*sorted(serving), _GROUP)
        if field == URL:
            return (*self.urls, _PATH)
        if field == RESOURCE:
            groups = set(rule.api_groups or ())
            found = {one for g, one in self.resources if g == ALL or {g, ALL} & groups}
            return (*sorted(found), _RESOURCE, *(f"{_RESOURCE}/{part}" for part in self._parts))
        names = (self._claims.names_for(one.partition("/")[0]) for one in rule.resources or ())
        return list(dict.fromkeys(name for several in names for name in several))

    # --- the words of a cluster ----------------------------------------------------

    @cached_property
    def _served(self) -> frozenset[tuple[str, str]]:
        custom = self._claims.custom_resources
        return frozenset((one.group, one.resource) for one in every_resource(custom))

    @cached_property
    def verbs(self) -> Sequence[str]:
        """The verbs of the API, of techniques and of rules."""
        needed = (verb for right in rights() for verb in right.verbs)
        ruled = (verb for rule in self._claims.rules for verb in rule.verbs or ())
        return [one for one in dict.fromkeys((*STANDARD_VERBS, *needed, *ruled)) if one != ALL]

    @cached_property
    def resources(self) -> Sequence[tuple[str, str]]:
        """The resources of techniques and of rules, with their groups, as rules write them."""
        needed = (
            (right.group, f"{right.resource}/{right.subresource}".rstrip("/")) for right in rights()
        )
        ruled = (
            pair
            for rule in self._claims.rules
            for pair in product(rule.api_groups or (), rule.resources or ())
        )
        return [
            (group, resource)
            for group, resource in dict.fromkeys((*needed, *ruled))
            if not resource.startswith(ALL)
        ]

    @cached_property
    def _parts(self) -> Sequence[str]:
        """The subresources of these resources, and those that rules give of all resources."""
        ruled = (one for rule in self._claims.rules for one in rule.resources or ())
        known = (*(resource for _, resource in self.resources), *ruled)
        return sorted({part for one in known if (part := one.partition("/")[2])})

    @cached_property
    def groups(self) -> Sequence[str]:
        """The groups of these resources."""
        return [one for one in dict.fromkeys(group for group, _ in self.resources) if one != ALL]

    @cached_property
    def urls(self) -> Sequence[str]:
        """A path for each URL of a rule."""
        found = (url for rule in self._claims.rules for url in rule.non_resource_urls or ())
        return list(dict.fromkeys(path_of(url) for url in found if url != ALL))

    # --- what a word stands for ----------------------------------------------------

    def _verbs_of(self, rule: PolicyRule) -> list[Word]:
        held = rule.verbs or ()
        return [
            Word(VERB, word, self._any(word, STANDARD_VERBS, held, _VERB))
            for word in dict.fromkeys(held)
        ]

    def _urls_of(self, rule: PolicyRule) -> list[Word]:
        return [
            Word(URL, url, (_PATH,) if url == ALL else (path_of(url),))
            for url in dict.fromkeys(rule.non_resource_urls or ())
        ]

    def _stands_for(self, word: str, rule: PolicyRule) -> tuple[str, ...]:
        if word.startswith("*/"):
            return (f"{_RESOURCE}{word[1:]}",)
        if word != ALL:
            return (word,)
        groups, held = set(rule.api_groups or ()), rule.resources or ()
        known = [resource for group, resource in self.resources if {group, ALL} & groups]
        return self._any(word, known, held, _RESOURCE)

    @staticmethod
    def _any(word: str, known: Sequence[str], held: Sequence[str], unknown: str) -> tuple[str, ...]:
        """Return what a word matches: for ``*`` one that the rule does not name, and any other."""
        if word != ALL:
            return (word,)
        named = next((one for one in known if one not in held), None)
        return (unknown,) if named is None else (named, unknown)


def _request(words: Mapping[str, str], scope: str) -> Request:
    if URL in words:
        return Request(words[VERB], path=words[URL])
    resource, _, subresource = words[RESOURCE].partition("/")
    return Request(words[VERB], words[GROUP], resource, subresource, scope, words[NAME])
