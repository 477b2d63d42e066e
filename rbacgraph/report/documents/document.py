"""The documents that ``-o json`` and ``-o yaml`` write: a versioned schema per answer.

A document holds the records of :mod:`rbacgraph.model.answers.paths` under the same names,
and what follows from them (effort, certainty) where a reader would have to compute it.
Within one version fields are only ever added. ``rule`` is an index from 0, as in
``.rules[0]``; a ``line`` of 0 means that the object was not read from a file.
"""

from typing import get_args

from rbacgraph.report.documents import access, catalogue, rights
from rbacgraph.report.documents.advice import (
    CutDocument,
    RecheckDocument,
    SuggestDocument,
    VaultSuggestDocument,
)
from rbacgraph.report.documents.encryption import EncryptionDocument, SopsDocument
from rbacgraph.report.documents.reviews import CheckDocument, DiffDocument
from rbacgraph.report.documents.risks import RiskFixDocument, RisksDocument

Document = (
    access.PathsDocument
    | access.ReachDocument
    | access.ExposureDocument
    | access.ExposureByDocument
    | rights.DecisionDocument
    | access.AdminsDocument
    | RisksDocument
    | rights.GranteesDocument
    | rights.RightsDocument
    | catalogue.EdgesDocument
    | catalogue.CoverageDocument
    | EncryptionDocument
    | SopsDocument
    | rights.VerifyDocument
    | rights.UsageDocument
    | SuggestDocument
    | RecheckDocument
    | DiffDocument
    | CheckDocument
    | CutDocument
    | RiskFixDocument
    | VaultSuggestDocument
)


DOCUMENTS: tuple[type[Document], ...] = get_args(Document)
