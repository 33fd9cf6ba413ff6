#!/usr/bin/env bash
# Imports vigie.ndjson into a running Kibana, replacing what an earlier release imported. Run by the one-shot
# `kibana-objects` service of docker-compose.yml; analysts' own objects have other ids and stay.
#
# environment: KIBANA_URL, SECRETS (folder with vigie_kibana_import_password)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${KIBANA_URL:?address of Kibana expected}" "${SECRETS:=/run/secrets}"
password=$(cat "$SECRETS/vigie_kibana_import_password")

answer=$(curl --config <(printf 'user = "vigie_kibana_import:%s"\n' "$password") --silent --show-error \
    --fail-with-body --max-time 120 --header 'kbn-xsrf: vigie' --form "file=@$here/vigie.ndjson" \
    "$KIBANA_URL/api/saved_objects/_import?overwrite=true") ||
    { echo "import.sh: import saved objects: $KIBANA_URL: ${answer:-no answer}" >&2; exit 1; }
# Kibana answers 200 even when single objects failed.
case $answer in
    *'"success":true'*) echo "import.sh: imported" ;;
    *) echo "import.sh: import saved objects: $KIBANA_URL: $answer" >&2; exit 1 ;;
esac
