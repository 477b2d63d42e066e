#!/bin/sh
# Writes aws/ACCOUNT/…: what decides who reads which secret in this account of AWS, and no value.
# rbacgraph reads the folder. What AWS refuses is left out, and named on standard error.
#   rbacgraph aws commands > aws.sh; REGIONS="eu-west-1 us-east-1" sh aws.sh
set -u
account=$(aws sts get-caller-identity --query Account --output text) || exit 1
regions=${REGIONS:-$(aws configure get region)}

save() { # FILE COMMAND…
    file=aws/$account/$1
    shift
    mkdir -p "$(dirname "$file")"
    if "$@" --output json >"$file.part" </dev/null; then
        mv "$file.part" "$file"
    else
        rm -f "$file.part"
        echo "missing: $file" >&2
    fi
}
names() { # COMMAND…: one name a line
    "$@" --output text </dev/null | tr '\t' '\n' | grep -v -e '^None$' -e '^$'
}

save iam/account-authorization-details.json aws iam get-account-authorization-details
names aws iam list-open-id-connect-providers --query 'OpenIDConnectProviderList[].Arn' |
    while read -r arn; do
        save "iam/open-id-connect-providers/${arn##*/}.json" \
            aws iam get-open-id-connect-provider --open-id-connect-provider-arn "$arn"
    done

save organizations/organization.json aws organizations describe-organization
for filter in SERVICE_CONTROL_POLICY RESOURCE_CONTROL_POLICY; do
    names aws organizations list-policies --filter "$filter" --query 'Policies[].Id' |
        while read -r id; do
            save "organizations/policies/$id.json" \
                aws organizations describe-policy --policy-id "$id"
            save "organizations/targets/$id.json" \
                aws organizations list-targets-for-policy --policy-id "$id"
        done
done
child=$account
while [ -n "$child" ]; do
    save "organizations/parents/$child.json" aws organizations list-parents --child-id "$child"
    child=$(names aws organizations list-parents --child-id "$child" --query 'Parents[].Id')
    case $child in r-*) child= ;; esac
done

for region in $regions; do
    export AWS_REGION="$region"
    save "$region/secretsmanager/secrets.json" aws secretsmanager list-secrets
    names aws secretsmanager list-secrets --query 'SecretList[].ARN' |
        while read -r arn; do
            name=$(echo "${arn##*:}" | tr / _)
            save "$region/secretsmanager/policies/$name.json" \
                aws secretsmanager get-resource-policy --secret-id "$arn"
        done
    save "$region/ssm/parameters.json" aws ssm describe-parameters
    save "$region/kms/keys.json" aws kms list-keys
    save "$region/kms/aliases.json" aws kms list-aliases
    names aws kms list-keys --query 'Keys[].KeyId' |
        while read -r key; do
            save "$region/kms/$key/key.json" aws kms describe-key --key-id "$key"
            save "$region/kms/$key/policy.json" \
                aws kms get-key-policy --policy-name default --key-id "$key"
            save "$region/kms/$key/grants.json" aws kms list-grants --key-id "$key"
        done
    names aws eks list-clusters --query 'clusters[]' |
        while read -r cluster; do
            at=$region/eks/$cluster
            save "$at/cluster.json" aws eks describe-cluster --name "$cluster"
            save "$at/pod-identity-associations.json" \
                aws eks list-pod-identity-associations --cluster-name "$cluster"
            names aws eks list-pod-identity-associations --cluster-name "$cluster" \
                --query 'associations[].associationId' |
                while read -r id; do
                    save "$at/pod-identity-associations/$id.json" \
                        aws eks describe-pod-identity-association \
                        --cluster-name "$cluster" --association-id "$id"
                done
            save "$at/access-entries.json" aws eks list-access-entries --cluster-name "$cluster"
            number=0
            names aws eks list-access-entries --cluster-name "$cluster" --query 'accessEntries[]' |
                while read -r arn; do
                    number=$((number + 1))
                    save "$at/access-entries/$number.json" \
                        aws eks describe-access-entry \
                        --cluster-name "$cluster" --principal-arn "$arn"
                    save "$at/access-policies/$number.json" \
                        aws eks list-associated-access-policies \
                        --cluster-name "$cluster" --principal-arn "$arn"
                done
        done
done
