"""What charts and kustomizations build: files that mean nothing by themselves."""
