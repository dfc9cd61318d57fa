#!/bin/sh
# Once per instance, at the end of the first boot: what the app needs of the distribution, then the units.
# What differs between distributions is in `install_packages`, and nowhere else.
set -u
log=/var/log/keyless-setup.log
home=/usr/local/lib/keyless

# Runs a step of the installation for so many seconds at most; what it was and how it ended is kept.
step() {
  seconds=$1
  shift
  timeout "$seconds" "$@"
  code=$?
  case $code in
    0) return 0 ;;
    124) ended="took longer than $seconds s" ;;
    137) ended="was killed, most likely for want of memory" ;;
    *) ended="ended with code $code" ;;
  esac
  failed="$1 $ended"
  return 1
}

# The two repositories with what is needed, and no other: the metadata of all that are enabled takes more memory than
# a small shape has. Mirrors that do not answer are given up in a minute; a slow core is given its time.
install_by_dnf() {
  release=$1
  shift
  step "$1" dnf -y -q --disablerepo="*" --enablerepo="ol${release}_baseos_latest" --enablerepo="ol${release}_appstream" \
    --setopt=install_weak_deps=False --setopt=timeout=20 --setopt=retries=3 "$2" $3
}

install_packages() {
  failed=
  . /etc/os-release
  version=${VERSION_ID-}
  release=${version%%.*}
  case "$ID:$release" in
    ol:9) install_by_dnf 9 300 module "enable nodejs:22" && install_by_dnf 9 900 install "nodejs acl nftables" ;;
    ol:*) install_by_dnf "$release" 900 install "nodejs acl nftables" ;;
    debian:* | ubuntu:*)
      export DEBIAN_FRONTEND=noninteractive
      step 60 apt-get -qq update && step 180 apt-get -qq -y install nodejs acl nftables
      ;;
    *) failed="no packages are known for $ID $version" ;;
  esac
}

# The log's last line, with nothing in it that a line of JSON could not hold.
last_line() { tail -n 1 "$log" | tr -cd "A-Za-z0-9 .,:;/()_=+*@-" | cut -c 1-200; }

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
    fail "Node, setfacl and nft could not be installed from the distribution: ${failed:-they are missing all the same}" "The installation said last: $(last_line). Killed: take a shape with more memory. Else check that the subnet reaches the package mirrors; see $log."
  attempt=$((attempt + 1))
  sleep 10
done

systemctl daemon-reload
systemctl enable --now keyless-lock.service >>"$log" 2>&1 ||
  fail "the metadata address could not be locked: the app was not started" "See journalctl -u keyless-lock.service: nft must work on this image."
systemctl enable --now keyless-proxy.socket keyless-proxy-admin.socket keyless-proxy.service keyless-check.service >>"$log" 2>&1 ||
  fail "the app's services could not be started" "See $log and systemctl status keyless-check.service keyless-proxy.service."
