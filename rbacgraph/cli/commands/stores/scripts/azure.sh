#!/bin/sh
# Writes azure/SUBSCRIPTION/…: what decides who reads which secret of its key vaults, and no value.
# rbacgraph reads the folder. What Azure refuses is left out, and named on standard error.
#   rbacgraph azure commands > azure.sh; SUBSCRIPTION=ID sh azure.sh
set -u
subscription=${SUBSCRIPTION:-$(az account show --query id --output tsv)} || exit 1
tab=$(printf '\t')

save() { # FILE COMMAND…
    file=azure/$subscription/$1
    shift
    mkdir -p "$(dirname "$file")"
    if "$@" --output json >"$file.part" </dev/null; then
        mv "$file.part" "$file"
    else
        rm -f "$file.part"
        echo "missing: $file" >&2
    fi
}
names() { # COMMAND…: a line each
    "$@" --subscription "$subscription" --output tsv </dev/null
}
save_of() { # FILE COMMAND…
    save "$@" --subscription "$subscription"
}

save_of role-assignments.json az role assignment list --all --include-inherited
save_of role-definitions.json az role definition list
save deny-assignments.json az rest --method get --url \
    "/subscriptions/$subscription/providers/Microsoft.Authorization/denyAssignments?api-version=2022-04-01"
names az keyvault list --query '[].name' |
    while read -r vault; do
        save_of "keyvault/$vault.json" az keyvault show --name "$vault"
        save_of "keyvault/$vault/secrets.json" az keyvault secret list --vault-name "$vault"
    done
save_of identity.json az identity list
names az identity list --query '[].[name,resourceGroup]' |
    while IFS=$tab read -r name group; do
        save_of "identity/$name/federated-credentials.json" \
            az identity federated-credential list --identity-name "$name" --resource-group "$group"
    done
names az role assignment list --all --include-inherited \
    --query "[?principalType=='Group'].principalId" | sort -u |
    while read -r group; do
        save "group/$group/members.json" az ad group member list --group "$group"
    done
names az aks list --query '[].[name,resourceGroup]' |
    while IFS=$tab read -r name group; do
        save_of "aks/$name.json" az aks show --name "$name" --resource-group "$group"
    done
