"""Everything about every Secret at once: what a page for auditors is made of."""

from msgspec import Struct
from msgspec.structs import replace

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
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.snapshot import Collected


class Beside(Struct, frozen=True):
    """Who may change some Secrets: shown beside the readers, never mixed."""

    changers: tuple[Changer, ...]


class SurveyedSecret(Struct, frozen=True, kw_only=True):
    """One Secret of a survey.

    Parameters
    ----------
    secret:
        As printed.
    inferred:
        Why a Secret that the input does not hold is there; ``""`` where the input holds it.
    file, line:
        Where it was read.
    ways, beside:
        Places in the survey's lists of these; Secrets that are alike share one.
    references:
        What names it without yielding it.
    """

    secret: str
    inferred: str
    file: str
    line: int
    ways: int
    beside: int
    references: tuple[Reference, ...] = ()

    def paths(self, lead: SecretPaths) -> tuple[Path, ...]:
        """Return the paths to this Secret, which are those to one that is alike."""
        if lead.secret == self.secret:
            return lead.paths
        return tuple(_turned(path, self.secret) for path in lead.paths)


class SurveyedPrincipal(Struct, frozen=True):
    """One principal of a survey, beside the Secrets that it gets.

    Parameters
    ----------
    principal:
        As printed.
    groups:
        The groups that it is known to be in, of which it has the rights too.
    others:
        What it gets that is no Secret: identities, nodes, what lies outside the cluster.
    untold:
        To how many of these more paths lead, dearer ones, that are not told.
    """

    principal: str
    groups: tuple[str, ...]
    others: tuple[Reached, ...]
    untold: int = 0


class SurveyResult(Struct, frozen=True, kw_only=True):
    """Every Secret with its exposure and paths, every principal with its blast radius.

    Parameters
    ----------
    exposure:
        The table of ``exposure``, the most exposed first.
    secrets:
        The same Secrets in the same order, as far as ``left_out`` leaves them.
    ways:
        For Secrets that everybody reaches alike: the paths to one of them. To another lead the
        same paths, with that Secret as the last hop's target.
    counted:
        For each of these the routes whose paths are not told, if any.
    beside:
        Who may change Secrets, for those where it is the same.
    principals:
        Whoever has a path of its own, or could have, in order of name.
    left_out:
        How many of the least exposed Secrets were not asked about.
    silent:
        Of how many principals it was not asked what they get beside Secrets.
    diagnostics:
        What could not be read or believed.
    techniques:
        The catalogue of edges.
    files, collected:
        What was read, or how a live cluster was.
    """

    exposure: ExposureResult
    secrets: tuple[SurveyedSecret, ...]
    ways: tuple[SecretPaths, ...]
    beside: tuple[Beside, ...]
    principals: tuple[SurveyedPrincipal, ...]
    counted: tuple[tuple[Counted, ...], ...] = ()
    left_out: int = 0
    silent: int = 0
    diagnostics: tuple[Diagnostic, ...] = ()
    techniques: tuple[EdgePage, ...] = ()
    files: tuple[str, ...] = ()
    collected: Collected | None = None

    @property
    def basis(self) -> Basis:
        """What the answer was concluded from."""
        return self.exposure.basis


def _turned(path: Path, secret: str) -> Path:
    last = path.hops[-1]
    turned = replace(last, target=secret)
    return Path(path.principal, secret, (*path.hops[:-1], turned))
