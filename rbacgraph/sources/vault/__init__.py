"""Reads dumps of HashiCorp Vault and OpenBao: a folder laid out as the API's paths are."""
