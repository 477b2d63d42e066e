"""Where Secrets are named: references, volumes, claims, Helm releases."""
