"""The questions: paths, reach, exposure, who can. Each is one function, both ends named."""

from rbacgraph.query.exposure import exposure
from rbacgraph.query.paths import paths
from rbacgraph.query.reach import reach
from rbacgraph.query.who_can import who_can

__all__ = ["exposure", "paths", "reach", "who_can"]
