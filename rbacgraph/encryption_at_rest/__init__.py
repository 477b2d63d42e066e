"""What an EncryptionConfiguration does to each resource at rest."""
