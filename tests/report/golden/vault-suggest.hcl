# vault policy write -namespace=team shop-read-2 -
# in place of shop-read, which stays for auth/approle/role/ci, identity/group/id/1: their needs are not known
path "kv/data/prod/db" {
  capabilities = ["read"]
}
