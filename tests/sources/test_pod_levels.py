"""Which Pod Security Standards a pod's spec violates."""

import msgspec
import pytest

from rbacgraph.sources.pods.pods import read_spec
from rbacgraph.sources.pods.wire_pods import WirePodSpec

RESTRICTED = {
    "runAsNonRoot": True,
    "allowPrivilegeEscalation": False,
    "seccompProfile": {"type": "RuntimeDefault"},
    "capabilities": {"drop": ["ALL"]},
}
"""What the level restricted asks of a container."""

BASELINE = ("baseline", "")
NONE, ONLY_RESTRICTED = ("", ""), ("restricted", "")


def violated(context=None, *, container=None, pod=None, without=(), **spec):
    """What a spec violates, and may violate; one of its containers is as restricted asks."""
    own = {name: one for name, one in RESTRICTED.items() if name not in without}
    whole = {"name": "c", "securityContext": {**own, **(context or {})}, **(container or {})}
    spec = {"containers": [whole], **({"securityContext": pod} if pod else {}), **spec}
    found = read_spec(msgspec.convert(spec, WirePodSpec))
    return found.violates, found.may_violate


@pytest.mark.parametrize(
    ("context", "found"),
    [
        ({}, NONE),
        ({"privileged": True}, BASELINE),
        ({"capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}}, NONE),
        ({"capabilities": {"drop": ["ALL"], "add": ["CHOWN"]}}, ONLY_RESTRICTED),
        ({"capabilities": {"drop": ["ALL"], "add": ["NET_RAW"]}}, BASELINE),
        ({"capabilities": {"drop": ["KILL"]}}, ONLY_RESTRICTED),
        ({"procMount": "Default"}, NONE),
        ({"procMount": "Unmasked"}, BASELINE),
        ({"windowsOptions": {"hostProcess": True}}, BASELINE),
        ({"seccompProfile": {"type": "Localhost"}}, NONE),
        ({"seccompProfile": {"type": "Unconfined"}}, BASELINE),
        ({"appArmorProfile": {"type": "Unconfined"}}, BASELINE),
        ({"appArmorProfile": {"type": "RuntimeDefault"}}, NONE),
        ({"seLinuxOptions": {"level": "s0:c1"}}, NONE),
        ({"seLinuxOptions": {"type": "container_t"}}, NONE),
        ({"seLinuxOptions": {"type": "container_engine_t"}}, ("", "baseline")),
        ({"seLinuxOptions": {"type": "spc_t"}}, BASELINE),
        ({"seLinuxOptions": {"user": "u"}}, BASELINE),
        ({"runAsUser": 1000}, NONE),
        ({"runAsUser": 0}, ONLY_RESTRICTED),
        ({"runAsNonRoot": False}, ONLY_RESTRICTED),
        ({"allowPrivilegeEscalation": True}, ONLY_RESTRICTED),
    ],
)
def test_what_a_container_says(context, found):
    assert violated(context) == found


@pytest.mark.parametrize("without", RESTRICTED)
def test_what_a_container_must_say(without):
    assert violated(without=[without]) == ONLY_RESTRICTED


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        ({"hostPID": True}, BASELINE),
        ({"hostIPC": True}, BASELINE),
        ({"hostNetwork": True}, BASELINE),
        ({"hostNetwork": False}, NONE),
        ({"pod": {"sysctls": [{"name": "kernel.shm_rmid_forced"}]}}, NONE),
        ({"pod": {"sysctls": [{"name": "net.ipv4.tcp_rmem"}]}}, ("", "baseline")),
        ({"pod": {"sysctls": [{"name": "kernel.msgmax"}]}}, BASELINE),
        ({"pod": {"runAsUser": 0}}, ONLY_RESTRICTED),
        ({"pod": {"runAsNonRoot": False}}, ONLY_RESTRICTED),
        ({"pod": {"seccompProfile": {"type": "Unconfined"}}}, BASELINE),
        ({"pod": {"runAsNonRoot": True}, "without": ["runAsNonRoot"]}, NONE),
        (
            {
                "pod": {"seccompProfile": {"type": "RuntimeDefault"}},
                "without": ["seccompProfile"],
            },
            NONE,
        ),
        (
            {"pod": {"allowPrivilegeEscalation": False}, "without": ["allowPrivilegeEscalation"]},
            ONLY_RESTRICTED,
        ),
        ({"container": {"ports": [{"containerPort": 80}]}}, NONE),
        ({"container": {"ports": [{"containerPort": 80, "hostPort": 80}]}}, BASELINE),
        ({"without": ["runAsNonRoot"], "hostUsers": False}, ("", "restricted")),
        ({"context": {"procMount": "Unmasked"}, "hostUsers": False}, ("", "baseline")),
        ({"without": ["capabilities", "seccompProfile"], "os": {"name": "windows"}}, NONE),
        ({"without": ["capabilities"], "os": {"name": "linux"}}, ONLY_RESTRICTED),
        ({"initContainers": [{"name": "i"}]}, ONLY_RESTRICTED),
        ({"ephemeralContainers": [{"name": "e"}]}, ONLY_RESTRICTED),
    ],
)
def test_what_a_spec_says(spec, found):
    assert violated(**spec) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        *((one, NONE) for one in ("secret", "configMap", "emptyDir", "projected", "csi")),
        *((one, NONE) for one in ("persistentVolumeClaim", "ephemeral", "downwardAPI")),
        *((one, ONLY_RESTRICTED) for one in ("nfs", "azureFile", "azureDisk", "fc", "gitRepo")),
        ("hostPath", BASELINE),
    ],
)
def test_what_a_volume_is(source, found):
    assert violated(volumes=[{"name": "v", source: {}}]) == found


def test_what_is_not_sure_is_told_beside_what_is():
    sysctls = {"sysctls": [{"name": "net.ipv4.tcp_rmem"}]}
    assert violated(pod=sysctls, without=["capabilities"]) == ("restricted", "baseline")
    assert violated({"privileged": True}, pod=sysctls) == BASELINE
