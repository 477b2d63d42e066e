"""Who may do after a change what the same one might not do before, by asking about requests."""

from itertools import product

from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.subjects import subject_user
from rbacgraph.model.request import Request

OTHER = "zz"
"""Stands for whatever nothing names."""


def gained(before, after):
    """Yield the requests that are allowed after and were not before, each with who sends it.

    Of each rule that a binding gives it asks the requests that this rule allows and as few others
    as can be: what is allowed for a ``*`` alone, or for any name, has a name of its own.
    """
    old, new = Authorizer(before), Authorizer(after)
    asked = set()
    for binding in new.bindings:
        rules = [rule for role in new.roles_of(binding) for rule in role.rules or ()]
        scope = binding.metadata.namespace
        for user, groups in identities(new, binding):
            for rule in rules:
                for request in requests_of(rule, scope):
                    if (user, groups, request) in asked:
                        continue
                    asked.add((user, groups, request))
                    if new.allows(request, user, groups) and not old.allows(request, user, groups):
                        yield user, groups, request


def identities(authorizer, binding):
    """Yield each subject, a user with its groups."""
    for subject in binding.subjects or ():
        if subject.kind == "Group":
            yield "", (subject.name,)
        elif user := subject_user(subject, binding.metadata.namespace):
            yield user, authorizer.groups_of(user)


def requests_of(rule, scope):
    """Yield requests that a rule allows in a namespace; of the whole cluster in some, and none."""
    verbs, names = _named(rule.verbs), rule.resource_names or (OTHER, "")
    for verb, url in product(verbs, rule.non_resource_urls or ()):
        yield Request(verb, path=url.replace("*", OTHER))
    for resource in rule.resources or ():
        for full in (OTHER, f"{OTHER}/{OTHER}") if resource == "*" else (resource,):
            base, _, sub = full.replace("*", OTHER).partition("/")
            for verb, group, name in product(verbs, _named(rule.api_groups), names):
                for place in (scope,) if scope else ("", OTHER):
                    yield Request(verb, group, base, sub, place, name)


def _named(entries):
    return [OTHER if entry == "*" else entry for entry in entries or ()]
