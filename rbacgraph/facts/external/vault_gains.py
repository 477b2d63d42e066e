"""What tokens of Vault obtain besides the secrets that they read: other tokens, moved mounts.

A token that an escalation gives is a node as one of a login is, and obtains what that would. A
choice among all policies is one node with an edge to each token; everything in a namespace is a
token that may send every request there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from rbacgraph.facts.external.vault_doubts import Stanzas, as_doubtful, path_at
from rbacgraph.facts.external.vault_tokens import GivenToken, VaultTokens, tokens_of_stores
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.node import VAULT_CHOICE, VAULT_NAMESPACE, GraphNode
from rbacgraph.model.node_keys import VaultChoice, VaultNamespace, VaultToken
from rbacgraph.stores.vault.escalations import (
    EVERYTHING,
    EscalationKind,
    EscalationNeed,
    HeldToken,
    MovedMounts,
    PolicyTexts,
    TokenChoice,
    VaultEscalation,
    VaultEscalations,
    VaultRequest,
    WholeNamespace,
    logged_in,
    token_key,
)
from rbacgraph.stores.vault.mount_owners import MountOwner
from rbacgraph.stores.vault.policies import Policies
from rbacgraph.stores.vault.role_fields import token_policies
from rbacgraph.stores.vault.ways import HeldPolicies

_ANYTHING = (VAULT_CHOICE, VAULT_NAMESPACE)

_MOST_TOKENS = 1_000
"""How many tokens, besides those of logins, are searched for what each obtains: some seconds."""
_MOST_PAIRS = 500
"""How many pairs of tokens are searched for what they obtain together: some seconds."""


class VaultGain(NamedTuple):
    """What one token obtains by one escalation.

    ``source``, ``target``: the token, and what it obtains.
    ``kind``: by what.
    ``requests``: what its holder sends, each with the stanzas of the rule that allows it.
    """

    source: GraphNode
    target: GraphNode
    kind: EscalationKind
    requests: tuple[tuple[VaultRequest, Stanzas], ...]
    condition: Condition


class JointGain(NamedTuple):
    """What two tokens of one attacker obtain where neither may send all requests.

    ``tokens``: the two: the first is the one that the escalation starts from.
    ``gain``: what they obtain; its source is the first token.
    """

    tokens: tuple[GraphNode, GraphNode]
    gain: VaultGain


class VaultGains:
    """The tokens that logins give, and all that these obtain.

    ``logins``: the tokens of the logins to one server.
    """

    def __init__(self, logins: VaultTokens) -> None:
        self._logins = logins
        self._escalations = VaultEscalations(self._logins.dump, self._policies)
        self.tokens: dict[GraphNode, GivenToken] = dict(self._logins.tokens)
        """Every token, those of logins first."""
        self.choices: dict[GraphNode, dict[GraphNode, None]] = {}
        """The nodes of choices, each with the tokens among which the attacker chooses."""
        self._holders: dict[GraphNode, dict[object, HeldToken]] = {}
        self._found: dict[tuple[GraphNode, GraphNode, EscalationKind], VaultGain] = {}
        self.joint: dict[tuple[GraphNode, GraphNode, GraphNode], JointGain] = {}
        """What two tokens obtain together."""
        self._direct: set[GraphNode] = set()
        self._tried: set[tuple[GraphNode, GraphNode]] = set()
        self._searched = 0
        self.untried = 0
        """How many tokens, and pairs of them, were too many to search."""
        self._texts: list[tuple[GraphNode, HeldToken, VaultEscalation]] = []
        self._expanded: dict[object, GraphNode] = {}
        self._moves: list[tuple[tuple[GraphNode, ...], HeldToken, VaultEscalation]] = []
        if self._logins.dump.policies:
            self._search()

    def of(self, *names: str) -> Iterator[VaultGain]:
        """Yield what tokens obtain by some kinds of escalations, by their names."""
        kinds = [EscalationKind[name] for name in names]
        return (gain for gain in self._found.values() if gain.kind in kinds)

    def contained(self) -> Iterator[tuple[GraphNode, GraphNode, None, Condition]]:
        """Yield the edges from every choice to its tokens."""
        for choice, tokens in self.choices.items():
            for token in tokens:
                yield choice, token, None, CERTAIN

    def _search(self) -> None:
        waiting = list(self._first())
        while waiting:
            self._alone(waiting)
            waiting = list(self._together())
        for nodes, held, escalation in self._moves:
            self._move(nodes, held, escalation)
        for node, held, escalation in self._texts:
            self._join_texts(node, held, escalation)

    def _alone(self, waiting: list[tuple[GraphNode, HeldToken]]) -> None:
        """Add tokens, and what each of them alone obtains."""
        while waiting:
            node, held = waiting.pop()
            known = self._holders.setdefault(node, {})
            if token_key(held) in known:
                continue
            own = not known and node in self._logins.tokens
            known[token_key(held)] = held
            self._searched += not own
            if self._searched > _MOST_TOKENS and not own:
                self.untried += 1
                continue
            for escalation in self._escalations.of(held):
                waiting += self._take((node,), held, escalation)

    def _together(self) -> Iterator[tuple[GraphNode, HeldToken]]:
        """Yield the tokens that two tokens obtain where neither may send all requests.

        Helpers whose rules do the same are tried once, and no more pairs than can be searched.
        """
        acting = [
            (node, held)
            for node, holders in self._holders.items()
            for held in list(holders.values())[:1]
            if self._escalations.acts(held)
        ]
        limits = {node: self._escalations.names_within_limits(held) for node, held in acting}
        helpers: dict[bool, dict[object, list[tuple[GraphNode, HeldToken]]]] = {}
        for limited in set(limits.values()):
            helpers[limited] = {}
            for node, held in acting:
                deeds = self._escalations.deeds_for_others(held, limited=limited)
                if deeds:
                    helpers[limited].setdefault(deeds, []).append((node, held))
        for node, held in acting:
            for alike in helpers[limits[node]].values():
                other, helper = alike[0] if alike[0][0] != node else alike[-1]
                if node == other or (node, other) in self._tried:
                    continue
                if len(self._tried) >= _MOST_PAIRS:
                    self.untried += 1
                    continue
                self._tried.add((node, other))
                for escalation in self._escalations.with_others(held, [helper]):
                    yield from self._take((node, other), held, escalation)

    def _join_texts(self, node: GraphNode, held: HeldToken, escalation: VaultEscalation) -> None:
        """Add what the writer of a policy obtains who also has a token with that policy."""
        gain, condition = escalation.gain, self._condition((node,), escalation)
        assert isinstance(gain, PolicyTexts)
        if condition is None:
            return
        written, namespace = set(gain.policies), gain.namespace
        holders = [
            other
            for other, token in self.tokens.items()
            if token.policies.namespace == namespace and written.intersection(token.policies.names)
        ]
        # Who chooses a policy also chooses one that only its name makes.
        holders += [
            other
            for other in self.choices
            if isinstance(other[2], VaultChoice) and other[2].namespace == namespace
        ]
        for other in holders:
            self._add((node, other), self._whole(namespace), held, escalation, condition)

    def _first(self) -> Iterator[tuple[GraphNode, HeldToken]]:
        """Yield the tokens of logins; who holds them counts where they may write identities."""
        seen: set[tuple[GraphNode, object]] = set()
        writers: dict[GraphNode, bool] = {}
        for one in (*self._logins.logins, *self._logins.by_labels):
            role, entity = one.login.role, one.login.entity
            own = token_policies(role.data)
            identity = tuple(name for name in one.login.policies if name not in own)
            batch = role.data.get("token_type") == "batch"
            held = HeldToken(role.namespace, own, identity, entity, role.path, batch=batch)
            if one.token not in writers:
                writers[one.token] = self._writes_identities(held)
            who = token_key(held) if writers[one.token] else role.path
            if (one.token, who) not in seen:
                seen.add((one.token, who))
                self._direct.add(one.token)
                yield one.token, held

    def _policies(self, held: HeldToken) -> Policies:
        entity = logged_in(held.entity)
        return self._logins.held_by(held.namespace, held.names, entity).policies

    def _writes_identities(self, held: HeldToken) -> bool:
        path = f"{held.namespace}/identity/" if held.namespace else "identity/"
        return self._escalations.requests(held).reaches(path)

    def _take(
        self, nodes: tuple[GraphNode, ...], held: HeldToken, escalation: VaultEscalation
    ) -> Iterator[tuple[GraphNode, HeldToken]]:
        gain, known = escalation.gain, self._condition(nodes, escalation)
        if known is None:
            return
        condition = both(known, *map(self._missing, nodes[1:]))
        if isinstance(gain, MovedMounts):
            self._moves.append((nodes, held, escalation))
        elif isinstance(gain, PolicyTexts):
            # Those that another token writes count as what that token obtains.
            self._texts += [(nodes[0], held, escalation)] if len(nodes) == 1 else []
        elif isinstance(gain, WholeNamespace):
            self._add(nodes, self._whole(gain.namespace), held, escalation, condition)
        elif isinstance(gain, TokenChoice):
            yield from self._chosen(nodes, held, escalation, condition)

    def _chosen(
        self,
        nodes: tuple[GraphNode, ...],
        held: HeldToken,
        escalation: VaultEscalation,
        condition: Condition,
    ) -> Iterator[tuple[GraphNode, HeldToken]]:
        """Yield the tokens of a choice; equal choices among all policies are one node."""
        gain, by = escalation.gain, escalation.requests[-1].path
        assert isinstance(gain, TokenChoice)
        base = HeldToken(gain.namespace, gain.kept, gain.identity, gain.entity, held.role)
        key = token_key(base), gain.by_identity
        known = self._expanded.get(key) if gain.choices is None else None
        if known is not None:
            self._add(nodes, known, held, escalation, condition)
            return
        found = self._escalations.tokens(gain, held.role)
        given = [(self._node(one, by), one) for one in found]
        if gain.choices is None:
            choice = self._expanded[key] = self._choice(gain, [one for one, _ in given])
            self._add(nodes, choice, held, escalation, condition)
        for target, _ in given if gain.choices is not None else ():
            self._direct.add(target)
            self._add(nodes, target, held, escalation, condition)
        yield from given

    def _add(
        self,
        nodes: tuple[GraphNode, ...],
        target: GraphNode,
        held: HeldToken,
        escalation: VaultEscalation,
        condition: Condition,
    ) -> None:
        """Keep what tokens obtain, of equal ones that of the least doubt."""
        node, *others = nodes
        if target in nodes:
            return
        helpers = (self._holder(one) for one in others if one in self._holders)
        requests = self._with_stanzas((held, *helpers), escalation.requests)
        gain = VaultGain(node, target, escalation.kind, requests, condition)
        if others:
            self.joint.setdefault((node, others[0], target), JointGain((node, others[0]), gain))
            return
        known = self._found.get((node, target, escalation.kind))
        if known is None or as_doubtful(condition) < as_doubtful(known.condition):
            self._found[node, target, escalation.kind] = gain

    def _holder(self, node: GraphNode) -> HeldToken:
        return next(iter(self._holders[node].values()))

    def _with_stanzas(
        self, senders: Sequence[HeldToken], requests: Iterable[VaultRequest]
    ) -> tuple[tuple[VaultRequest, Stanzas], ...]:
        found = []
        for request in requests:
            known = self._logins.dump.policies_of(senders[request.sender].namespace)
            origins = request.rule.origins if request.rule else ()
            found.append((request, tuple((known[one.policy], one.line) for one in origins)))
        return tuple(found)

    def _node(self, held: HeldToken, by: str) -> GraphNode:
        """Return the node of a token, which a request to a path gives."""
        node, policies = self._logins.node(held.namespace, held.names, held.entity)
        self.tokens.setdefault(node, GivenToken(policies, path_at(self._logins.address, by)))
        return node

    def _whole(self, namespace: str) -> GraphNode:
        node: GraphNode = (VAULT_NAMESPACE, self._logins.address, VaultNamespace(namespace))
        if node not in self.tokens:
            flavour = self._logins.dump.flavour
            policies = Policies({"": EVERYTHING}, flavour, namespace=namespace)
            held = HeldPolicies(namespace, (), policies, (), ())
            self.tokens[node] = GivenToken(held, "")
        return node

    def _choice(self, gain: TokenChoice, tokens: Sequence[GraphNode]) -> GraphNode:
        filled = {one for node in tokens for one in _filled(node)}
        key = VaultChoice(gain.namespace, gain.kept, tuple(sorted(filled)))
        node: GraphNode = (VAULT_CHOICE, self._logins.address, key)
        self.choices.setdefault(node, {}).update(dict.fromkeys(tokens))
        return node

    def _move(
        self, nodes: tuple[GraphNode, ...], held: HeldToken, escalation: VaultEscalation
    ) -> None:
        """Add the secrets of mounts that tokens move to where they read them."""
        gain, condition = escalation.gain, self._condition(nodes, escalation)
        assert isinstance(gain, MovedMounts)
        before = f"{gain.namespace}/" if gain.namespace else ""
        senders = [held, *map(self._holder, nodes[1:])]
        for path, secrets in self._logins.named_secrets():
            if condition is None or not path.startswith(before):
                continue
            sent = self._escalations.moved(senders, path.removeprefix(before), gain.namespace)
            for target, same in secrets if sent else ():
                moved = escalation._replace(requests=tuple(sent))
                bound = self._sentinel(nodes, moved)
                self._add(nodes, target, held, moved, both(condition, same, bound))

    def _condition(
        self, nodes: tuple[GraphNode, ...], escalation: VaultEscalation
    ) -> Condition | None:
        """Return the condition of an escalation; None if what it needs is not so."""
        found = both(self._missing(nodes[0]), self._sentinel(nodes, escalation))
        for need, about in escalation.needs:
            doubt = self._doubt(escalation, need, about)
            if doubt is None:
                return None
            found = both(found, doubt)
        return found

    def _sentinel(self, nodes: tuple[GraphNode, ...], escalation: VaultEscalation) -> Condition:
        """Return the condition on which Sentinel lets the requests pass."""
        sent = (
            self._logins.sentinel(self.tokens[nodes[one.sender]].policies, one.path)
            for one in escalation.requests
        )
        return both(CERTAIN, *sent)

    def _missing(self, node: GraphNode) -> Condition:
        """Return that no policy denies what the dump lacks of a token."""
        token = self.tokens[node]
        missing = token.policies.missing
        return If.POLICY_OF_VAULT_DOES_NOT_DENY(token.role, *missing) if missing else CERTAIN

    def _doubt(
        self, escalation: VaultEscalation, need: EscalationNeed, about: str
    ) -> Condition | None:
        match need:
            case EscalationNeed.LOGIN_MOUNT:
                return self._mount_doubt(about)
            case EscalationNeed.ADDRESS:
                return If.CALLER_IS_IN_NETWORKS(escalation.requests[0].path, about)
            case EscalationNeed.ATTACKER_SERVER:
                return If.VAULT_REACHES_ATTACKER(about)
            case EscalationNeed.RAW_ENDPOINT:
                return If.VAULT_SHOWS_RAW_STORAGE()
            case EscalationNeed.EXISTS:
                return If.ENTRY_OF_VAULT_IS_WRITABLE(about)
            case _:
                return If.APPROVAL_IS_GIVEN_IN_VAULT(about)

    @cached_property
    def _owners(self) -> Mapping[str, tuple[MountOwner, Condition]]:
        """Whose each auth mount is, and on what condition somebody logs in by it."""
        return {
            f"{namespace}/{path}".lstrip("/"): (
                one.owner,
                self._logins.mount_doubts(namespace, path),
            )
            for (namespace, path), one in self._logins.owners.items()
        }

    def _mount_doubt(self, mount: str) -> Condition | None:
        owner, asked = self._owners.get(mount, (MountOwner.UNKNOWN, CERTAIN))
        if owner is MountOwner.ANOTHER:
            return None
        whole = path_at(self._logins.address, mount)
        unsure = If.MOUNT_OF_VAULT_IS_THIS_CLUSTERS(whole, whole)
        return both(CERTAIN if owner is MountOwner.THIS else unsure, asked)


def gains_of_stores(world: Facts) -> Mapping[str, VaultGains]:
    """Return what tokens obtain at each server of a dump, by the address that their nodes have."""
    return {at: VaultGains(tokens) for at, tokens in world.part(tokens_of_stores).items()}


def _filled(node: GraphNode) -> tuple[str, ...]:
    key = node[2]
    return key.filled if isinstance(key, VaultToken) else ()
