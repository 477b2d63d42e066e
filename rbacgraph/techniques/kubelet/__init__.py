"""Use a node's or kubelet's credential."""
