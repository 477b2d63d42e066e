"""Which Secrets operators copy by rules that stand, and which Secrets are such copies."""
