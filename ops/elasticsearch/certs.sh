#!/usr/bin/env bash
# Makes a private certificate authority and the certificate of Elasticsearch, once.
# Used by the one-shot `certs` service of docker-compose.yml, and by the tests on a real Elasticsearch.
#
# usage: certs.sh FOLDER NAME-OR-ADDRESS...
set -euo pipefail
umask 077

folder=${1:?usage: certs.sh FOLDER NAME-OR-ADDRESS...}
shift
[ "$#" -gt 0 ] || { echo "certs.sh: make certificate: at least one host name or address expected: none given" >&2; exit 2; }
certutil=${ES_HOME:-/usr/share/elasticsearch}/bin/elasticsearch-certutil

if [ -s "$folder/elasticsearch.crt" ]; then
    echo "certs.sh: $folder/elasticsearch.crt is there already, nothing to do"
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

unpack() {
    if command -v unzip >/dev/null; then
        (cd "$work" && unzip -q -o "$1")
    else
        (cd "$work" && "${JAVA_HOME:?unzip, or a JDK in JAVA_HOME, expected}/bin/jar" xf "$1")
    fi
}

names=()
for host in "$@"; do
    case $host in
        *[!0-9.]*) names+=(--dns "$host") ;;
        *) names+=(--ip "$host") ;;
    esac
done

"$certutil" ca --silent --pem --days 3650 --out "$work/ca.zip"
unpack ca.zip
"$certutil" cert --silent --pem --days 1095 --name elasticsearch "${names[@]}" \
    --ca-cert "$work/ca/ca.crt" --ca-key "$work/ca/ca.key" --out "$work/cert.zip"
unpack cert.zip

mkdir -p "$folder"
install -m 0400 "$work/ca/ca.key" "$folder/ca.key"
install -m 0444 "$work/ca/ca.crt" "$folder/ca.crt"
install -m 0400 "$work/elasticsearch/elasticsearch.key" "$folder/elasticsearch.key"
# Last, because its presence says that all is done.
install -m 0444 "$work/elasticsearch/elasticsearch.crt" "$folder/elasticsearch.crt"
echo "certs.sh: made a certificate for $*"
