"""Evaluates an EncryptionConfiguration: how each resource is stored at rest."""
