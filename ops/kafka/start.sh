#!/usr/bin/env bash
# Starts one secured Kafka node: fills in server.properties, formats the storage once with the administrator's
# account, then becomes the broker. Used by docker-compose.yml, and by the tests on the real broker.
#
# environment, with what the image needs as defaults: KAFKA_LIBS, KAFKA_DATA, KAFKA_CERTS, SECRETS, KAFKA_HOST (what
# clients call it), KAFKA_BIND (empty: every address of the container), KAFKA_PORT, KAFKA_INTERNAL_PORT,
# KAFKA_CONTROLLER_PORT, CLUSTER_ID, KAFKA_HEAP_OPTS, KAFKA_MORE (a file of further properties; the later one wins)
set -euo pipefail
umask 077

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${KAFKA_LIBS:=/opt/kafka/libs}" "${KAFKA_DATA:=/var/lib/kafka/data}" "${KAFKA_CERTS:=/certs}" "${SECRETS:=/run/secrets}"
: "${KAFKA_HOST:=kafka}" "${KAFKA_BIND=}" "${KAFKA_PORT:=9092}" "${KAFKA_CONTROLLER_PORT:=9093}" "${KAFKA_INTERNAL_PORT:=9094}"
: "${CLUSTER_ID:?22 characters of base64 expected}" "${KAFKA_HEAP_OPTS:=-Xms512m -Xmx512m}"

work=$(mktemp -d)
java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
read -r -a heap <<<"$KAFKA_HEAP_OPTS"

admin=$(cat "$SECRETS/kafka_admin_password") || { echo "start.sh: read secret: kafka_admin_password: file expected in $SECRETS" >&2; exit 2; }
# Only characters that need no quoting in the storage tool's own little language.
[[ $admin =~ ^[A-Za-z0-9_-]{16,}$ ]] ||
    { echo "start.sh: read secret: kafka_admin_password: 16 or more of A-Z a-z 0-9 _ - expected" >&2; exit 2; }

sed -e "s|@BIND@|$KAFKA_BIND|g" -e "s|@HOST@|$KAFKA_HOST|g" -e "s|@PORT@|$KAFKA_PORT|g" \
    -e "s|@INTERNAL_PORT@|$KAFKA_INTERNAL_PORT|g" -e "s|@CONTROLLER_PORT@|$KAFKA_CONTROLLER_PORT|g" \
    -e "s|@CERTS@|$KAFKA_CERTS|g" -e "s|@SECRETS@|$SECRETS|g" -e "s|@DATA@|$KAFKA_DATA|g" \
    "$here/server.properties" >"$work/server.properties"
[ -z "${KAFKA_MORE:-}" ] || cat "$KAFKA_MORE" >>"$work/server.properties"

if [ ! -s "$KAFKA_DATA/meta.properties" ]; then
    # Arguments from a file, one a line: the password must not be in the process list.
    printf '%s\n' format -t "$CLUSTER_ID" -c "$work/server.properties" --standalone \
        --add-scram "SCRAM-SHA-512=[name=vigie_admin,password=$admin]" >"$work/arguments"
    "$java" -cp "$KAFKA_LIBS/*" kafka.tools.StorageTool "@$work/arguments"
    rm -f "$work/arguments"
fi
unset admin
exec "$java" "${heap[@]}" "-Dlog4j2.configurationFile=$here/log4j2.properties" -cp "$KAFKA_LIBS/*" \
    kafka.Kafka "$work/server.properties"
