"""Every operator of the table."""

from rbacgraph.facts.operators.table.delivery import DELIVERY
from rbacgraph.facts.operators.table.infrastructure import INFRASTRUCTURE
from rbacgraph.facts.operators.table.secrets import SECRETS

OPERATORS = (*DELIVERY, *INFRASTRUCTURE, *SECRETS)
"""By subject; no two have one name."""
