"""Evaluates the flags of a cluster's API servers that concern encryption at rest.

Source: kubernetes ``staging/src/k8s.io/apiserver/pkg/server/options/etcd.go``.
"""

from collections.abc import Iterator, Sequence

from rbacgraph.encryption_at_rest.findings import DATA, ETCD
from rbacgraph.model.answers.encryption_at_rest.encryption import ApiServer, Finding, Severity
from rbacgraph.model.answers.encryption_at_rest.encryption_text import (
    FindingAdvice,
    FindingCode,
    FindingMessage,
    FindingSubject,
)
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.pods import ApiServerFlags, Pod


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
        pods = tuple(server.pod for server in servers)
        yield _finding(FindingCode.NO_ENCRYPTION_CONFIG, "high", servers[0], pods, file)
    for server in servers:
        yield from _flags(server)


def _unseen(*, shown: bool) -> Finding:
    code = FindingCode.API_SERVER_UNSEEN
    return Finding(
        id=code.id,
        severity="info",
        message=FindingMessage(code, (shown,)),
        advice=FindingAdvice(code, (shown,)),
        reference=DATA,
    )


def _differ(servers: Sequence[ApiServer], without: Sequence[ApiServer]) -> Iterator[Finding]:
    if without:
        pods = [server.pod for server in without]
        yield _finding(FindingCode.API_SERVERS_DIFFER, "high", without[0], *pods)
    if not all(server.reload for server in servers if server.config):
        first = next(server for server in servers if server.config and not server.reload)
        yield _finding(FindingCode.NO_RELOAD, "info", first)


def _flags(server: ApiServer) -> Iterator[Finding]:
    if server.reload and not server.config:
        yield _finding(FindingCode.RELOAD_WITHOUT_CONFIG, "error", server)
    plain = [url for url in server.etcd_servers if url.startswith("http://")]
    if plain:
        yield _finding(
            FindingCode.ETCD_WITHOUT_TLS, "medium", server, server.pod, *plain, reference=ETCD
        )


def _finding(
    code: FindingCode,
    severity: Severity,
    server: ApiServer,
    *subject: FindingSubject,
    reference: str = DATA,
) -> Finding:
    return Finding(
        id=code.id,
        severity=severity,
        message=FindingMessage(code, subject),
        advice=FindingAdvice(code, subject),
        file=server.file,
        line=server.line,
        reference=reference,
    )
