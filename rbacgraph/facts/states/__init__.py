"""States of objects in which the API server or a kubelet refuses what rights allow."""
