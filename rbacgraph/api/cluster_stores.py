"""Questions about stores of secrets outside the cluster."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from rbacgraph.api.cluster_base import ClusterBase, as_list
from rbacgraph.errors import UsageError
from rbacgraph.facts.world import Facts
from rbacgraph.model.answers.decision import Decision
from rbacgraph.model.changes.vault_suggestion import VaultSuggestResult
from rbacgraph.model.did_you_mean import did_you_mean
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.memory.gc_pause import gc_paused
from rbacgraph.model.node import AWS
from rbacgraph.model.principal import username
from rbacgraph.model.stores.vault_dump import VaultDump

if TYPE_CHECKING:
    from rbacgraph.api.answers import GitSecretFindings

_SERVICE_ACCOUNT = "system:serviceaccount:"
_BARE = re.compile("[^/:]+/[^/:]+")


class ClusterStores(ClusterBase):
    """What the policies of a store allow those who run in the cluster, and secrets in Git."""

    def sops(self, *, allow_unread: Sequence[str] = ()) -> "GitSecretFindings":
        """Return who decrypts the files that SOPS encrypts, and what is wrong with them.

        Parameters
        ----------
        allow_unread:
            Patterns of files that need not be read whole: ``unread`` leaves them out.

        Returns
        -------
        GitSecretFindings
            The findings, the most serious first; ``files`` has each encrypted file with its
            recipients.

        Examples
        --------
        >>> import io
        >>> import rbacgraph as rg
        >>> rg.load(io.BytesIO(b"{a: 1}"), allow_empty=True).sops().files
        ()
        """
        from rbacgraph.api.answers import GitSecretFindings
        from rbacgraph.stores.sops.findings import examine

        return GitSecretFindings(examine(self.snapshot, as_list(allow_unread)))

    def vault_can_i(
        self, method: str, path: str, *, user: str, mounts: Sequence[str] = ()
    ) -> Decision:
        """Decide whether a ServiceAccount may send a request to Vault or OpenBao.

        It logs in to every role of the dump that admits it. The networks that a role binds are
        taken to hold the caller, and an audience that it asks for to be given.

        Parameters
        ----------
        method:
            ``GET``, ``LIST``, ``PUT``, ``POST``, ``PATCH`` or ``DELETE``.
        path:
            The path behind ``/v1/``, or ``vault:PATH``; a secret of KV version 2 is at
            ``MOUNT/data/PATH``.
        user:
            The ServiceAccount: ``sa:NS/NAME``.
        mounts:
            The auth mounts that admit ServiceAccounts of this cluster, as ``auth/kubernetes``;
            those whose address is the live cluster's are known.

        Returns
        -------
        Decision
            True or false as a bool, with the role and the stanzas of the policies that decide;
            false and ``unknown`` where the dump lacks something, with what is ``missing``.

        Raises
        ------
        UsageError
            If the input has no dump of Vault, or several and ``path`` does not begin with the
            address of one as ``vault:ADDRESS/PATH``, or ``user`` is no ServiceAccount.

        Examples
        --------
        >>> cluster.vault_can_i("GET", "kv/data/db", user="sa:shop/api")  # doctest: +SKIP
        Decision(allowed=True, …)
        """
        from rbacgraph.facts.external.vault_can_i import vault_can_i

        namespace, account = _account(user)
        return vault_can_i(
            self.snapshot,
            method=method,
            path=path,
            namespace=namespace,
            name=account,
            mounts=as_list(mounts),
        )

    def aws_can_i(self, action: str, resource: str, *, user: str) -> Decision:
        """Decide whether a ServiceAccount may do something in AWS, by a dump of the account.

        Each role that lets it in is asked, and those that these may assume.

        Parameters
        ----------
        action:
            As in a policy: ``kms:Decrypt``. For ``secretsmanager:GetSecretValue`` the secret's key
            has to be usable as well.
        resource:
            An ARN, or ``aws:SERVICE/NAME`` for a secret.
        user:
            The ServiceAccount: ``sa:NS/NAME``.

        Returns
        -------
        Decision
            True or false as a bool, with the role and the policies that decide; false and
            ``unknown`` where the dump does not settle it, with what is ``missing``.

        Raises
        ------
        UsageError
            If the input has no dump of AWS, ``action`` names no service, or ``user`` is no
            ServiceAccount.

        Examples
        --------
        >>> cluster.aws_can_i("kms:Decrypt", "arn:aws:kms:…", user="sa:shop/api")  # doctest: +SKIP
        Decision(allowed=True, …)
        """
        from rbacgraph.facts.external.aws_stores import AwsStores
        from rbacgraph.facts.external.stores import Stores

        with gc_paused():
            world = Facts(self.snapshot)
            store = world.part(Stores).get(AWS)
            if not isinstance(store, AwsStores):
                advice = "rbacgraph aws commands makes one"
                raise UsageError("the input has no dump of AWS", advice=advice)
            if ":" not in action:
                advice = "give it as policies do: kms:Decrypt"
                raise UsageError(f"{action} names no service", advice=advice)
            return store.can_i(action, resource, _account(user))

    def cloud_can_i(self, cloud: str, action: str, resource: str, *, user: str) -> Decision:
        """Decide whether a ServiceAccount may do something in Azure or Google Cloud, by a dump.

        Parameters
        ----------
        cloud:
            ``azure`` or ``gcp``.
        action:
            As roles name it.
        resource:
            A secret as ``azure:VAULT/NAME`` or ``gcp:PROJECT/NAME``, or the id of a resource.
        user:
            The ServiceAccount: ``sa:NS/NAME``.

        Returns
        -------
        Decision
            True or false as a bool, by documentation, with what lets the ServiceAccount in; false
            and ``unknown`` where the dump does not settle it, with what is ``missing``.

        Raises
        ------
        UsageError
            If the input has no such dump or it lacks the resource, or ``user`` is no
            ServiceAccount.

        Examples
        --------
        >>> cluster.cloud_can_i(
        ...     "gcp", "secretmanager.versions.access", "gcp:shop-prod/db", user="sa:shop/api"
        ... )  # doctest: +SKIP
        Decision(allowed=True, …)
        """
        from rbacgraph.facts.external.cloud_stores import CloudStore
        from rbacgraph.facts.external.stores import Stores

        account = _account(user)
        with gc_paused():
            world = Facts(self.snapshot)
            store = world.part(Stores).get(cloud)
            if not isinstance(store, CloudStore):
                raise UsageError(
                    f"the input has no dump of {cloud}",
                    advice=f"rbacgraph {cloud} commands makes one",
                )
            return store.can_i(action, resource, account)

    def vault_suggest(self) -> VaultSuggestResult:
        """Suggest smaller roles and policies of Vault, by what the cluster's objects need.

        Each policy is proven: what a token needs and could do before, it still can; what it could
        not do, it still cannot; and nothing else than what is needed stays, but for stanzas that
        are listed with their reason.

        Returns
        -------
        VaultSuggestResult
            ``roles`` and ``policies``.

        Raises
        ------
        UsageError
            If the input has no dump of Vault, or several and ``vault_addresses`` names none.
        FaultError
            If somebody could send Vault a request afterwards that it could not send before.

        Examples
        --------
        >>> for policy in cluster.vault_suggest().policies:  # doctest: +SKIP
        ...     print(policy.text)
        """
        from rbacgraph.advice.vault.suggest_vault import suggest_vault

        snapshot = self.snapshot
        with gc_paused():
            return suggest_vault(Facts(snapshot.about_one_store(snapshot.vault_addresses)))


def _account(user: str) -> tuple[str, str]:
    """Return the namespace and name of a ServiceAccount.

    Raises UsageError if it is none.
    """
    name = username(user)
    namespace, colon, account = name.removeprefix(_SERVICE_ACCOUNT).partition(":")
    if name.startswith(_SERVICE_ACCOUNT) and colon:
        return namespace, account
    meant = did_you_mean([f"sa:{user}"]) if _BARE.fullmatch(user) else ""
    raise UsageError(f"{user} is no ServiceAccount", advice=meant or "give sa:NAMESPACE/NAME")


class EnginesOfVault(NamedTuple):
    """What the dump has at a path: ``value`` is where its secret is, if that is another path.

    ``first`` is the first part of the path, ``engines`` those of all secrets engines.
    """

    value: str
    first: str
    engines: frozenset[str]

    @property
    def mounted(self) -> bool:
        """Whether an engine may be at the path, as far as the dump has a list of them."""
        return not self.engines or self.first in self.engines


def vault_engines_near(snapshot: Snapshot, text: str) -> EnginesOfVault:
    """Return the engines of the dump, and where that of a path has its secret."""
    from rbacgraph.facts.external.vault_can_i import request_path
    from rbacgraph.facts.external.vault_paths import VaultPaths

    server, path = request_path(text, [one.address for one in snapshot.stores])
    path = path.lstrip("/")
    stores = snapshot.about_one_store((server,)).stores or (VaultDump(),)
    paths = VaultPaths(stores[0])
    value = paths.data_path(path) if paths.values_are_elsewhere(path) else ""
    engines = frozenset(engine.partition("/")[0] for engine in paths.engines())
    return EnginesOfVault(value, path.partition("/")[0], engines)
