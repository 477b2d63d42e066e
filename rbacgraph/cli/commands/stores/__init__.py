"""Commands about where Secrets are stored: etcd, Vault and OpenBao, and files of SOPS."""
