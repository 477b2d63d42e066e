"""Read a secret that a store outside the cluster keeps."""
