#!/usr/bin/env bash
# Starts Kibana with its secrets in its keystore. The image reads no *_FILE variable, and hands every variable on as
# a command-line argument, where any process could read it; the keystore is the way that keeps them secret.
set -euo pipefail

cd /usr/share/kibana
export KBN_PATH_CONF=${KBN_PATH_CONF:-/usr/share/kibana/config}
[ -f "$KBN_PATH_CONF/kibana.keystore" ] || bin/kibana-keystore create
put() { bin/kibana-keystore add --force --stdin "$1" <"/run/secrets/$2"; }
put elasticsearch.password kibana_system_password
put xpack.security.encryptionKey kibana_encryption_key
put xpack.encryptedSavedObjects.encryptionKey kibana_encryption_key
put xpack.reporting.encryptionKey kibana_encryption_key
exec /usr/local/bin/kibana-docker
