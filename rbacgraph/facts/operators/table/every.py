"""Every operator of the table."""

from rbacgraph.facts.operators.table.appliers import APPLIERS
from rbacgraph.facts.operators.table.by_name import BY_NAME
from rbacgraph.facts.operators.table.gitops import GITOPS
from rbacgraph.facts.operators.table.infrastructure import INFRASTRUCTURE
from rbacgraph.facts.operators.table.machines import MACHINES
from rbacgraph.facts.operators.table.monitoring import MONITORING
from rbacgraph.facts.operators.table.secrets import SECRETS
from rbacgraph.facts.operators.table.workloads import WORKLOADS

OPERATORS = (
    *APPLIERS,
    *BY_NAME,
    *GITOPS,
    *INFRASTRUCTURE,
    *MACHINES,
    *MONITORING,
    *SECRETS,
    *WORKLOADS,
)
"""By subject; no two have one name."""
