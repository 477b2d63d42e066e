"""Evaluates the flags of a cluster's API servers that concern encryption at rest.

Source: kubernetes ``staging/src/k8s.io/apiserver/pkg/server/options/etcd.go``.
"""

from collections.abc import Iterator, Sequence

from rbacgraph.encryption_at_rest.findings import DATA, ETCD, listed
from rbacgraph.model.answers.encryption import ApiServer, Finding, Severity
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.pods import ApiServerFlags, Pod

FLAG = "--encryption-provider-config"
RELOAD = f"{FLAG}-automatic-reload"


def record_of(snapshot: Snapshot, pod: Pod, flags: ApiServerFlags) -> ApiServer:
    """Return the record of one API server."""
    file, line = snapshot.where(pod)
    return ApiServer(
        pod=f"{pod.metadata.namespace}/{pod.metadata.name}",
        config=flags.config,
        reload=flags.reload,
        etcd_servers=flags.etcd_servers,
        file=file,
        line=line,
    )


def server_findings(servers: Sequence[ApiServer], file: str, *, shown: bool) -> Iterator[Finding]:
    """Yield findings about the flags; ``file`` is the configuration that was read, if any.

    ``shown`` says whether the input would show their Pods, if there were any.
    """
    if not servers:
        yield _unseen(shown=shown)
        return
    without = [server for server in servers if not server.config]
    if len(without) < len(servers):
        yield from _differ(servers, without)
    else:
        unused = f", and {file} is not in use" if file else ""
        yield _finding(
            "no-encryption-config",
            "high",
            servers[0],
            f"{_verb(servers)} started without {FLAG}: all of etcd is plaintext{unused}.",
            f"Give {FLAG} and rewrite what is stored: kubectl get secrets -A -o json | "
            "kubectl replace -f -",
        )
    for server in servers:
        yield from _flags(server)


def _unseen(*, shown: bool) -> Finding:
    managed = "A managed control plane has none: ask its provider. Elsewhere read"
    hidden = "Let rbacgraph list Pods there. Where there are no such, ask the provider, or read"
    return Finding(
        id="api-server-unseen",
        severity="info",
        message=(
            "The input holds no kube-apiserver Pod in kube-system"
            if shown
            else "The cluster did not show all Pods of kube-system, and no kube-apiserver"
        )
        + ": whether encryption is configured at all cannot be seen from it.",
        advice=f"{managed if shown else hidden} {FLAG} of the process.",
        reference=DATA,
    )


def _differ(servers: Sequence[ApiServer], without: Sequence[ApiServer]) -> Iterator[Finding]:
    if without:
        names = listed([server.pod for server in without])
        yield _finding(
            "api-servers-differ",
            "high",
            without[0],
            f"{names} {'runs' if len(without) == 1 else 'run'} without {FLAG}: "
            f"{'it writes' if len(without) == 1 else 'they write'} plaintext, and cannot read "
            "what the others encrypt.",
            "Give every API server the same configuration.",
        )
    if not all(server.reload for server in servers if server.config):
        first = next(server for server in servers if server.config and not server.reload)
        yield _finding(
            "no-reload",
            "info",
            first,
            f"Without {RELOAD} a change of the file, as a new key, waits for a restart.",
            "",
        )


def _flags(server: ApiServer) -> Iterator[Finding]:
    if server.reload and not server.config:
        yield _finding(
            "reload-without-config",
            "error",
            server,
            f"{RELOAD} must be set with {FLAG}",
            "The API server does not start so.",
        )
    plain = [url for url in server.etcd_servers if url.startswith("http://")]
    if plain:
        yield _finding(
            "etcd-without-tls",
            "medium",
            server,
            f"{server.pod} speaks to etcd without TLS: {', '.join(plain)}.",
            "Use https in --etcd-servers, with client certificates.",
            reference=ETCD,
        )


def _verb(servers: Sequence[ApiServer]) -> str:
    names = listed([server.pod for server in servers])
    return f"{names} {'was' if len(servers) == 1 else 'were'}"


def _finding(
    code: str,
    severity: Severity,
    server: ApiServer,
    message: str,
    advice: str,
    *,
    reference: str = DATA,
) -> Finding:
    return Finding(
        id=code,
        severity=severity,
        message=message,
        advice=advice,
        file=server.file,
        line=server.line,
        reference=reference,
    )
