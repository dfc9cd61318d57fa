# restic: a repository made, backed up to twice, thinned, pruned, checked to the last byte, restored.
export RESTIC_REPOSITORY="s3:$AWS_ENDPOINT_URL/$BUCKET/${PREFIX%/}" RESTIC_PASSWORD=password
export RESTIC_CACHE_DIR="$WORK/cache"
mkdir -p "$WORK/up"
cp "$LARGE" "$WORK/up/large"
seq 1000 > "$WORK/up/numbers"
restic init
restic backup "$WORK/up"
seq 2000 > "$WORK/up/numbers"
head -c 5000000 /dev/urandom > "$WORK/up/large"
restic backup "$WORK/up"
test "$(restic snapshots --json | grep -o '"short_id"' | wc -l)" = 2
restic forget --keep-last 1 --prune
restic check --read-data
restic restore latest --target "$WORK/down"
diff -r "$WORK/up" "$WORK/down$WORK/up"
test -z "$(restic list locks)"
