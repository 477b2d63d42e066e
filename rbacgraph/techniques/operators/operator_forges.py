"""Have an operator make a credential of somebody else, or let the attacker in as somebody else.

Precondition
    - create, update or patch on a resource that rbacgraph explain lists below this page; for
      update and patch, such an object exists. Of users (management.cattle.io) create is not enough.
    - The operator runs.
    - For a token: the attacker reads a new Secret of the namespace, as for create-token-secret.
    - The input defines the resource, or names it in some rule.
Variants
    - externalsecrets, clusterexternalsecrets (external-secrets.io), secrettemplates
      (secretgen.carvel.dev), sealedsecrets (bitnami.com): the template says the type of the Secret
      and its annotations, so that the operator creates a Secret of type
      kubernetes.io/service-account-token, which Kubernetes fills with the token of any
      ServiceAccount of the namespace. The author needs no right to create Secrets.
    - webhookauthenticators, jwtauthenticators (authentication.concierge.pinniped.dev): the
      attacker's own server says who somebody is, with which groups, and Pinniped issues
      certificates for that.
    - tokens (management.cattle.io): a Token of Rancher holds its value, and the user that it is of.
    - users (management.cattle.io): Rancher takes the hash in a User as the new password. Its
      webhook refuses that to authors who have less than that user, unless they have manage-users.
Use
    An ExternalSecret with target.template.type kubernetes.io/service-account-token and the
    annotation kubernetes.io/service-account.name; or a WebhookAuthenticator with the attacker's
    endpoint
Close
    Take the right to write these resources away from identities that may not create Secrets, or
    tokens, there; leave authenticators and Rancher's tokens to cluster administrators.
References
    https://external-secrets.io/latest/guides/templating/
    https://external-secrets.io/latest/guides/security-best-practices/
    https://github.com/bitnami-labs/sealed-secrets#sealedsecrets-as-templates-for-secrets
    https://github.com/carvel-dev/secretgen-controller/blob/develop/docs/secret-template.md
    https://pinniped.dev/docs/howto/concierge/configure-concierge-webhook/
    rancher pkg/auth/tokens/token_util.go, pkg/user/migrate.go
    MITRE ATT&CK T1606 (forge web credentials)
"""

from collections.abc import Iterator

from rbacgraph.facts.custom_resources.row import CustomResourceRow
from rbacgraph.facts.custom_resources.rows import flat, rows_that
from rbacgraph.facts.world import Facts
from rbacgraph.model.node import EVERYTHING, Node
from rbacgraph.techniques.operators.custom_writes import place_of, rights_of, words_of, written
from rbacgraph.techniques.spec.collections import EXISTING_ACCOUNTS_OF
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.tokens.create_token_secret import READ_NEW_SECRET

_ROWS = flat(rows_that("forges"))


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    for row in _ROWS:
        more = (READ_NEW_SECRET,) if row.lands == "secret" else ()
        for scope, tail in written(world, present, row, *more):
            yield Hyperarc(
                tail,
                (_forged(row, scope),),
                words_of(row, scope, "makes a credential as they say"),
                scope,
                (row.plural, row.group, row.fields[0]),
                row.condition,
            )


def _forged(row: CustomResourceRow, scope: str) -> Node:
    if row.rights == "everything":
        return EVERYTHING
    return EXISTING_ACCOUNTS_OF.everything(place_of(row, scope))


EDGE = Conjunction(
    id="operator-forges",
    summary="an operator makes a credential of another identity for the author of an object",
    page=__doc__,
    effort=5,  # an object, and a credential that remains visible
    certainty="always conditional: on the operator",
    abilities=(*rights_of(_ROWS), READ_NEW_SECRET),
    joins=_joins,
    rows=_ROWS,
)
