"""What control of a node or kubelet gives."""
