#!/bin/sh
# TCP port 80 of the metadata address is for root, this app's users and Oracle Cloud Agent's: whoever reaches it
# has the instance's rights. DNS and NTP on the same address stay as they are, and so do the distribution's own
# rules. Run at each boot before other services; the first time by cloud-init, before the app's users exist.
set -eu
# cloud-init leaves what the metadata service said, settings and the bundle's URL among it, for all to read.
if [ -e /run/cloud-init/instance-data.json ]; then chmod 0600 /run/cloud-init/instance-data.json; fi
users=0
for name in keyless-check keyless-proxy oracle-cloud-agent oracle-cloud-agent-updater; do
  uid=$(id -u "$name" 2>/dev/null) && users="$users, $uid"
done
# One transaction. A packet without an owner belongs to a connection that is ending, unless it opens one; what is
# forwarded comes from a container.
nft -f - <<RULES
table inet keyless
delete table inet keyless
table inet keyless {
  chain metadata {
    meta skuid { $users } accept
    meta skuid 0-4294967295 counter reject with tcp reset
    tcp flags & (syn | ack) == syn counter reject with tcp reset
  }
  chain output {
    type filter hook output priority filter; policy accept;
    ip daddr 169.254.169.254 tcp dport 80 jump metadata
    ip6 daddr fd00:c1::a9fe:a9fe tcp dport 80 jump metadata
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    ip daddr 169.254.169.254 tcp dport 80 counter reject with tcp reset
    ip6 daddr fd00:c1::a9fe:a9fe tcp dport 80 counter reject with tcp reset
  }
}
RULES
