# How packages are installed and updated. What differs between distributions is here, and nowhere else.
# Read by setup.sh and update.sh.
log=/var/log/keyless-setup.log
failed=
. /etc/os-release
version=${VERSION_ID-}
release=${version%%.*}
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1

# Runs a step for so many seconds at most; what it was and how it ended is kept.
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
by_dnf() {
  seconds=$1
  shift
  step "$seconds" dnf -y -q --disablerepo="*" --enablerepo="ol${release}_baseos_latest" --enablerepo="ol${release}_appstream" \
    --setopt=install_weak_deps=False --setopt=timeout=20 --setopt=retries=3 "$@"
}

install_packages() {
  failed=
  case "$ID:$release" in
    ol:9) by_dnf 300 module enable nodejs:22 && by_dnf 900 install nodejs acl nftables ;;
    ol:*) by_dnf 900 install nodejs acl nftables ;;
    debian:* | ubuntu:*) step 60 apt-get -qq update && step 180 apt-get -qq -y install nodejs acl nftables ;;
    *) failed="no packages are known for $ID $version" ;;
  esac
}

# What the app runs, and the libraries that are loaded with it.
loaded() {
  for name in node setfacl nft; do
    command -v $name
    ldd "$(command -v $name)"
  done | grep -o '/[^ ]*' | sort -u
}

# The packages of these files, with their versions: one a line.
installed() {
  case $ID in
    ol) rpm -qf --qf '%{NAME} %{VERSION}-%{RELEASE}\n' $(loaded) ;;
    # By the file's name: where /lib is /usr/lib, dpkg may know it by either path.
    *) dpkg-query -W -f '${Package} ${Version}\n' $(loaded | sed 's|.*/|*/|' | xargs dpkg-query -S | cut -d : -f 1) ;;
  esac 2>/dev/null | grep '^[^ ]* [^ ]*$' | sort -u
}

# Whatever is not from the security archive ranks below what is installed.
PINS="Package: *
Pin: release a=*-security
Pin-Priority: 900

Package: *
Pin: release o=?*
Pin-Priority: 50"

update_packages() {
  failed=
  names=$(installed | cut -d ' ' -f 1)
  case $ID in
    ol) by_dnf 1800 upgrade --security $names ;;
    debian | ubuntu)
      pins=$(mktemp)
      echo "$PINS" >"$pins"
      step 300 apt-get -qq -o APT::Update::Error-Mode=any update &&
        step 900 apt-get -qq -y -o DPkg::Lock::Timeout=600 -o Dpkg::Options::=--force-confold \
          -o Dir::Etc::Preferences="$pins" -o Dir::Etc::PreferencesParts=/dev/null install --only-upgrade $names
      rm "$pins"
      ;;
    *) failed="no packages are known for $ID $version" ;;
  esac
}

# The log's last line, with nothing in it that a line of JSON could not hold.
last_line() { tail -n 1 "$log" | tr -cd "A-Za-z0-9 .,:;/()_=+*@-" | cut -c 1-200; }
