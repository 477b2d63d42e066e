# vault policy write '-namespace=a\x1b[2J"'"'"'<b>|`;\n=x--\u202e\u3164' 'a\x1b[2J"'"'"'<b>|`;\n=x--\u202e\u3164' -
# also given by a\x1b[2J"'<b>|`;\n=x--\u202e\u3164, whose needs are not known
path "kv/data/prod/db" {
  capabilities = ["read"]
}
