"""The rows of techniques.json as questions about clusters, each with its right answer.

A row with ``works`` no refutes one way of asking, not the rights. So a set of rights obtains
the target where some row with no more rights, in the same state, obtained it; else it does
not. The same holds of each knock-out: the row's rights without one of them.
"""

import gzip
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.techniques.experiments.cluster import (
    GHOST,
    IF,
    N1,
    NO,
    OTHER,
    S1,
    S2,
    YES,
    P,
    V,
    subject,
)
from tests.techniques.table.lists import CONDITIONAL, NOT_OBJECTS, YIELDS_NOTHING
from tests.techniques.table.rights import cover, read_right

FILE = Path(__file__).parents[3] / "fixtures" / "oracle" / "techniques.json.gz"

STATES = (
    ("delete-with-finalizer", "a Secret with a finalizer"),
    ("imp-sa-implicit-group", "the namespace's accounts read"),
    ("cimp-arbitrary-node", "Pod: env"),
    ("cimp-assoc-node-wrong", "own Pod on another node"),
    ("cimp-assoc-node", "own Pod and another's on the node"),
    ("ghost-sa", "a binding names a missing ServiceAccount"),
    ("dangling-binding", "a binding names a missing Role"),
    ("token-aggregation-controller", "bound to a ClusterRole"),
    ("controller-sa-readers", "controllers"),
    ("bootstrap-token-to-node-kubeadm", "kubeadm"),
    ("bootstrap-token-patch", "a bootstrap token Secret"),
    ("psa-baseline", "enforce=baseline"),
    ("psa-restricted", "enforce=restricted"),
    ("psa-relabel", "enforce=restricted"),
    ("ephemeral-priv-baseline", "a running Pod without Secrets, enforce=baseline"),
    ("ephemeral-priv-none", "a running Pod without Secrets"),
    ("ephemeral-tokenmount", "a running Pod with a token"),
    ("ephemeral-by-pods-patch", "a running Pod"),
    ("ephemeral", "a pending Pod without Secrets"),
    ("pod-patch-nodename", "a pending Pod"),
    ("pod-patch-gated-nodeselector", "a pending Pod"),
    ("pod-patch", "a running Pod"),
    ("pods-binding", "a pending Pod"),
    ("bindings-legacy", "a pending Pod"),
    ("pods-", "a running Pod"),
    ("nodes-", "a running Pod"),
    ("services-proxy", "a Service"),
    ("workload-patch", "a Deployment"),
    ("mountable-ephemeral", "mountable, a running Pod"),
    ("mountable-other-sa", ""),
    ("mountable", "mountable"),
    ("webhook-patch", "a webhook"),
    ("vap-patch-existing", "a policy with a Secret for its parameter"),
    ("node-token-other-sa", "Pod: automount, of another account"),
    ("node-token-succeeded-pod", "Pod: automount, succeeded"),
    ("node-token-automount-false", "Pod: no token"),
    ("node-token-aud-", "Pod: token for vault"),
    ("node-token-", "Pod: automount"),
    ("node-sa-secrets-list", "Pod: account with Secrets"),
    ("node-mirror-secret", "Pod: mirror"),
    ("node-list-fs-unrel", "Pod: unrel"),
    ("node-list", "Pod: env"),
    ("node-watch-fs", "Pod: env"),
    ("node-other", "Pod: env"),
    ("node-nogroup", "Pod: env"),
    ("node-patch", "Pod: env"),
    ("node-get-", "Pod: "),
    ("default-view", "default view"),
    ("default-edit", "default edit"),
    ("default-admin", "default admin"),
)
"""The state of each experiment, by how its row's id begins; the first that fits."""

TARGETS = (
    (r".*-names-(other|nofs)|.*-fs-other|node-get-unrel|node-list-fs-unrel|node-list", (S2,)),
    (r"read-list-allns|read-list-allns-with-rolebinding", (S1, OTHER)),
    (r"token-request.*|sa-token-secret-.*|workload-.*|imp-sa|mountable-.*", (S1, V)),
    (r"psa-.*-(privileged|host.*|cap-sys-admin)|psa-relabel.*|ephemeral-priv-.*", (N1,)),
    (r"imp-node|csr-node.*|csr-self.*|csr-kubelet-signer|bootstrap-.*-default", ("kubelet:n1",)),
    (r"bootstrap-token-to-node-kubeadm", (S1,)),
    (r"bootstrap-token-masters", ("group:system:masters",)),
    (r"bootstrap-token.*", ("group:system:bootstrappers",)),
    (r"pod-patch-(env|volume|nodename|labels|gated.*)|ephemeral-by-pods-patch", (S2,)),
    (r"pod-patch-sa|ephemeral-tokenmount|node-token-.*", (V,)),
    (r"ghost-sa", (GHOST,)),
    (r"node-get-pv-.*|node\+create-pv", (OTHER,)),
    (r"node-sa-secrets-list", ("secret:t1/lowtok",)),
)
"""What an experiment was about where that was not Secret s1 alone, by its row's id."""

NODE_ROWS = re.compile(r"node[-+].*|pods-binding|bindings-legacy|sa-patch-imagepullsecrets")


@dataclass(frozen=True)
class Case:
    """A cluster and a question: does ``source`` get ``target``?"""

    row: str
    without: str
    state: str
    rights: frozenset
    source: str
    holder: tuple
    home: str
    target: str

    def __str__(self):
        without = f" without {self.without}" if self.without else ""
        return f"{self.row}{without}: {self.target}"


@cache
def read_rows():
    return json.loads(gzip.decompress(FILE.read_bytes()))


def _state(row):
    found = next((state for start, state in STATES if row.startswith(start)), "")
    return found + row.removeprefix("node-get-") if found == "Pod: " else found


def _targets(row):
    return next((nodes for pattern, nodes in TARGETS if re.fullmatch(pattern, row)), (S1,))


def _home(row):
    system = row.startswith("bootstrap-token") and row != "bootstrap-token-other-ns"
    return "kube-system" if system or row == "token-aggregation-controller" else "t1"


def _source(row):
    """Who asks, and the subject that its rights are bound to."""
    if found := re.search(r"subject (\{.*\})", row["technique"]):
        return "sa:attackers/x", json.loads(found[1])
    if row["id"].startswith("subject-sa-no-namespace"):
        return "sa:t1/low", {"kind": "ServiceAccount", "name": "low"}
    if found := re.search("bound to (.*)", "".join(row["given"])):
        kind = "User" if found[1] == "system:anonymous" else "Group"
        return "user:system:anonymous", subject(kind, found[1])
    if row["id"] == "node-nogroup":
        return "user:system:node:n1", subject("User", "system:node:n1")
    if NODE_ROWS.fullmatch(row["id"]):
        number = "n2" if row["id"] in {"node-other", "node-token-other-node"} else "n1"
        return f"kubelet:{number}", subject("User", f"system:node:{number}")
    return P, subject("ServiceAccount", "p", "attackers")


def _given(row):
    if row["id"].startswith("subject-"):
        return {"": read_right("get secrets" + " @cluster" * row["id"].endswith("crb"))}
    texts = [text for text in row["given"] if not text.startswith("(")]
    return {text: read_right(text) for text in texts}


def is_case(row):
    """Whether a row is about what somebody obtains, and can be said in objects."""
    request = row["proves"].startswith(("HTTP", "rule")) and not row["id"].startswith("anon-bound")
    return row["id"] not in NOT_OBJECTS and not request


def _case(row, target, without=None):
    given = _given(row)
    left = frozenset().union(*(rights for text, rights in given.items() if text != without))
    source, holder = _source(row)
    return Case(
        row["id"],
        without or "",
        _state(row["id"]),
        left,
        source,
        tuple(holder.items()),
        _home(row["id"]),
        target,
    )


@cache
def cases():
    """Every row's cases and those of its knock-outs."""
    return tuple(
        _case(row, target, without)
        for row in filter(is_case, read_rows())
        for target in _targets(row["id"])
        for without in (None, *(text for text in _given(row) if text in row["minimal"]))
    )


@cache
def _obtained():
    yields = {row["id"] for row in read_rows() if row["works"]} - set(YIELDS_NOTHING)
    return tuple(case for case in cases() if case.row in yields and not case.without)


def claim(case):
    """What must be said: nothing, unless a row with no more rights obtained it in that state."""
    found = any(
        (case.state, case.source, case.holder, case.home, case.target)
        == (one.state, one.source, one.holder, one.home, one.target)
        and cover(case.rights, one.rights)
        for one in _obtained()
    )
    if not found:
        return NO
    return IF if any(re.fullmatch(pattern, case.row) for pattern in CONDITIONAL) else YES
