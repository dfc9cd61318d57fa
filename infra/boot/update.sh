#!/bin/sh
# Security updates of Node and of what else the app runs on. What runs on files that are no longer there is started
# anew, without a cut request; what fails is said, and the app goes on as it is.
set -u
home=/usr/local/lib/keyless
. "$home/packages.sh"

main() { systemctl show -p MainPID --value "$1"; }

# A unit's program, or a library of it, was replaced: by this update, or by another.
is_stale() { grep -q ' /usr/.* (deleted)$' "/proc/$(main "$1")/maps" 2>/dev/null; }

# The proxy's launcher hands over to a new one: it is another process when that one's proxy is ready.
hand_over() {
  before=$(main keyless-proxy.service)
  systemctl reload keyless-proxy.service
  for _ in $(seq 330); do
    [ "$(main keyless-proxy.service)" = "$before" ] || return 0
    sleep 1
  done
  return 1
}

before=$(installed)
update_packages >>"$log" 2>&1
problem=${failed:+$failed: $(last_line)}
updated=$(installed | while read -r line; do
  case "
$before
" in *"
$line
"*) ;; *) printf '%s"%s"' "${comma-}" "$line"; comma=, ;; esac
done)

restarted=false
if is_stale keyless-proxy.service; then
  if hand_over; then restarted=true; else problem="no new proxy took over on what was updated: see journalctl -u keyless-proxy"; fi
fi
if is_stale keyless-check.service; then
  if systemctl try-restart keyless-check.service; then restarted=true; else problem="the check did not start anew"; fi
fi
sh "$home/report.sh" update "\"ok\":$([ -z "$problem" ] && echo true || echo false),\"updated\":[$updated],\"restarted\":$restarted${problem:+,\"says\":\"$problem\"}"
[ -z "$problem" ]
