# vault policy write -namespace=team shop-read -
# also given by auth/approle/role/ci, identity/group/id/1, whose needs are not known
path "kv/data/prod/db" {
  capabilities = ["read"]
}
