#!/bin/sh
# Once per instance, at the end of the first boot: what the app needs of the distribution, then the units.
set -u
home=/usr/local/lib/keyless
. "$home/packages.sh"

is_ready() { command -v node && command -v setfacl && command -v nft; }

fail() {
  sh "$home/report.sh" verdict "$1" "$2"
  exit 1
}

attempt=1
until is_ready >/dev/null; do
  install_packages >>"$log" 2>&1
  is_ready >/dev/null && break
  [ "$attempt" -lt 3 ] ||
    fail "Node, setfacl and nft could not be installed from the distribution: ${failed:-they are missing all the same}" "The installation said last: $(last_line). Killed: take a shape with more memory. Else check that the subnet reaches the package mirrors; see $log."
  attempt=$((attempt + 1))
  sleep 10
done

systemctl daemon-reload
systemctl enable --now keyless-lock.service >>"$log" 2>&1 ||
  fail "the metadata address could not be locked: the app was not started" "See journalctl -u keyless-lock.service: nft must work on this image."
systemctl enable --now keyless-update.timer >>"$log" 2>&1
systemctl enable --now keyless-proxy.socket keyless-proxy-admin.socket keyless-proxy-s3.socket keyless-proxy.service keyless-check.service >>"$log" 2>&1 ||
  fail "the app's services could not be started" "See $log and systemctl status keyless-check.service keyless-proxy.service."
