#!/usr/bin/env bash
# The run's own token, for Oracle's identity domain: in a file that only this user reads, and kept new while the job
# runs. It is valid for minutes, and a provider that is first used late in a deployment exchanges it only then.
set -euo pipefail
umask 077
file=$OCI_WORKLOAD_IDENTITY_TOKEN_PATH

renew() {
  curl -fsS --retry 3 -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \
    "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=oci" | jq -er .value > "$file.new"
  mv "$file.new" "$file"
}

renew
(while sleep "${RENEW_S:-120}"; do renew || true; done) < /dev/null > /dev/null 2>&1 &
