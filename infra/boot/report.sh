#!/bin/sh
# report.sh SAYS ADVICE: a marked line on the console as the check prints its own: marker, length, checksum, JSON.
json="{\"version\":1,\"ok\":false,\"cause\":\"boot\",\"says\":\"$1\",\"advice\":\"$2\",\"boot\":\"$(tr -d - </proc/sys/kernel/random/boot_id)\",\"probes\":[]}"
sum=$(printf %s "$json" | sha256sum | cut -c 1-16)
printf '\nKEYLESS-VERDICT %s %s %s\n' "${#json}" "$sum" "$json" >/dev/console
