"""Tools and bundles that rbacgraph knows by their names alone."""

from rbacgraph.facts.operators.row import Operator

BY_NAME = (
    Operator("Headlamp", known_as=("headlamp",)),
    Operator("kube-prometheus-stack", families=("kube-prometheus-stack",)),
    Operator("the Kubernetes Dashboard", known_as=("kubernetes-dashboard",)),
)
