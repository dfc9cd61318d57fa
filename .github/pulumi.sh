#!/usr/bin/env bash
# The Pulumi CLI, one release, verified: the archive is signed by the workflow of its own repository that builds releases.
set -euo pipefail
version=3.259.0
archive=pulumi-v$version-linux-x64.tar.gz
cd "$(mktemp -d)"
for file in "$archive" "$archive.sig"; do
  curl -fsSL --retry 3 -O "https://github.com/pulumi/pulumi/releases/download/v$version/$file"
done
cosign verify-blob --bundle "$archive.sig" \
  --certificate-oidc-issuer https://token.actions.githubusercontent.com \
  --certificate-identity-regexp '^https://github\.com/pulumi/pulumi/\.github/workflows/sign\.yml@refs/' \
  "$archive"
mkdir -p "$HOME/.pulumi"
tar -xzf "$archive" -C "$HOME/.pulumi" --transform 's,^pulumi,bin,'
echo "$HOME/.pulumi/bin" >> "$GITHUB_PATH"
