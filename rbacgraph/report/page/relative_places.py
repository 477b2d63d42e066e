"""Names files by the folder that all of them are in, so that places stay short."""

from collections.abc import Iterable, Sequence

from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.report.text.words import place


class RelativePlaces:
    """Places in the files of a page.

    ``files``: the names of all files.
    """

    def __init__(self, files: Iterable[str] = ()) -> None:
        self.root = _common_folder(list(files))

    def of(self, file: str, line: int) -> str:
        """Return a place, relative to the folder of all files.

        Examples
        --------
        >>> RelativePlaces(["k8s/shop/rbac.yaml", "k8s/pay/rbac.yaml"]).of("k8s/pay/rbac.yaml", 7)
        'pay/rbac.yaml:7'
        """
        return place(file.removeprefix(self.root), line)

    def of_evidence(self, evidence: Evidence) -> str:
        """Return the place of evidence, or that it was assumed."""
        return "assumed" if evidence.assumed else self.of(evidence.file, evidence.line)


def _common_folder(files: Sequence[str]) -> str:
    """Return the folder of all files with its last slash; ``""`` if there is none but the root."""
    shared = []
    for parts in zip(*(file.split("/")[:-1] for file in files), strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    return "".join(f"{part}/" for part in shared) if any(shared) else ""
