# rclone: a folder up, compared by digest and by content, copied and moved on the server, down again.
export RCLONE_CONFIG="$WORK/none" RCLONE_CONFIG_DOOR_TYPE=s3 RCLONE_CONFIG_DOOR_PROVIDER=Other
export RCLONE_CONFIG_DOOR_ENV_AUTH=true RCLONE_CONFIG_DOOR_ENDPOINT="$AWS_ENDPOINT_URL"
export RCLONE_S3_CHUNK_SIZE=5M RCLONE_S3_UPLOAD_CUTOFF=5M
at="door:$BUCKET/${PREFIX}"
mkdir -p "$WORK/up/inner ü"
for i in 1 2 3 4 5; do echo "$i" > "$WORK/up/inner ü/$i"; done
cp "$LARGE" "$WORK/up/large"
rclone copy "$WORK/up" "${at}up"
rclone check "$WORK/up" "${at}up"
rclone check --download "$WORK/up" "${at}up"
test "$(rclone lsf -R --files-only "${at}up" | wc -l)" = 6
rclone copyto "${at}up/large" "${at}copy"
rclone moveto "${at}copy" "${at}up/moved"
rclone sync "${at}up" "$WORK/down"
cmp "$LARGE" "$WORK/down/moved"
rm "$WORK/down/moved"
diff -r "$WORK/up" "$WORK/down"
printf streamed | rclone rcat "${at}streamed"
test "$(rclone cat "${at}streamed")" = streamed
rclone purge "${at%/}"
test -z "$(rclone lsf -R "${at%/}" 2>/dev/null)"
