#!/bin/sh
# Writes gcp/PROJECT/…: what decides who reads which secret of a project, and no value.
# rbacgraph reads the folder. What Google refuses is left out, and named on standard error.
#   rbacgraph gcp commands > gcp.sh; PROJECT=ID sh gcp.sh
set -u
project=${PROJECT:-$(gcloud config get-value project)} || exit 1
tab=$(printf '\t')

save() { # FILE COMMAND…
    file=gcp/$project/$1
    shift
    mkdir -p "$(dirname "$file")"
    if "$@" --format=json >"$file.part" </dev/null; then
        mv "$file.part" "$file"
    else
        rm -f "$file.part"
        echo "missing: $file" >&2
    fi
}
names() { # FIELDS COMMAND…: a line each
    fields=$1
    shift
    "$@" --format="value($fields)" </dev/null
}

save project.json gcloud projects describe "$project"
save ancestors.json gcloud projects get-ancestors-iam-policy "$project"
save secrets.json gcloud secrets list --project "$project"
names 'name.basename()' gcloud secrets list --project "$project" |
    while read -r name; do
        save "secrets/$name.json" gcloud secrets get-iam-policy "$name" --project "$project"
    done
save service-accounts.json gcloud iam service-accounts list --project "$project"
names email gcloud iam service-accounts list --project "$project" |
    while read -r email; do
        save "service-accounts/$email.json" \
            gcloud iam service-accounts get-iam-policy "$email" --project "$project"
    done
names 'name.basename()' gcloud iam roles list --project "$project" |
    while read -r name; do
        save "roles/$name.json" gcloud iam roles describe "$name" --project "$project"
    done
names 'id,type' gcloud projects get-ancestors "$project" |
    while IFS=$tab read -r id type; do
        at=cloudresourcemanager.googleapis.com/${type}s/$id
        if [ "$type" = organization ]; then
            names 'name.basename()' gcloud iam roles list --organization "$id" |
                while read -r name; do
                    save "roles/$name.json" \
                        gcloud iam roles describe "$name" --organization "$id"
                done
        fi
        names 'name.basename()' gcloud iam policies list --kind=denypolicies \
            --attachment-point="$at" |
            while read -r name; do
                save "deny-policies/$name.json" gcloud iam policies get "$name" \
                    --kind=denypolicies --attachment-point="$at"
            done
    done
save clusters.json gcloud container clusters list --project "$project"
