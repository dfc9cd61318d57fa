#!/bin/sh
# Once per instance, at the end of the first boot: what the app needs of the distribution, then the units.
# What differs between distributions is in `install_packages`, and nowhere else.
set -u
log=/var/log/keyless-setup.log
home=/usr/local/lib/keyless

# Without a way to its mirrors a package manager would try for a quarter of an hour.
install_packages() {
  . /etc/os-release
  case "$ID:${VERSION_ID%%.*}" in
    ol:9) timeout 60 dnf -y -q module enable nodejs:22 && timeout 180 dnf -y -q install nodejs acl nftables ;;
    ol:*) timeout 180 dnf -y -q install nodejs acl nftables ;;
    debian:* | ubuntu:*)
      export DEBIAN_FRONTEND=noninteractive
      timeout 60 apt-get -qq update && timeout 180 apt-get -qq -y install nodejs acl nftables
      ;;
    *) echo "no packages are known for $ID $VERSION_ID" ;;
  esac
}

is_ready() { command -v node && command -v setfacl && command -v nft; }

fail() {
  sh "$home/report.sh" "$1" "$2"
  exit 1
}

attempt=1
until is_ready >/dev/null; do
  install_packages >>"$log" 2>&1
  is_ready >/dev/null && break
  [ "$attempt" -lt 3 ] ||
    fail "Node, setfacl and nft could not be installed from the distribution" "Check that the subnet reaches the package mirrors; see $log."
  attempt=$((attempt + 1))
  sleep 10
done

systemctl daemon-reload
systemctl enable --now keyless-lock.service >>"$log" 2>&1 ||
  fail "the metadata address could not be locked: the app was not started" "See journalctl -u keyless-lock.service: nft must work on this image."
systemctl enable --now keyless-proxy.socket keyless-proxy-admin.socket keyless-proxy.service keyless-check.service >>"$log" 2>&1 ||
  fail "the app's services could not be started" "See $log and systemctl status keyless-check.service keyless-proxy.service."
