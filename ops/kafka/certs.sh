#!/usr/bin/env bash
# Makes a certificate authority and the broker's certificate with keytool, which every Java has.
# usage: certs.sh FOLDER NAME-OR-ADDRESS...     environment: STORE_PASSWORD_FILE
# In FOLDER: ca.crt (for clients, PEM), ca.p12 (the authority's key: keep it away from the broker),
# broker.p12 (key and certificate), truststore.p12 (the authority alone).
# Run by the one-shot `kafka-certs` service of docker-compose.yml, and by the tests.
set -euo pipefail
umask 077

folder=${1:?usage: certs.sh FOLDER NAME-OR-ADDRESS...}
shift
[ "$#" -gt 0 ] || { echo "certs.sh: make certificate: at least one host name or address expected: none given" >&2; exit 2; }
: "${STORE_PASSWORD_FILE:?file with the password of the key stores expected}"
[ "$(wc -c <"$STORE_PASSWORD_FILE")" -ge 16 ] ||
    { echo "certs.sh: read secret: $STORE_PASSWORD_FILE: 16 or more characters expected" >&2; exit 2; }

if [ -s "$folder/broker.p12" ]; then
    echo "certs.sh: $folder/broker.p12 is there already, nothing to do"
    exit 0
fi
mkdir -p "$folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

names=""
for host in "$@"; do
    case $host in
        *[!0-9.]*) names="$names,dns:$host" ;;
        *) names="$names,ip:$host" ;;
    esac
done

# The password comes from a file, so that it is in no process list.
tool() {
    local what=$1
    shift
    "${JAVA_HOME:+$JAVA_HOME/bin/}keytool" "$what" -storetype PKCS12 -storepass:file "$STORE_PASSWORD_FILE" -noprompt "$@" >/dev/null 2>"$work/said" ||
        { echo "certs.sh: keytool $what: $(cat "$work/said")" >&2; exit 1; }
}

tool -genkeypair -keystore "$work/ca.p12" -alias ca -dname "CN=Vigie Kafka authority" \
    -keyalg EC -groupname secp256r1 -validity 3650 -ext bc:c=ca:true,pathlen:0 -ext ku:c=keyCertSign,cRLSign
tool -exportcert -keystore "$work/ca.p12" -alias ca -rfc -file "$work/ca.crt"
tool -genkeypair -keystore "$work/broker.p12" -alias broker -dname "CN=kafka" -keyalg EC -groupname secp256r1 -validity 1095
tool -certreq -keystore "$work/broker.p12" -alias broker -file "$work/broker.csr"
# Client authentication too: the broker proves itself to its controller and to other brokers with it.
tool -gencert -keystore "$work/ca.p12" -alias ca -infile "$work/broker.csr" -outfile "$work/broker.crt" -rfc \
    -validity 1095 -ext "san=${names#,}" -ext eku=serverAuth,clientAuth -ext ku:c=digitalSignature
tool -importcert -keystore "$work/broker.p12" -alias ca -file "$work/ca.crt"
tool -importcert -keystore "$work/broker.p12" -alias broker -file "$work/broker.crt"
tool -importcert -keystore "$work/truststore.p12" -alias ca -file "$work/ca.crt"

install -m 0400 "$work/ca.p12" "$folder/ca.p12"
install -m 0444 "$work/ca.crt" "$folder/ca.crt"
install -m 0400 "$work/truststore.p12" "$folder/truststore.p12"
# Last, because its presence says that all is done.
install -m 0400 "$work/broker.p12" "$folder/broker.p12"
echo "certs.sh: made a certificate for $*"
