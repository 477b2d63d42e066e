"""Questions about direct rights, as Kubernetes decides them."""

import io
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from rbacgraph.api.cluster_base import ClusterBase, as_list
from rbacgraph.authz.questions.api_resources import resolve_resource
from rbacgraph.authz.questions.can_i import can_i
from rbacgraph.authz.questions.escalation_check import may_write
from rbacgraph.errors import InputError, UsageError
from rbacgraph.model.answers.added_words import Adding
from rbacgraph.model.answers.decision import Decision, GranteesResult
from rbacgraph.model.answers.verification import Claim
from rbacgraph.model.condition import If
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.rbac import RBAC_GROUP, AnyBinding, AnyRole
from rbacgraph.model.memory.gc_pause import gc_paused
from rbacgraph.model.node import NODE_USER, format_node, user_node
from rbacgraph.model.principal import username
from rbacgraph.model.request import Request
from rbacgraph.sources.load import load as load_sources

if TYPE_CHECKING:
    from rbacgraph.api.answers import Grantees, Rights, Verification
    from rbacgraph.model.answers.verification import VerifyStart
    from rbacgraph.sources.live.connection.rate_limit import Pace
    from rbacgraph.sources.live.connection.settings import Settings


class ClusterRights(ClusterBase):
    """Who may do what."""

    def can_i(
        self,
        verb: str,
        resource: str | None = None,
        *,
        group: str | None = None,
        subresource: str = "",
        namespace: str = "",
        name: str = "",
        path: str | None = None,
        user: str,
        groups: Sequence[str] | None = None,
    ) -> Decision:
        """Decide one request as a SubjectAccessReview does.

        RBAC decides, and for the Secrets that a kubelet reads the Node authorizer. Other rights of
        kubelets by the Node authorizer (their own Node, Pods, leases) are not covered. If the flags
        of an API server name AlwaysAllow, everything is allowed. If the input does not allow the
        request, and incomplete lists or files that cannot be read might, the answer is
        ``unknown``; rbacgraph then asks the live cluster, if it read one (by a SubjectAccessReview,
        or a SelfSubjectAccessReview about its own user).

        Parameters
        ----------
        verb, resource, group, subresource, namespace, name:
            The request. ``group`` None finds the resource among the known ones; ``""`` is
            the core group. ``namespace`` ``""`` is the cluster scope or all namespaces.
        path:
            A non-resource URL, instead of a resource.
        user:
            Username; ``system:serviceaccount:NS:NAME`` or ``sa:NS/NAME`` for a ServiceAccount.
        groups:
            None implies the groups that authentication adds; a list is taken literally.

        Returns
        -------
        Decision
            True or false as a bool, with the reason and the evidence; false and ``unknown`` if it
            cannot be known, with what is ``missing``.

        Raises
        ------
        UsageError
            If the request makes no sense, or the resource is ambiguous.

        Examples
        --------
        >>> cluster.can_i("get", "secrets", namespace="shop", user="alice")  # doctest: +SKIP
        Decision(allowed=False, …)
        """
        server = None
        if self._server is not None:
            server = partial(self._of_server, self._server, implied=groups is None)
        return can_i(
            self.authorizer,
            verb,
            resource,
            group=group,
            subresource=subresource,
            namespace=namespace,
            name=name,
            path=path,
            user=username(user),
            groups=as_list(groups),
            beyond=self._as_kubelet,
            server=server,
        )

    def can_read(self, secret: str, *, user: str) -> Decision:
        """Decide whether a principal reads a secret, by its own rights or its logins at a store.

        What it could obtain first, such as another ServiceAccount's token, does not count:
        :meth:`paths` follows that. A Secret of the cluster is read by get, list or watch, a secret
        of a Vault with a dump as :meth:`vault_can_i` says, one of AWS with a dump as its policies
        say, one of another store by the logins of the ServiceAccount there.

        Parameters
        ----------
        secret:
            ``NAMESPACE/NAME``, or a secret of a store: ``vault:PATH``, ``aws:SERVICE/NAME``,
            ``azure:VAULT/NAME``, ``gcp:PROJECT/NAME``.
        user:
            ``sa:NS/NAME``; for a Secret of the cluster also a username.

        Returns
        -------
        Decision
            True or false as a bool, with the reason and the evidence; false and ``unknown`` if it
            cannot be known, with what is ``missing``.

        Raises
        ------
        UsageError
            If ``secret`` names no secret or several, or ``user`` cannot log in at its store.
        NotFoundError
            If the input says that there is no such secret.

        Examples
        --------
        >>> import rbacgraph as rg
        >>> cluster = rg.load("fixtures/clusters/shop")
        >>> bool(cluster.can_read("shop/db-credentials", user="sa:shop/api"))
        False
        """
        from rbacgraph.facts.world import Facts
        from rbacgraph.query.access.can_read import can_read

        return can_read(
            Facts(self.snapshot, outside=self.asked_outside(secret)),
            secret,
            username(user),
            can_i=lambda verb, namespace, name: self.can_i(
                verb, "secrets", group="", namespace=namespace, name=name, user=user
            ),
            graph=lambda: self.graph_for(secret),
        )

    def _of_server(
        self,
        settings: "Settings",
        unknown: Decision,
        request: Request,
        user: str,
        groups: Collection[str],
        *,
        implied: bool,
    ) -> Decision:
        """Return what the live server itself decides, or why it does not answer."""
        from rbacgraph.sources.live.load_live import ask, connected

        claim = Claim.of(
            request,
            principal=format_node(user_node(user)),
            user=user,
            groups=groups,
            allowed=False,
            reason=str(unknown.reason),
        )
        try:
            with connected(settings) as connection:
                review = ask(connection, claim, own=implied and user == self.snapshot.me)
        except InputError as error:
            words = "; ".join(filter(None, (error.message, error.advice)))
            missing = (*unknown.missing, If.SERVER_ALLOWS(words))
            return Decision(allowed=False, reason=unknown.reason, missing=missing)
        said = Adding.SERVER_ALLOWS if review.allowed else Adding.SERVER_DENIES
        return Decision(allowed=review.allowed, reason=said(review.reason))

    def _as_kubelet(self, request: Request, user: str, groups: Collection[str]) -> Decision | None:
        """Decide as the Node authorizer does, which only decides about kubelets."""
        if not user.startswith(NODE_USER):
            return None
        from rbacgraph.techniques.kubelet.node_reads_secret import authorize

        return authorize(self.snapshot, request, user, groups)

    def can_write(
        self,
        manifest: Mapping[str, Any] | str,
        *,
        user: str,
        groups: Sequence[str] | None = None,
        verb: str = "create",
    ) -> Decision:
        """Decide whether a Role or binding may be written: the verb and escalation prevention.

        Parameters
        ----------
        manifest:
            A Role, ClusterRole, RoleBinding or ClusterRoleBinding: a mapping or YAML.
        user, groups:
            See :meth:`can_i`.
        verb:
            ``create``, ``update`` or ``patch``.
        """
        return may_write(
            self.authorizer,
            _role_or_binding(manifest),
            user=username(user),
            groups=as_list(groups),
            verb=verb,
        )

    def who_can(
        self,
        verb: str,
        resource: str | None = None,
        *,
        group: str | None = None,
        subresource: str = "",
        namespace: str = "",
        name: str = "",
        path: str | None = None,
    ) -> "Grantees":
        """Return who holds a right directly, with the binding, role and rule.

        Parameters
        ----------
        verb, resource, group, subresource, namespace, name, path:
            See :meth:`can_i`.

        Returns
        -------
        Grantees
            One for each subject and binding; groups are not expanded.
        """
        from rbacgraph.api.answers import Grantees
        from rbacgraph.authz.questions.unseen_grants import unseen_rights
        from rbacgraph.query.rights.who_can import who_can

        found = who_can(
            self.authorizer,
            verb,
            resource,
            group=group,
            subresource=subresource,
            namespace=namespace,
            name=name,
            path=path,
        )
        return Grantees(GranteesResult(found, unseen_rights(self.snapshot, namespace)))

    @gc_paused()
    def rights(
        self, principal: str, *, namespace: str = "", groups: Sequence[str] | None = None
    ) -> "Rights":
        """Return what a principal may do directly, and which techniques that opens.

        Parameters
        ----------
        principal:
            ``sa:NS/NAME``, ``user:NAME``, ``group:NAME``, ``kubelet:NODE``, or ``me`` on a live
            cluster; a group stands for any of its members.
        namespace:
            Only what holds in this namespace; by default everything.
        groups:
            The groups of a user, taken literally; None stands for those that authentication adds
            and those that ``groups`` of :func:`rbacgraph.load` gives.

        Returns
        -------
        Rights
            One for each rule, with all bindings that give it.

        Raises
        ------
        UsageError, NotFoundError
            If it is no principal, or the input lacks such a ServiceAccount.

        Examples
        --------
        >>> import rbacgraph as rg
        >>> rules = rg.load("fixtures/clusters/shop").rights("group:oncall")
        >>> [one.technique for one in rules[0].techniques if one.certain]
        ['exec']
        """
        from rbacgraph.api.answers import Rights
        from rbacgraph.query.access.rights import rights

        found = rights(self.access_graph, principal, namespace=namespace, groups=as_list(groups))
        return Rights(found)

    def verify(
        self,
        *,
        sample: int | None = 200,
        seed: int = 0,
        context: str | None = None,
        kubeconfig: str | None = None,
        connect_as: str = "",
        connect_as_groups: Sequence[str] = (),
        timeout: float = 60,
        qps: float = 20,
        burst: int = 40,
        pace: "Pace | None" = None,
        resume: str | None = None,
        planned: "Callable[[VerifyStart], None] | None" = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> "Verification":
        """Ask a live server whether it agrees with rbacgraph's claims about direct rights.

        Parameters
        ----------
        sample:
            The number of claims to check, allowed and denied ones; None plans them, so that one is
            wrong where the server differs in one binding, subject or rule.
        seed:
            The same seed draws the same sample.
        context, kubeconfig, connect_as, connect_as_groups, timeout, qps, burst, pace:
            See :func:`rbacgraph.load_live`.
        resume:
            A file that keeps the answers: a run that is given it again asks only for the others.
        planned:
            Is called with the number of claims before the first one is asked about.
        progress:
            Is called with the number of claims that are done, and of all.

        Returns
        -------
        Verification
            The claims with which the server disagrees; ``unanswered`` are those about which it
            gave no answer.

        Raises
        ------
        InputError
            If the server cannot be reached, or does not answer SubjectAccessReviews.
        """
        from rbacgraph.api.answers import Verification
        from rbacgraph.api.verifying import verified
        from rbacgraph.sources.live.connection.settings import Settings

        user = connect_as, tuple(as_list(connect_as_groups))
        settings = Settings(
            context, kubeconfig, *user, timeout=timeout, qps=qps, burst=burst, pace=pace
        )
        return Verification(
            verified(
                self.authorizer,
                settings,
                sample=sample,
                seed=seed,
                resume=resume,
                planned=planned or (lambda _start: None),
                progress=progress or (lambda _done, _total: None),
            )
        )


def full_name_if_namespaced(snapshot: Snapshot, resource: str) -> str:
    """Return ``RESOURCE.GROUP`` of a written resource; empty if it is cluster-scoped."""
    found = resolve_resource(resource, custom_resources=snapshot.custom_resources).resource
    return found.full_name if found.namespaced else ""


def _role_or_binding(manifest: Mapping[str, Any] | str) -> AnyRole | AnyBinding:
    """Read the one role or binding of a manifest."""
    try:
        text = manifest if isinstance(manifest, str) else json.dumps(manifest)
    except TypeError as error:
        raise UsageError(f"the manifest is no Kubernetes object: {error}") from None
    read = load_sources(io.BytesIO(text.encode()))
    found: tuple[AnyRole | AnyBinding, ...] = (
        *read.roles,
        *read.cluster_roles,
        *read.role_bindings,
        *read.cluster_role_bindings,
    )
    if len(found) == 1:
        return found[0]
    errors = [d.message for d in read.diagnostics if d.severity == "error"]
    raise UsageError(
        f"the manifest is no Role or binding: {errors[0]}"
        if errors
        else "the manifest is not one Role, ClusterRole, RoleBinding or ClusterRoleBinding",
        advice=f"give one object with apiVersion {RBAC_GROUP}/v1",
    )
