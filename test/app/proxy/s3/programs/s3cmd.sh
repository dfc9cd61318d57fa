# s3cmd: files, parts, copies, moves, compared by MD5.
host=${AWS_ENDPOINT_URL#http://}
s3() {
  s3cmd -c /dev/null --no-progress --no-ssl --host="$host" --host-bucket="$host" --region=eu-frankfurt-1 \
    --access_key="$AWS_ACCESS_KEY_ID" --secret_key="$AWS_SECRET_ACCESS_KEY" "$@"
}
at="s3://$BUCKET/${PREFIX}"
printf hello > "$WORK/small.txt"
s3 put "$WORK/small.txt" "${at}dir/a b+c.txt"
test "$(s3 get "${at}dir/a b+c.txt" -)" = hello
s3 put --multipart-chunk-size-mb=5 "$LARGE" "${at}large"
s3 cp "${at}large" "${at}copy"
s3 mv "${at}copy" "${at}moved"
s3 get "${at}moved" "$WORK/large"
cmp "$LARGE" "$WORK/large"
test "$(s3 ls -r "${at}" | wc -l)" = 3
s3 info "${at}dir/a b+c.txt" | grep -q "MD5 sum: *$(md5sum < "$WORK/small.txt" | cut -d' ' -f1)"
mkdir -p "$WORK/up"
for i in 1 2 3; do echo "$i" > "$WORK/up/$i"; done
s3 sync "$WORK/up/" "${at}sync/"
s3 sync "${at}sync/" "$WORK/down/"
diff -r "$WORK/up" "$WORK/down"
if s3 info "${at}absent" 2> "$WORK/absent"; then exit 1; fi
grep -q 404 "$WORK/absent"
s3 del -r "${at}"
test -z "$(s3 ls -r "${at}")"
