# Known is only what objects of the cluster need; programs that ask Vault by themselves,
# and people, may need more: read this before you run it.
set -eu
# in place of shop-read, which stays for auth/approle/role/ci, identity/group/id/1: their needs are not known
vault policy write -namespace=team shop-read-2 - <<'END_OF_POLICY'
path "kv/data/prod/db" {
  capabilities = ["read"]
}
END_OF_POLICY
vault write auth/kubernetes/role/api bound_service_account_names=api bound_service_account_namespaces=shop
# vault write -namespace=team auth/kubernetes/role/shop-2 bound_service_account_names=batch bound_service_account_namespaces=ops token_policies=default,gone,shop-read-2 audience=vault token_bound_cidrs=10.0.0.0/8 token_no_default_policy=true
#   then let it name shop-2: Pod ops/batch-1
# vault write -namespace=team auth/kubernetes/role/shop bound_service_account_names=api bound_service_account_namespaces=shop bound_service_account_namespace_selector= token_policies=default,gone,shop-read-2
