#!/usr/bin/env bash
# Makes the secrets that docker-compose.yml reads, in ./secrets (or the folder given). What is there stays as it is,
# so that running it again only adds what is missing. Run it with sudo on Linux: each file then belongs to the user
# that reads it inside its container. Docker Desktop maps the owners itself and needs no sudo.
set -euo pipefail
umask 077

folder=${1:-"$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/secrets"}
mkdir -p "$folder"

# uid inside the container that reads the file: 0 one-shot jobs, 1000 Kafka, Elasticsearch, Kibana, 10001 Vigie,
# 472 Grafana, 65534 Alertmanager. A file that two read belongs to the one without root's rights.
PASSWORDS="elastic_password:1000 kibana_system_password:1000 kibana_encryption_key:1000
vigie_provision_password:10001 vigie_index_password:10001 vigie_deliver_password:10001 vigie_desk_password:10001
vigie_reader_password:10001 vigie_reindex_password:10001 kafka_admin_password:1000 kafka_keystore_password:1000
kafka_vigie_provision_password:10001 kafka_vigie_connectors_password:10001 kafka_vigie_clean_password:10001
kafka_vigie_classify_password:10001 kafka_vigie_detect_password:10001 kafka_vigie_index_password:10001
kafka_vigie_deliver_password:10001 kafka_vigie_desk_password:10001 kafka_vigie_reindex_password:10001
vigie_kibana_import_password:1000 webhook_signing_key:10001 grafana_admin_password:472"
# Only you know these: an address to post to. The placeholders point nowhere, on purpose.
ADDRESSES="webhook_url:10001 alertmanager_operators_url:65534 alertmanager_on_call_url:65534 alertmanager_watchdog_url:65534"

random() {
    # 32 characters of A-Z a-z 0-9: 190 bits, and nothing that needs quoting anywhere.
    local text
    text=$(head -c 512 /dev/urandom | base64 | tr -dc 'A-Za-z0-9')
    printf '%s' "${text:0:32}"
}

# put NAME:UID TEXT
put() {
    local file="$folder/${1%%:*}"
    [ ! -e "$file" ] || { echo "kept  $file"; return; }
    printf '%s' "$2" >"$file.new"
    chmod 0400 "$file.new"
    [ "$(id -u)" -ne 0 ] || chown "${1##*:}" "$file.new"
    mv "$file.new" "$file"
    echo "made  $file"
}

for entry in $PASSWORDS; do put "$entry" "$(random)"; done
for entry in $ADDRESSES; do put "$entry" "http://127.0.0.1:9/replace-me"; done
# Containers look the folder up by name but must not list it.
chmod 0711 "$folder"

if [ "$(id -u)" -ne 0 ]; then
    echo "note: not run as root, so every file belongs to you. On Linux run it with sudo, or the containers cannot read them." >&2
fi
if grep -lq replace-me "$folder"/*_url 2>/dev/null; then
    echo "note: put your webhook addresses into $folder/*_url before you start." >&2
fi
