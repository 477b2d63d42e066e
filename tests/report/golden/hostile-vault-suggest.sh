# Known is only what objects of the cluster need; programs that ask Vault by themselves,
# and people, may need more: read this before you run it.
set -eu
# has a name that cannot be seen: vault policy write '-namespace=a\x1b[2J"'"'"'<b>|`;\n=x--\u202e\u3164' 'a\x1b[2J"'"'"'<b>|`;\n=x--\u202e\u3164' -
# vault write '-namespace=a\x1b[2J"'"'"'<b>|`;\n=x--\u202e\u3164' 'auth/a\x1b[2J"'"'"'<b>|`;\n=x--\u202e\u3164/role/a\x1b[2J"'"'"'<b>|`;\n=x--\u202e\u3164' 'bound_service_account_names=a\x1b[2J"'"'"'<b>|`;\n=x--\u202e\u3164' 'bound_service_account_namespaces=a\x1b[2J"'"'"'<b>|`;\n=x--\u202e\u3164' 'token_policies=a\x1b[2J"'"'"'<b>|`;\n=x--\u202e\u3164' 'token_bound_cidrs=a\x1b[2J"'"'"'<b>|`;\n=x--\u202e\u3164'
# vault write '-namespace=a\x1b[2J"'"'"'<b>|`;\n=x--\u202e\u3164' 'auth/a\x1b[2J"'"'"'<b>|`;\n=x--\u202e\u3164/role/a\x1b[2J"'"'"'<b>|`;\n=x--\u202e\u3164' 'bound_service_account_names=a\x1b[2J"'"'"'<b>|`;\n=x--\u202e\u3164' 'bound_service_account_namespaces=a\x1b[2J"'"'"'<b>|`;\n=x--\u202e\u3164' bound_service_account_namespace_selector= 'token_policies=a\x1b[2J"'"'"'<b>|`;\n=x--\u202e\u3164'
