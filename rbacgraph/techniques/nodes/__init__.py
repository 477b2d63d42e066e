"""Get from Pods to the machine, also by volumes."""
