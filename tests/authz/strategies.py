"""Rules and requests of a small world, in which everything meets everything."""

from hypothesis import strategies as st

from rbacgraph.authz.match import Request
from rbacgraph.model.kubernetes.rbac import PolicyRule

VERBS = ("get", "list", "bind")
GROUPS = ("", "apps")
RESOURCES = ("pods", "secrets")
SUBRESOURCES = ("", "exec", "*")
NAMES = ("", "db", "*")
PATHS = ("/", "/a", "/a/", "/a/b", "/b", "*", "/a*")
HELD_RESOURCES = ("*", "pods", "secrets", "pods/exec", "*/exec", "*/*", "pods/*")
HELD_PATHS = ("*", "/a", "/a*", "/a/*", "/a/b", "**")


def some(entries):
    return st.lists(st.sampled_from(entries), max_size=3, unique=True).map(tuple)


resource_rules = st.builds(
    PolicyRule,
    verbs=some((*VERBS, "*")),
    api_groups=some((*GROUPS, "*")),
    resources=some(HELD_RESOURCES),
    resource_names=st.none() | some(NAMES),
)
path_rules = st.builds(PolicyRule, verbs=some((*VERBS, "*")), non_resource_urls=some(HELD_PATHS))
rules = st.lists(resource_rules | path_rules, max_size=4).map(tuple)

ALL_REQUESTS = tuple(
    Request(verb, group, resource, subresource, "ns", name)
    for verb in VERBS
    for group in GROUPS
    for resource in RESOURCES
    for subresource in SUBRESOURCES
    for name in NAMES
) + tuple(Request(verb, path=path) for verb in VERBS for path in PATHS)
