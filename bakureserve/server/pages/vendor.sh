#!/bin/sh
# Fetch the third-party files that our pages serve, with the ordinary npm client.
# Run it to move to another version; what it fetched is committed.
set -eu

swagger_ui=5.35.0
pages=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

npm pack --silent --pack-destination "$work" "swagger-ui-dist@$swagger_ui" >/dev/null
tar -xzf "$work/swagger-ui-dist-$swagger_ui.tgz" -C "$work"

mkdir -p "$pages/vendor/swagger-ui"
for file in swagger-ui-bundle.js swagger-ui.css LICENSE NOTICE; do
  cp "$work/package/$file" "$pages/vendor/swagger-ui/$file"
done
