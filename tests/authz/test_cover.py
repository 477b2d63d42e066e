"""The algebra of rules, as laws."""

import pytest
from hypothesis import given

from rbacgraph.authz.cover import breakdown, compact, covers
from rbacgraph.authz.match import rule_allows
from rbacgraph.model.rbac import PolicyRule
