"""What deploys from Git: Argo CD and Flux, their accounts, and what leads to them."""
