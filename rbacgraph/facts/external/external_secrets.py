"""The secrets of stores outside that the input names, and what of the cluster reads them."""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.external.controllers import OPERATORS
from rbacgraph.facts.external.encrypted_files import EncryptedFiles
from rbacgraph.facts.external.logins import Login, Logins
from rbacgraph.facts.external.paths import (
    KIND_OF,
    Place,
    StoreNames,
    generated,
    meant_by,
    place_in,
    place_of,
    place_of_arn,
)
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.secrets.made_secrets import namespaces_of
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.external_secrets import (
    GENERATOR,
    THIS_CLUSTER,
    VAULT_SYSTEM,
    RemoteSecret,
    RoleLogin,
    SecretPush,
)
from rbacgraph.model.kubernetes.pods import RemoteUse
from rbacgraph.model.kubernetes.secret_makers import SecretMaker
from rbacgraph.model.node import (
    AWS,
    AZURE,
    EXTERNAL,
    GCP,
    PROVIDER_CLASS,
    PROVIDER_LOGIN,
    SECRET,
    VAULT,
    Node,
)
from rbacgraph.model.stores.kinds import dumped, opened
from rbacgraph.model.stores.vault_dump import VaultDump

if TYPE_CHECKING:
    from rbacgraph.facts.external.vault_paths import VaultPaths

_CLASS = "SecretProviderClass"


class Read(NamedTuple):
    """One secret outside that a custom resource reads.

    ``maker``, ``namespace``: the resource, and the namespace for which it acts.
    ``login``: the node of the login by which it reads; None if the input does not show it.
    ``remote``: the secret outside.
    ``secrets``: the Secrets of the namespace that are made of it.
    ``condition``: the condition on which it reads that.
    """

    maker: SecretMaker
    namespace: str
    login: Node | None
    remote: Node
    secrets: tuple[str, ...]
    condition: Condition


class Pushed(NamedTuple):
    """One Secret that a custom resource copies to a store.

    ``secret`` is None for what a generator makes, and for a Secret that the input lacks.
    """

    push: SecretPush
    secret: Key | None
    login: Node | None
    remote: Node
    condition: Condition


class PodRead(NamedTuple):
    """One secret outside that a Pod receives as a file.

    ``maker`` is the SecretProviderClass, if one names it; ``credential`` the Secret with which the
    driver then logs in, if not as the Pod. Of Vault, ``address`` is the server, and ``login`` the
    role, if they are named.
    """

    runner: PodSource
    remote: Node
    maker: SecretMaker | None
    condition: Condition
    credential: str = ""
    address: str = ""
    login: RoleLogin | None = None


class _Raw(NamedTuple):
    """One resource's secret before it has a node."""

    maker: SecretMaker
    namespace: str
    login: Login | None
    remote: RemoteSecret
    place: Place | None


class ExternalSecrets:
    """What the input names of stores outside."""

    def __init__(self, world: Facts) -> None:
        # The world keeps this: it holds parts of the world, so that no cycle outlives both.
        self._snapshot, self._index = world.snapshot, world.index
        self._running, self._identities = world.running, world.identities
        self._secrets = world.secret_numbers
        self._git = world.part(EncryptedFiles)
        self._asked = world.asked_outside
        self.logins = Logins(world)
        dumps = world.snapshot.dumps
        self._stores: Mapping[str, StoreNames] = {
            row.kind: opened(row.names)(dumps[row.kind]) for row in dumped(dumps) if row.names
        }

    @cached_property
    def nodes(self) -> Sequence[Node]:
        """Every secret outside that the input or the question names, sorted."""
        return sorted(self.named | self.only_asked)

    @cached_property
    def named(self) -> frozenset[Node]:
        """Every secret outside that objects of the cluster or the dump of Vault name."""
        found = {one.remote for one in self.reads}
        found |= {one.remote for one in self.pushes}
        found |= {one.remote for one in self.pod_reads}
        found.update(map(self.node, self._git.places))
        for dump in self._snapshot.stores:
            for path in _paths(dump).secrets():
                found.update(node for node, _ in self.vault_nodes(path, dump))
        found.update(map(self.node, self._dumped_places))
        return frozenset(node for node in found if node[0] != SECRET)

    @cached_property
    def perhaps_one(self) -> Sequence[tuple[Node, Node, Condition]]:
        """Each secret that may be another one too: its project is named by its number or its id."""
        dump = self._snapshot.dumps.get(GCP)
        numbered = {one.id for one in dump.projects if one.number} if dump else set()
        by_name: dict[str, list[tuple[str, Node]]] = {}
        for node in self.nodes:
            project, _, name = node[2].partition("/")
            if node[0] == GCP and name and project not in numbered:
                by_name.setdefault(name, []).append((project, node))
        pairs = [
            (one, other, If.PROJECTS_ARE_ONE(number, project))
            for several in by_name.values()
            for number, one in several
            for project, other in several
            if number.isdigit() and not project.isdigit()
        ]
        return [*pairs, *((other, one, condition) for one, other, condition in pairs)]

    @cached_property
    def only_asked(self) -> frozenset[Node]:
        """The paths of the question that nothing else names."""
        if self._several:
            return self._asked_of_stores - self.named
        called = {
            name
            for node in self.named
            if node[0] == VAULT and self._asked
            for name in self._names(node)
        }
        return frozenset((VAULT, "", path) for path in self._asked if path not in called)

    @cached_property
    def _asked_of_stores(self) -> frozenset[Node]:
        """The paths of the question in each of several Vaults, or in the one that it names."""
        every = (found for text in self._asked for found in self.asked_of(text))
        return frozenset(
            (VAULT, dump.address, path)
            for dump, path in every
            if _paths(dump).data_path(path) == path
        )

    def asked_of(self, text: str) -> Iterator[tuple[VaultDump, str]]:
        """Yield the dumps that decide about a path of a question, and the path there."""
        server, _, rest = text.partition("/")
        if server in self._servers:
            yield self._servers[server], rest
        elif not self._several or not (":" in server or server in self._others):
            yield from ((dump, text) for dump in self._snapshot.stores)

    @cached_property
    def _others(self) -> frozenset[str]:
        """The addresses of Vaults that objects name, and that none of several dumps is of."""
        return frozenset(one for addresses in self._unsaid.values() for one in addresses)

    @cached_property
    def _dumped(self) -> frozenset[Node]:
        """What the dumps of several Vaults name."""
        stores = self._snapshot.stores if self._several else ()
        named = ((one.address, path) for one in stores for path in _paths(one).secrets())
        return frozenset((VAULT, address, path) for address, path in named)

    @property
    def _several(self) -> bool:
        """Whether the input holds dumps of several Vaults: every node then has its address."""
        return len(self._snapshot.stores) > 1

    @cached_property
    def _servers(self) -> Mapping[str, VaultDump]:
        """The dumps of several Vaults by every address that is known of each."""
        stores = self._snapshot.stores if self._several else ()
        return {
            address: one
            for one in stores
            for address in (one.address, *self._snapshot.other_addresses(one))
        }

    def _canonical(self, place: Place) -> Place:
        """Return a place with the address of the dump of its server, if there are several."""
        if place.kind in self._stores:
            return self._stores[place.kind].canonical(place)
        if place.kind == AWS:
            return place_of_arn(place.path) or place
        dump = self._servers.get(place.address) if place.kind == VAULT else None
        return place._replace(address=dump.address) if dump else place

    def _nodes_of(self, path: str, dump: VaultDump) -> Iterator[tuple[Node, Condition]]:
        """Yield the nodes of a path in one of several Vaults, and those that may be in it."""
        own: Node = (VAULT, dump.address, path)
        if own in self._named_nodes or own in self._dumped or own in self._asked_of_stores:
            yield own, CERTAIN
        for address in sorted(self._unsaid.get(path, ())):
            if not (address and own in self._named_nodes):
                yield (VAULT, address, path), If.VAULT_IS_AT_ADDRESS(address, dump.address)

    @cached_property
    def _unsaid(self) -> Mapping[str, frozenset[str]]:
        """By path, the addresses at which objects name it that are those of no dump."""
        found: dict[str, set[str]] = {}
        for _, address, path in self._named_nodes:
            if address not in self._servers:
                found.setdefault(path, set()).add(address)
        return {path: frozenset(addresses) for path, addresses in found.items()}

    @cached_property
    def _named_nodes(self) -> frozenset[Node]:
        """The secrets of Vault that objects of the cluster name."""
        return frozenset(self.node(one) for one in self._places if one.kind == VAULT)

    def vault_nodes(self, path: str, dump: VaultDump) -> Sequence[tuple[Node, Condition]]:
        """Return the nodes of a path in the Vault of a dump.

        Each has the condition on which it is of that server: objects may name the path at others.
        """
        if self._several:
            return list(self._nodes_of(path, dump))
        addresses = self._addresses.get((VAULT, path))
        if not addresses:
            return (((VAULT, "", path), CERTAIN),)
        several = len(addresses) > 1
        own = addresses & self.vault_addresses
        return [
            (
                (VAULT, address if several else "", path),
                CERTAIN if own else If.VAULT_IS_AT_ADDRESS(address),
            )
            for address in sorted(own or addresses)
        ]

    @cached_property
    def vault_addresses(self) -> frozenset[str]:
        """The addresses of the Vault of the dump, as far as they are known.

        Without any, it is taken to be the only one that objects name.
        """
        snapshot = self._snapshot
        known = {*snapshot.vault_addresses, snapshot.vault.address if snapshot.vault else ""}
        return frozenset(known - {""}) or self.only_vault

    @cached_property
    def only_vault(self) -> frozenset[str]:
        """The address of the only Vault that objects name; empty if they name none or several."""
        return self._vaults if len(self._vaults) == 1 else frozenset()

    def dump_at(self, address: str) -> VaultDump | None:
        """Return the dump of the Vault that objects name by an address, or by none."""
        if self._several:
            return self._servers.get(address)
        is_dumped = address in self.vault_addresses or (
            not address and self._vaults <= self.vault_addresses
        )
        return self._snapshot.vault if is_dumped else None

    @cached_property
    def _vaults(self) -> frozenset[str]:
        """The addresses of every Vault that objects name."""
        stores = (*self._snapshot.secret_stores, *self._snapshot.cluster_secret_stores)
        named = {one.place for one in stores if one.system == VAULT_SYSTEM}
        for (kind, _), addresses in self._addresses.items():
            named |= addresses if kind == VAULT else frozenset()
        return frozenset(named - {""})

    def full_name(self, node: Node) -> Node:
        """Return a node with its store's address, also where the path alone is enough."""
        kind, address, path = node
        if address or (self._several and kind == VAULT):
            return node
        known = self._addresses.get((kind, path), frozenset())
        dump = self._snapshot.vault if kind == VAULT else None
        if dump and dump.address and len(known) <= 1 and known <= self.vault_addresses:
            known = frozenset((dump.address,))
        return (kind, next(iter(known)), path) if len(known) == 1 else node

    def _names(self, node: Node) -> tuple[str, ...]:
        """Return how a question may call a secret: its path, or an address and its path."""
        kind, _, path = node
        full = self.full_name(node)
        known = self._addresses.get((kind, path), ()) if full != node else ()
        addresses = dict.fromkeys((*known, full[1]))
        return path, *(f"{one}/{path}" for one in addresses if one)

    def called(self, kind: str, path: str) -> Sequence[Node]:
        """Return the secrets of a kind by their path, with or without the store's address.

        If no path is called so, ``*``, ``?`` and ``[…]`` match as in a shell.
        """
        names = self._stores.get(kind)
        place = names.called(path) if names else place_of_arn(path) if kind == AWS else None
        if place:
            return [self.node(place)]
        path = path.lower() if kind == AZURE else path
        known = {node: self._names(node) for node in self.nodes if node[0] == kind}
        return [node for node, names in known.items() if path in names] or [
            node for node, names in known.items() if any(fnmatchcase(one, path) for one in names)
        ]

    @cached_property
    def numbers(self) -> Mapping[Node, int]:
        """The numbers of these."""
        return {node: self._index.number(node) for node in self.nodes}

    @cached_property
    def reads(self) -> Sequence[Read]:
        """What the custom resources read, those of searches too."""
        return [*self._named_reads(), *self._found_reads()]

    @cached_property
    def by_login(self) -> Mapping[Node, Login]:
        """Every login by which a resource of the input reads or writes a store."""
        used = [one.login for one in self._raw]
        used += [raw.login for _, raw in self._raw_pushes]
        return {one.node: one for one in used if one is not None}

    @property
    def named_remotes(self) -> "Sequence[_Raw]":
        """Every secret outside, and every search for some, that a custom resource names."""
        return self._raw

    @cached_property
    def known_logins(self) -> Mapping[Node, Login]:
        """Every login of an object for a namespace in which it may be used."""
        found = dict(self.by_login)
        for namespace in self._identities.namespaces:
            for operator in OPERATORS:
                for login in self.logins.of_namespace(namespace, operator):
                    known = found.setdefault(login.node, login)
                    if login.condition < known.condition:
                        found[login.node] = login
        return found

    def logins_of(self, kind: str) -> Sequence[Node]:
        """Return the logins at stores whose secrets have a kind of node, sorted."""
        found = {one.login for one in self.reads if one.login is not None and one.remote[0] == kind}
        found |= {
            login.node
            for login in self.known_logins.values()
            if KIND_OF.get(login.store.system, EXTERNAL) == kind and login.store.system
        }
        return sorted(found)

    def _named_reads(self) -> Iterator[Read]:
        for raw in self._raw:
            for node, same in self._meant(raw.place if not raw.remote.every else None):
                yield self._read(raw, node, both(same, self._condition(raw)))

    def _found_reads(self) -> Iterator[Read]:
        """Yield what a search may find of the secrets that others name."""
        searches = [raw for raw in self._raw if raw.place and raw.remote.every]
        if not searches:
            return
        named = sorted({raw.place for raw in self._raw if raw.place and not raw.remote.every})
        for raw in searches:
            assert raw.place is not None
            kind, address, path = raw.place
            for place in named[bisect_left(named, raw.place) :]:
                if place[:2] != (kind, address) or not place.path.startswith(path):
                    break
                node = self._node(place)
                found = If.SEARCH_FINDS_KEY(raw.maker.kind, raw.namespace, raw.maker.metadata.name)
                if node is not None:
                    yield self._read(raw, node, both(found, self._condition(raw)))

    def _read(self, raw: _Raw, node: Node, condition: Condition) -> Read:
        secrets = raw.maker.names if raw.remote.secrets is None else raw.remote.secrets
        login = raw.login.node if raw.login else None
        if raw.maker.kind == _CLASS:
            login = self.class_login(raw.maker)
        return Read(raw.maker, raw.namespace, login, node, secrets, condition)

    @staticmethod
    def class_login(maker: SecretMaker) -> Node:
        """Return the login of the Pods that mount a SecretProviderClass."""
        if maker.shared_login:
            return PROVIDER_LOGIN, "", maker.shared_login
        return PROVIDER_CLASS, maker.metadata.namespace, maker.metadata.name

    @staticmethod
    def _condition(raw: _Raw) -> Condition:
        maker = raw.maker
        if maker.ready:
            return CERTAIN
        synced = If.RESOURCE_IS_SYNCED(maker.kind, maker.metadata.namespace, maker.metadata.name)
        return both(synced, raw.login.condition if raw.login else CERTAIN)

    @cached_property
    def _raw(self) -> Sequence[_Raw]:
        snapshot = self._snapshot
        places = [(one, one.metadata.namespace) for one in snapshot.secret_makers]
        places += [
            (one, namespace)
            for one in snapshot.cluster_secret_makers
            if one.remotes
            for namespace in namespaces_of(snapshot, one)
        ]
        found = []
        for maker, namespace in places:
            for remote in maker.remotes:
                login, place = self._resolved(remote, namespace)
                place = self._canonical(place) if place else None
                found.append(_Raw(maker, namespace, login, remote, place))
        return found

    def _resolved(self, remote: RemoteSecret, namespace: str) -> tuple[Login | None, Place | None]:
        """Return the login and the place of a secret that a resource of a namespace names."""
        if remote.system:
            return None, place_of(remote)
        if remote.store_kind == GENERATOR:
            login = self.logins.of(remote, namespace)
            return login, generated(login.store if login else None, remote, namespace)
        login = self.logins.of(remote, namespace)
        if login is None:
            return None, None  # the store is not in the input, or closed to the namespace
        if login.store.system == THIS_CLUSTER:
            return login, Place(SECRET, login.store.prefix, remote.key)
        if not login.store.system:
            return login, None
        address = login.address
        if not address and login.store.system not in KIND_OF:
            address = f"{login.node[1]}/{login.node[2]}" if login.node[1] else login.node[2]
        return login, place_in(login.store, address, remote)

    @cached_property
    def _addresses(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """The addresses at which the input names a path, by kind and path."""
        found: dict[tuple[str, str], set[str]] = {}
        for place in self._places:
            if place.address:
                found.setdefault((place.kind, place.path), set()).add(place.address)
        return {key: frozenset(addresses) for key, addresses in found.items()}

    @cached_property
    def _places(self) -> Sequence[Place]:
        """The place of everything that objects name."""
        raws = (*(raw.place for raw in self._raw), *(raw.place for _, raw in self._raw_pushes))
        injected = (self._injected(use) for _, use in self._uses if not use.provider_class)
        named = (*raws, *injected, *self._git.places, *self._dumped_places)
        return [place for place in named if place is not None]

    @property
    def _dumped_places(self) -> Iterator[Place]:
        return chain.from_iterable(one.places for one in self._stores.values())

    def _node(self, place: Place) -> Node | None:
        if place.kind == SECRET:
            there = place.path in self._secrets.get(place.address, ())
            return (SECRET, place.address, place.path) if there else None
        return self.node(place)

    def _meant(self, place: Place | None) -> Iterator[tuple[Node, Condition]]:
        """Yield the nodes that a place may be, each on its condition."""
        if place is None or place.kind != AWS:
            node = self._node(place) if place else None
            yield from [(node, CERTAIN)] if node else ()
            return
        place = self._canonical(place)
        known = self._addresses.get((AWS, place.path), ())
        for address, condition in meant_by(place, known):
            yield self.node(place._replace(address=address)), condition

    def node(self, place: Place) -> Node:
        """Return the node of a place: with the address only if several stores have the path."""
        kind, address, path = self._canonical(place)
        known: Collection[str] = self._addresses.get((kind, path), ())
        if kind == AWS:  # what is named by a part of another one's address is that one, or may be
            known = {
                full for one in known for full, _ in meant_by(place._replace(address=one), known)
            }
        several = len(known) > 1
        several |= self._several and kind == VAULT
        return kind, address if several else "", path

    @cached_property
    def _raw_pushes(self) -> Sequence[tuple[Key | None, "_RawPush"]]:
        snapshot = self._snapshot
        places = [(one, one.metadata.namespace) for one in snapshot.secret_pushes]
        places += [
            (one, namespace)
            for one in snapshot.cluster_secret_pushes
            for namespace in namespaces_of(snapshot, one)
        ]
        found: list[tuple[Key | None, _RawPush]] = []
        for push, namespace in places:
            numbers = self._secrets.get(namespace, {})
            names = push.secrets if push.selector is None else tuple(numbers)
            keys = [(namespace, name) for name in names if name in numbers]
            for remote in push.remotes:
                raw = _RawPush(push, *self._resolved(remote, namespace))
                found += [(key, raw) for key in keys or (None,)]
        return found

    @cached_property
    def pushes(self) -> Sequence[Pushed]:
        """What is copied to stores."""
        found = []
        for key, (push, login, place) in self._raw_pushes:
            for node, same in self._meant(place):
                name = push.kind, push.metadata.namespace, push.metadata.name
                chosen = If.SECRET_HAS_LABELS() if push.selector is not None else CERTAIN
                synced = CERTAIN if push.ready else If.RESOURCE_IS_SYNCED(*name)
                condition = both(same, chosen, synced)
                found.append(Pushed(push, key, login.node if login else None, node, condition))
        return found

    @cached_property
    def _uses(self) -> Sequence[tuple[PodSource, RemoteUse]]:
        uses = ((runner, use) for runner in self._running.runners for use in runner.spec.remotes)
        return [(runner, use) for runner, use in uses if use.path or use.provider_class]

    @property
    def agents(self) -> "Iterator[tuple[PodSource, RoleLogin]]":
        """The Pods with an agent of Vault's injector, and the role by which it logs in."""
        for runner in self._running.runners:
            for login in dict.fromkeys(use.login for use in runner.spec.remotes if use.login):
                yield runner, login

    @staticmethod
    def _injected(use: RemoteUse) -> Place:
        return Place(VAULT, use.place, use.path)

    @cached_property
    def pod_reads(self) -> Sequence[PodRead]:
        """What Pods receive as files."""
        if not self._uses:
            return ()
        classes: dict[Key, list[_Raw]] = {}
        for raw in self._raw:
            if raw.maker.kind == _CLASS:
                key = raw.namespace, raw.maker.metadata.name
                classes.setdefault(key, []).append(raw)
        found = []
        for runner, use in self._uses:
            if use.provider_class:
                for raw in classes.get((runner.node[1], use.provider_class), ()):
                    for node, same in self._meant(raw.place):
                        # A Pod does not start before the driver has mounted the volume.
                        read = PodRead(
                            *(runner, node, raw.maker, same, use.credential),
                            address=raw.remote.place,
                            login=raw.maker.login,
                        )
                        found.append(read)
            else:
                remote = self._node(self._injected(use))
                condition = CERTAIN if use.done else If.INJECTOR_ADDS_AGENT()
                if remote is not None:
                    read = PodRead(
                        *(runner, remote, None, condition), address=use.place, login=use.login
                    )
                    found.append(read)
        return found


def _paths(dump: VaultDump) -> "VaultPaths":
    from rbacgraph.facts.external.vault_paths import VaultPaths

    return VaultPaths(dump)


class _RawPush(NamedTuple):
    push: SecretPush
    login: Login | None
    place: Place | None
