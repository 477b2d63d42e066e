# vault policy write '-namespace=a\x1b[2J"'"'"'<b>|`;\n=x--\u202e\u3164' 'a\x1b[2J"'"'"'<b>|`;\n=x--\u202e\u3164' -
# in place of a\x1b[2J"'<b>|`;\n=x--\u202e\u3164, which stays for a\x1b[2J"'<b>|`;\n=x--\u202e\u3164: their needs are not known
path "kv/data/prod/db" {
  capabilities = ["read"]
}
