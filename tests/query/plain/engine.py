"""Which Secrets somebody gets for certain, by definition: sets and a fixpoint over plain objects.

Each technique is a function from what an intruder has to what that gives, as the experiments
of ``fixtures/oracle`` showed it. Nothing here is shared with the package.
"""

from tests.query.plain import pods, states
from tests.query.plain.cluster import GROUPS, WORKLOADS
from tests.query.plain.identities import account
from tests.query.plain.techniques import TECHNIQUES

CHECKS = ("bind", "escalate", "approve")
"""Verbs of no request of their own: of who acts as another, the other is looked at alone."""


class Intruder:
    """What somebody has, as facts: a sort, and what it is about.

    ``first`` is somebody, or what somebody is called outside the cluster.
    """

    def __init__(self, cluster, first, techniques=None):
        self.cluster = cluster
        self.techniques = techniques or TECHNIQUES
        self.facts = {("outside" if isinstance(first, str) else "who", first)}
        self._by_sort, self._rules = {}, {}

    def run(self, *, outside=False):
        """Until nothing is new, or no Secret is left to get where nothing else is asked about."""
        secrets = {("secret", k) for k in self.cluster.of("Secret")}
        while new := set(self.given()) - self.facts:
            self.facts |= new
            self._by_sort, self._rules = {}, {}
            if secrets <= self.facts and not outside:
                break
        return self

    def given(self):
        secrets = self.cluster.of("Secret")
        for give in self.techniques:
            for sort, about in give(self, self.cluster):
                if sort != "secret" or about in secrets:
                    yield sort, about

    def of(self, sort):
        if sort not in self._by_sort:
            self._by_sort[sort] = [about for found, about in self.facts if found == sort]
        return self._by_sort[sort]

    def rules(self, role):
        return self.cluster.roles.get(role, {"rules": ()})["rules"]

    def roles(self, who, namespace, gone):
        if (who, namespace, gone) not in self._rules:
            bound = () if who.by else self.of("bound")  # which one binds to whom one likes
            mine = frozenset(
                role
                for scope, role, by in bound
                if scope in {"", namespace} and (by is None or by != gone)
            )
            self._rules[who, namespace, gone] = mine | self.cluster.roles_of(who, namespace, gone)
        return self._rules[who, namespace, gone]

    def may(
        self, who, verb, resource, namespace="", name="", *, gone=None, lost=None, beside=False
    ):
        """Whether a request is allowed; ``beside`` says that it is part of another one.

        ``gone`` is a binding, and ``lost`` a role, that is deleted by then.
        """
        if "system:masters" in who.groups:
            return True
        if who.by and verb not in CHECKS and not beside:
            actor, mode = who.by
            on = f"impersonate-on:{mode}:{verb}"
            if not self.may(actor, on, resource, namespace, name, gone=gone, lost=lost):
                return False
        roles = self.roles(who, namespace, gone) - {lost or "none"}
        return self.cluster.allow(roles, verb, resource, name)

    def any_may(self, *request):
        return any(self.may(who, *request) for who in self.of("who"))

    def makes(self, who, resource, namespace, name, *, put=False, gone=None):
        """Whether a POST, which has no name, or an apply or a PUT, which have one, is allowed."""
        writes = ("patch", "update") if put else ("patch",)
        return self.may(who, "create", resource, namespace, gone=gone) or (
            self.may(who, "create", resource, namespace, name, gone=gone, beside=True)
            and any(self.may(who, v, resource, namespace, name, gone=gone) for v in writes)
        )

    def frees(self, kind, resource, namespace, name):
        taken = (namespace, name) in self.cluster.of(kind)
        unsure = kind == "Pod" and not self.cluster.pods_listed
        return not (taken or unsure) or self.any_may("delete", resource, namespace, name)

    def makes_new(self, who, kind, resource, namespace):
        return any(
            self.makes(who, resource, namespace, name)
            for name in self.cluster.names
            if self.frees(kind, resource, namespace, name)
        )

    def places(self):
        """Namespaces in which something can be created."""
        found = (*self.cluster.namespaces, *self.of("namespace"))
        return [namespace for namespace in found if namespace not in self.cluster.closed]

    def accounts_of(self, namespace):
        for place, name in (*self.cluster.of("ServiceAccount"), *self.of("account")):
            if place == namespace:
                yield "who", account(place, name)

    def secrets_of(self, namespace):
        return [("secret", k) for k in self.cluster.of("Secret") if k[0] == namespace]

    def has_room(self, namespace, resource):
        """Whether quotas of a namespace let another object of a resource be created."""
        quotas = [one for k, one in self.cluster.of("ResourceQuota").items() if k[0] == namespace]
        group = GROUPS.get(resource, "")
        full = f"{resource}.{group}" if group else resource
        counted = f"count/{full}", *(() if group else (resource,))
        return not states.refused_by_quotas(quotas, *counted)

    def makes_pods(self, who, namespace):
        room = self.has_room(namespace, "pods")
        replaced = {pods.owner(pod) for pod in self.cluster.of("Pod").values()}
        return any(
            self.makes_new(who, kind, f"{kind.lower()}s", namespace)
            for kind in (("Pod", *WORKLOADS) if room else ())
            if all(self.has_room(namespace, f"{one.lower()}s") for one in (kind, *_more(kind)))
        ) or any(
            self.may(who, verb, f"{kind.lower()}s", *k)
            for kind in WORKLOADS.keys() - {"Job"}  # whose template cannot be changed
            for k in self.cluster.of(kind)
            for verb in ("patch", "update")
            if k[0] == namespace and (room or (namespace, kind, k[1]) in replaced)
            if all(self.has_room(namespace, f"{one.lower()}s") for one in _more(kind))
        )


def _more(kind):
    """What a controller creates for a workload, and again once its template changes."""
    return states.BETWEEN.get(kind, ())
