"""The flaws of ingress-nginx by which an Ingress, or a packet, injects code into the controller.

Sources: the issues of kubernetes/kubernetes and kubernetes/ingress-nginx that each row names, and
the projects' changelogs for the versions that hold the repair.
"""

import re
from collections.abc import Mapping

from msgspec import Struct, json

from rbacgraph.model.packaged import packaged

ProxyVersion = tuple[int, int, int]
"""A version of ingress-nginx."""

NEWEST: ProxyVersion = (1, 15, 1)
"""The last version: the project was retired in March 2026, and repairs nothing since."""


class ProxyFlaw(Struct, frozen=True, forbid_unknown_fields=True):
    """A flaw of ingress-nginx.

    ``cve``: its name.
    ``repaired``: the first repaired version of each line of releases; none where no version repairs
        it.
    ``issue``: where it is described.
    ``by_network``: whether a packet to the admission webhook suffices.
    ``validated``: whether ``--enable-annotation-validation`` stops it.
    ``outside_chroot``: whether it gives nothing in the image where NGINX runs in a chroot, as its
        issue says.
    """

    cve: str
    repaired: tuple[ProxyVersion, ...]
    issue: str
    by_network: bool = False
    validated: bool = False
    outside_chroot: bool = False

    def concerns(self, release: ProxyVersion) -> bool:
        """Whether a version has it: older lines of releases than the repaired ones have it too.

        Examples
        --------
        >>> flaw = ProxyFlaw("CVE-2025-1097", ((1, 11, 5), (1, 12, 1)), "")
        >>> [flaw.concerns(one) for one in ((1, 10, 9), (1, 11, 5), (1, 12, 0), (1, 13, 0))]
        [True, False, True, False]
        """
        later = [one for one in self.repaired if one[:2] >= release[:2]]
        return release < min(later) if later else not self.repaired


_ROWS = packaged("rbacgraph.facts.ingress", "flaws.jsonl")
FLAWS = tuple(json.Decoder(ProxyFlaw).decode_lines(_ROWS))
"""The flaws that give the attacker the controller, the oldest first."""

VALIDATES_SINCE: ProxyVersion = (1, 9, 0)
"""The first version that has the validation of annotations."""
VALIDATES_ALWAYS_SINCE: ProxyVersion = (1, 12, 0)
"""The first version in which it is on unless a flag turns it off."""
REFUSES_SNIPPETS_SINCE: ProxyVersion = (1, 9, 0)
"""The first version in which snippets are off unless the ConfigMap turns them on."""
KNOWS_SETTING_SINCE: ProxyVersion = (1, 0, 1)
"""The first version in which the ConfigMap can turn them off."""
KNOWS_RISKS_SINCE: ProxyVersion = (1, 9, 0)
"""The first version that rates annotations by their risk."""
REFUSES_RISKS_SINCE: ProxyVersion = (1, 12, 0)
"""The first version in which snippets are too risky unless the ConfigMap says otherwise."""

_IN_TAG = re.compile(r"(?:^|[^\d.])v?(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_CHART = re.compile(r"ingress-nginx-4\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_CHARTS_SINCE = 10
"""From chart 4.10.0 on, chart 4.x.y holds version 1.x.y."""
_VERSION_LABEL, _CHART_LABEL = "app.kubernetes.io/version", "helm.sh/chart"


def version_of(image: str, labels: Mapping[str, object]) -> ProxyVersion | None:
    """Return the version of ingress-nginx that an image's tag shows, or else labels.

    Examples
    --------
    >>> version_of("rancher/nginx-ingress-controller:nginx-1.11.5-rancher1", {})
    (1, 11, 5)
    >>> version_of("controller@sha256:0", {"helm.sh/chart": "ingress-nginx-4.11.3"})
    (1, 11, 3)
    >>> version_of("controller:latest", {"app.kubernetes.io/version": "2.0.0"})
    """
    name = image.partition("@")[0].rpartition("/")[2]
    _, colon, tag = name.partition(":")
    found = _IN_TAG.search(tag) if colon else None
    label, chart = labels.get(_VERSION_LABEL), labels.get(_CHART_LABEL)
    if not colon and isinstance(label, str):
        found = _IN_TAG.search(label)
    if found:
        release = int(found[1]), int(found[2]), int(found[3])
        return release if release <= NEWEST else None
    of_chart = _CHART.fullmatch(chart) if not colon and isinstance(chart, str) else None
    if of_chart and int(of_chart[1]) >= _CHARTS_SINCE:
        release = 1, int(of_chart[1]), int(of_chart[2])
        return release if release <= NEWEST else None
    return None
