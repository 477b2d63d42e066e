"""The smallest roles and policies of Vault, and their proofs."""
