"""Label a namespace so that a role of Vault admits its ServiceAccounts."""

from collections.abc import Iterator

from rbacgraph.facts.external.vault_evidence import role_evidence, role_words
from rbacgraph.facts.external.vault_tokens import tokens_of_stores
from rbacgraph.facts.world import Facts
from rbacgraph.techniques.nodes.relabel_namespace import RELABEL
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.technique import where
from rbacgraph.techniques.stores.resource_writers import WIDE
from rbacgraph.techniques.vault.vault_login import login_by_labels


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    logins = [one for tokens in world.part(tokens_of_stores).values() for one in tokens.by_labels]
    for scope in sorted(present.scopes(RELABEL)) if logins else ():
        label = present.node(RELABEL, scope)
        for one in logins if label is not None else ():
            namespace, name = one.account
            role, server = one.login.role, one.token[1]
            by = (role.namespace, role.path, *((server,) if server else ()))
            if label is not None and (scope in WIDE or scope == namespace):
                words = f"can label namespaces {where(scope)} for {role_words(one.login)}"
                yield Hyperarc(
                    (label, login_by_labels(one)),
                    (one.token,),
                    words,
                    scope,
                    (*by, namespace, name),
                    one.condition,
                    (role_evidence(one.login),),
                )


EDGE = Conjunction(
    id="open-vault-role",
    summary="labels of a namespace open a role of Vault to its ServiceAccounts",
    effort=5,  # a label changes, which remains visible
    certainty="conditional as vault-login is, but for labels",
    abilities=(RELABEL,),
    joins=_joins,
)
