#!/bin/sh
# Once per instance, at the end of the first boot: Node and setfacl from the distribution, then the units.
# What differs between distributions is in `install_packages`.
set -u

install_packages() {
  . /etc/os-release
  case "$ID:${VERSION_ID%%.*}" in
    ol:9) dnf -y -q module enable nodejs:22 && dnf -y -q install nodejs acl ;;
    ol:*) dnf -y -q install nodejs acl ;;
    debian:* | ubuntu:*) apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y install nodejs acl ;;
    *) return 1 ;;
  esac
}

# A marked line as the check prints its own: marker, length, checksum, JSON.
report() {
  json="{\"version\":1,\"ok\":false,\"cause\":\"boot\",\"says\":\"$1\",\"advice\":\"$2\",\"boot\":\"$(cat /proc/sys/kernel/random/boot_id)\",\"probes\":[]}"
  sum=$(printf %s "$json" | sha256sum | cut -c 1-16)
  printf '\nKEYLESS-VERDICT %s %s %s\n' "${#json}" "$sum" "$json" >/dev/console
}

attempt=1
until { command -v node && command -v setfacl; } >/dev/null 2>&1 || install_packages >/var/log/keyless-setup.log 2>&1; do
  if [ "$attempt" -ge 5 ]; then
    report "Node and setfacl could not be installed from the distribution" "Check that the subnet reaches the package mirrors; see /var/log/keyless-setup.log."
    exit 1
  fi
  attempt=$((attempt + 1))
  sleep 10
done

systemctl daemon-reload
systemctl enable --now keyless-proxy.service keyless-check.service
