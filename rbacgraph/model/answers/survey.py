"""Everything about every Secret at once: the content of the HTML report."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.model.answers.admins import AdminsResult
from rbacgraph.model.answers.inference import Inference
from rbacgraph.model.answers.paths import (
    Basis,
    Changer,
    Counted,
    EdgePage,
    ExposureResult,
    Path,
    Reached,
    Reference,
    SecretPaths,
)
from rbacgraph.model.answers.risk.risks import RisksResult
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.snapshot import Collected


class SecretChangers(Struct, frozen=True):
    """Who may change some Secrets; listed apart from readers."""

    changers: tuple[Changer, ...]


class SurveyedSecret(Struct, frozen=True, kw_only=True):
    """One Secret of a survey.

    ``secret``: as printed.
    ``inferred``: why the survey holds a Secret that the input lacks; ``""`` where the input holds
        it.
    ``file``, ``line``: where the Secret was read.
    ``ways``, ``beside``: indices into the survey's lists; Secrets that are alike share an entry.
    ``references``: objects that name the Secret without giving it.
    """

    secret: str
    inferred: Inference
    file: str
    line: int
    ways: int
    beside: int
    references: tuple[Reference, ...] = ()

    def paths(self, lead: SecretPaths) -> tuple[Path, ...]:
        """Return the paths to this Secret, made from those to a Secret that is alike."""
        if lead.secret == self.secret:
            return lead.paths
        return tuple(_turned(path, self.secret) for path in lead.paths)


class SurveyedPrincipal(Struct, frozen=True):
    """One principal of a survey, without the Secrets that it gets.

    ``principal``: the printed principal.
    ``groups``: the groups that it is known to be in; it has their rights too.
    ``others``: what it gets besides Secrets: identities, nodes, targets outside the cluster.
    ``untold``: how many of these have further paths, of more effort, that the survey leaves out.
    """

    principal: str
    groups: tuple[str, ...]
    others: tuple[Reached, ...]
    untold: int = 0


class ClusterSize(Struct, frozen=True, kw_only=True):
    """How much a cluster holds, as it was read."""

    namespaces: int = 0
    service_accounts: int = 0


class SurveyResult(Struct, frozen=True, kw_only=True):
    """Every Secret with its exposure and paths, every principal with its blast radius.

    ``exposure``: the table of ``exposure``, the most exposed first.
    ``secrets``: the same Secrets in the same order, without those that ``left_out`` counts.
    ``ways``: the paths to one Secret for all Secrets that are alike. The paths to another one are
        the same, with that Secret as the last hop's target.
    ``counted``: for each of these the routes that are only counted, if any.
    ``beside``: who may change Secrets; Secrets with the same answer share an entry.
    ``principals``: every principal that has, or could have, a path of its own, ordered by name.
    ``left_out``: how many of the least exposed Secrets the survey leaves out.
    ``silent``: for how many principals the survey does not list targets besides Secrets.
    ``diagnostics``: what rbacgraph could not read or trust.
    ``techniques``: the catalogue of edges.
    ``files``, ``collected``: the files that were read, or how a live cluster was read.
    ``size``: how much the cluster holds.
    ``admins``: who is effectively cluster-admin; None if the survey did not look for them.
    ``risks``: the causes of access, ranked; None if the survey did not look for them.
    """

    exposure: ExposureResult
    secrets: tuple[SurveyedSecret, ...]
    ways: Sequence[SecretPaths]
    beside: tuple[SecretChangers, ...]
    principals: Sequence[SurveyedPrincipal]
    counted: Sequence[tuple[Counted, ...]] = ()
    left_out: int = 0
    silent: int = 0
    diagnostics: tuple[Diagnostic, ...] = ()
    techniques: tuple[EdgePage, ...] = ()
    files: tuple[str, ...] = ()
    collected: Collected | None = None
    size: ClusterSize = ClusterSize()
    admins: AdminsResult | None = None
    risks: RisksResult | None = None

    @property
    def basis(self) -> Basis:
        """What the answer was concluded from."""
        return self.exposure.basis

    def with_risks(self, risks: RisksResult) -> "SurveyResult":
        """Return the same survey with the causes of access."""
        return replace(self, risks=risks)


def _turned(path: Path, secret: str) -> Path:
    last = path.hops[-1]
    turned = replace(last, target=secret)
    return Path(path.principal, secret, (*path.hops[:-1], turned))
