# Known is only what objects of the cluster need; programs that ask Vault by themselves,
# and people, may need more: read this before you run it.
set -eu
vault write auth/kubernetes/role/api bound_service_account_names=api bound_service_account_namespaces=shop
# vault write -namespace=team auth/kubernetes/role/shop-2 bound_service_account_names=batch bound_service_account_namespaces=ops token_policies=default,gone,shop-read audience=vault token_bound_cidrs=10.0.0.0/8 token_no_default_policy=true
#   then let it name shop-2: Pod ops/batch-1
# vault write -namespace=team auth/kubernetes/role/shop bound_service_account_names=api bound_service_account_namespaces=shop bound_service_account_namespace_selector=
# also given by auth/approle/role/ci, identity/group/id/1, whose needs are not known
vault policy write -namespace=team shop-read - <<'END_OF_POLICY'
path "kv/data/prod/db" {
  capabilities = ["read"]
}
END_OF_POLICY
