#!/bin/sh
# report.sh verdict SAYS ADVICE | update MEMBERS: a marked line on the console as the check prints its own: marker,
# length, checksum, JSON. An update's line is printed here too, for the journal.
boot=$(tr -d - </proc/sys/kernel/random/boot_id)
case $1 in
  verdict) marker=KEYLESS-VERDICT members="\"ok\":false,\"cause\":\"boot\",\"says\":\"$2\",\"advice\":\"$3\",\"probes\":[]" ;;
  update) marker=KEYLESS-UPDATE members=$2 ;;
esac
json="{\"version\":1,$members,\"boot\":\"$boot\",\"time\":\"$(date -u +%FT%TZ)\"}"
sum=$(printf %s "$json" | sha256sum | cut -c 1-16)
printf '\n%s %s %s %s\n' $marker "${#json}" "$sum" "$json" >/dev/console
[ $1 = verdict ] || echo "$json"
