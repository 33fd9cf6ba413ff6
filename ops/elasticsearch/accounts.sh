#!/usr/bin/env bash
# Creates the roles of roles/*.json, one user for each with the password from a file, and sets Kibana's own password.
# Safe to run again: it brings everything to the state of these files. Run by the one-shot `accounts` service of
# docker-compose.yml, and by the tests against a real Elasticsearch.
#
# environment: ES_URL, ES_CA, SECRETS (folder with elastic_password, kibana_system_password, <role>_password)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${ES_URL:?address of Elasticsearch expected}" "${ES_CA:?file of its authority expected}" "${SECRETS:=/run/secrets}"

# Print a secret. Only characters that need no quoting in JSON or in curl's configuration are let through.
secret() {
    local value
    value=$(cat "$SECRETS/$1") || { echo "accounts.sh: read secret: $1: file expected in $SECRETS" >&2; exit 2; }
    [[ $value =~ ^[A-Za-z0-9_-]{16,}$ ]] ||
        { echo "accounts.sh: read secret: $1: 16 or more of A-Z a-z 0-9 _ - expected" >&2; exit 2; }
    printf '%s' "$value"
}

elastic=$(secret elastic_password)

# call METHOD PATH [BODY]: the password goes through standard input, never through the process list.
call() {
    local arguments=(--cacert "$ES_CA" --silent --show-error --fail-with-body --max-time 30 --request "$1")
    [ "$#" -lt 3 ] || arguments+=(--header 'Content-Type: application/json' --data-binary @-)
    local answer status=0
    answer=$(printf '%s' "${3-}" |
        curl --config <(printf 'user = "elastic:%s"\n' "$elastic") "${arguments[@]}" "$ES_URL$2") || status=$?
    [ "$status" -eq 0 ] || echo "accounts.sh: $1 $2: ${answer:-no answer}" >&2
    return "$status"
}

for attempt in $(seq 60); do
    call GET '/_cluster/health?timeout=5s' >/dev/null 2>&1 && break
    [ "$attempt" -lt 60 ] || { echo "accounts.sh: reach Elasticsearch: $ES_URL: no answer for two minutes" >&2; exit 1; }
    sleep 2
done

for file in "$here"/roles/*.json; do
    role=$(basename "$file" .json)
    call PUT "/_security/role/$role" "$(cat "$file")" >/dev/null
    password=$(secret "${role}_password")
    call PUT "/_security/user/$role" "{\"password\": \"$password\", \"roles\": [\"$role\"]}" >/dev/null
    echo "accounts.sh: $role"
done

password=$(secret kibana_system_password)
call POST /_security/user/kibana_system/_password "{\"password\": \"$password\"}" >/dev/null
echo "accounts.sh: kibana_system"
