"""Smaller roles and policies of Vault, and what is wrong with the present ones."""

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.errors import UsageError


class VaultPath(Struct, frozen=True, kw_only=True):
    """What is needed at one path: its capabilities, and the objects that need it."""

    path: str
    capabilities: tuple[str, ...]
    objects: tuple[str, ...] = ()


class KeptStanza(Struct, frozen=True, kw_only=True):
    """A stanza that stays as it is: ``reason`` is one of the codes of the proof."""

    path: str
    reason: str


class RoleBlock(Struct, frozen=True, kw_only=True):
    """A role that admits each of its names in each of its namespaces, and nobody else.

    ``name``: the role's name; ``new`` says that there is none of this name yet.
    ``names``, ``namespaces``: whom it admits.
    ``audience``: the audience that it asks for; ``""`` for none.
    ``objects``: what has to name it, if that is not the role by which it logs in now.
    ``limits``: what a new role must take from the present one, as ``KEY=VALUE``, to give no more.
    """

    name: str
    names: tuple[str, ...]
    namespaces: tuple[str, ...]
    audience: str = ""
    new: bool = False
    objects: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()


class VaultRoleAdvice(Struct, frozen=True, kw_only=True):
    """One role by which ServiceAccounts log in.

    ``namespace``, ``path``: the namespace of Vault, and the role's path in the API.
    ``owner``: ``this cluster``, or ``unknown``: then nothing is said about whom it admits.
    ``users``: the ServiceAccounts that log in by it, as objects of the cluster say.
    ``objects``: these objects.
    ``refused``: the ServiceAccounts that objects let log in by it, and that it does not admit.
    ``others``: the ServiceAccounts that it admits and that no object lets log in by it.
    ``absent``: the ServiceAccounts that it admits by name and that do not exist.
    ``unseen``: the namespaces whose ServiceAccounts the input does not show completely.
    ``patterns``: the names and namespaces with ``*``, by which it admits others that come.
    ``selector``: the labels of namespaces that it admits.
    ``audience``: what its audience must be; ``""`` if it takes tokens for any.
    ``audiences``: the audiences that the objects ask for; ``""`` stands for that of the API server.
    ``policies``, ``unread``: the policies that it gives, and those of them that the dump lacks.
    ``unmet``: the paths that objects ask for by it and that its policies do not allow.
    ``given``: its policies once those of its users' own take the place of shared ones; none if they
        stay.
    ``blocks``: the roles that admit its users and nobody else; none if it is as small as that
        already, or rbacgraph makes none.
    ``file``: where it was read.
    """

    namespace: str
    path: str
    owner: str
    users: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    selector: str = ""
    audience: str = ""
    audiences: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    unmet: tuple[VaultPath, ...] = ()
    given: tuple[str, ...] = ()
    blocks: tuple[RoleBlock, ...] = ()
    file: str = ""


class VaultPolicyAdvice(Struct, frozen=True, kw_only=True):
    """One policy that a used role gives.

    ``namespace``, ``name``: which it is.
    ``roles``: the roles that give it and that objects of the cluster use.
    ``shared``: who else gives or holds it, whose needs are not known: roles, groups, entities.
    ``own``: the name of the smaller policy, which takes its place in ``roles`` alone: others share
        this one. ``""`` if the smaller one is written in its place.
    ``unread``: the further policies of its tokens that the dump lacks: the proof does not cover
        them.
    ``needed``: the paths that are needed by it.
    ``text``: the smaller policy in HCL; ``""`` if there is none.
    ``without``: why there is none: one of the codes of the proof; ``""`` if there is one.
    ``kept``, ``denied``, ``dropped``: what became of the stanzas.
    ``together``: whether the proof holds too once all suggested policies are applied.
    ``file``, ``line``: where it was read.
    """

    namespace: str
    name: str
    roles: tuple[str, ...]
    shared: tuple[str, ...] = ()
    own: str = ""
    unread: tuple[str, ...] = ()
    needed: tuple[VaultPath, ...] = ()
    text: str = ""
    without: str = ""
    kept: tuple[KeptStanza, ...] = ()
    denied: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    together: bool = True
    file: str = ""
    line: int = 0


class VaultSuggestResult(Struct, frozen=True, kw_only=True):
    """Answer of ``vault suggest``.

    ``roles``, ``policies``: what is said about each.
    ``foreign``: the auth mounts that admit ServiceAccounts of another cluster.
    ``unknown_roles``: the roles that objects of the cluster name and that the dump lacks.
    ``servers``: the servers that objects of the cluster name, if they are several: the dump is of
        one.
    """

    roles: tuple[VaultRoleAdvice, ...]
    policies: tuple[VaultPolicyAdvice, ...]
    foreign: tuple[str, ...] = ()
    unknown_roles: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()

    def about(self, policy: str) -> "VaultSuggestResult":
        """Return the suggestion about one policy.

        Raises UsageError if there is none.
        """
        policies = tuple(one for one in self.policies if one.name == policy)
        if not policies:
            known = ", ".join(sorted({one.name for one in self.policies}))
            raise UsageError(
                f"there is no suggestion about a policy {policy}",
                advice=f"choose one of {known}" if known else "no used role gives a policy",
            )
        return replace(self, policies=policies, roles=())
