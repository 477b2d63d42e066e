"""The bulk of a cluster: pods as a server returns them, with all that nobody reads."""

from typing import Any

RBAC = "rbac.authorization.k8s.io"
_TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"

Object = dict[str, Any]


def api_token_volume(suffix: str) -> Object:
    """Return the volume that admission adds."""
    namespace = {"apiVersion": "v1", "fieldPath": "metadata.namespace"}
    sources = [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {
            "configMap": {
                "items": [{"key": "ca.crt", "path": "ca.crt"}],
                "name": "kube-root-ca.crt",
            }
        },
        {"downwardAPI": {"items": [{"fieldRef": namespace, "path": "namespace"}]}},
    ]
    return {
        "name": f"kube-api-access-{suffix}",
        "projected": {"defaultMode": 420, "sources": sources},
    }


def pod_spec(
    *,
    namespace: str,
    account: str,
    token: Object | None,
    env_secret: str,
    volume_secret: str,
    sidecar: bool,
    tag: str,
    node: str,
) -> Object:
    """Return a pod's spec with a Secret in env, one in a volume, or none."""
    volumes: list[Object] = [
        {"configMap": {"defaultMode": 420, "name": "app-config"}, "name": "config"}
    ]
    mounts: list[Object] = [{"mountPath": "/etc/config", "name": "config"}]
    if volume_secret:
        volumes.append(
            {"name": "creds", "secret": {"defaultMode": 420, "secretName": volume_secret}}
        )
        mounts.append({"mountPath": "/etc/creds", "name": "creds", "readOnly": True})
    if token:
        volumes.append(token)
        mounts.append({"mountPath": _TOKEN_PATH, "name": token["name"], "readOnly": True})
    names = ("app", "sidecar") if sidecar else ("app",)
    containers = [_container(namespace, name, tag, mounts) for name in names]
    if env_secret:
        reference = {"key": "password", "name": env_secret}
        containers[0]["env"].append(
            {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": reference}}
        )
    tolerations = [
        {
            "effect": "NoExecute",
            "key": f"node.kubernetes.io/{state}",
            "operator": "Exists",
            "tolerationSeconds": 300,
        }
        for state in ("not-ready", "unreachable")
    ]
    return {
        "containers": containers,
        "dnsPolicy": "ClusterFirst",
        "enableServiceLinks": True,
        **({"nodeName": node} if node else {}),
        "preemptionPolicy": "PreemptLowerPriority",
        "priority": 0,
        "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
        "securityContext": {"fsGroup": 2000},
        "serviceAccount": account,
        "serviceAccountName": account,
        "terminationGracePeriodSeconds": 30,
        "tolerations": tolerations,
        "volumes": volumes,
    }


def _container(namespace: str, name: str, tag: str, mounts: list[Object]) -> Object:
    own_name = {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}
    return {
        "env": [
            {"name": "POD_NAME", "valueFrom": own_name},
            {"name": "LOG_LEVEL", "value": "info"},
            {"name": "OTEL_EXPORTER_OTLP_ENDPOINT", "value": "http://otel.monitoring:4317"},
        ],
        "image": f"registry.shop.example/{namespace}/{name}:{tag}",
        "imagePullPolicy": "IfNotPresent",
        "livenessProbe": {
            "failureThreshold": 3,
            "httpGet": {"path": "/healthz", "port": 8080, "scheme": "HTTP"},
            "periodSeconds": 10,
            "successThreshold": 1,
            "timeoutSeconds": 1,
        },
        "name": name,
        "ports": [{"containerPort": 8080, "name": "http", "protocol": "TCP"}],
        "resources": {
            "limits": {"cpu": "500m", "memory": "512Mi"},
            "requests": {"cpu": "100m", "memory": "128Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "volumeMounts": mounts,
    }


def pod_status(containers: list[Object], time: str, digest: str) -> Object:
    """Return the status of a pod that runs."""
    conditions = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady")
    return {
        "conditions": [
            {"lastProbeTime": None, "lastTransitionTime": time, "status": "True", "type": name}
            for name in (*conditions, "PodScheduled")
        ],
        "containerStatuses": [
            {
                "containerID": f"containerd://{digest}",
                "image": container["image"],
                "imageID": f"{container['image']}@sha256:{digest}",
                "lastState": {},
                "name": container["name"],
                "ready": True,
                "restartCount": 0,
                "started": True,
                "state": {"running": {"startedAt": time}},
            }
            for container in containers
        ],
        "hostIP": "192.0.2.1",
        "hostIPs": [{"ip": "192.0.2.1"}],
        "phase": "Running",
        "podIP": "198.51.100.7",
        "podIPs": [{"ip": "198.51.100.7"}],
        "qosClass": "Burstable",
        "startTime": time,
    }
