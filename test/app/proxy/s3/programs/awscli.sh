# AWS CLI: files, folders, moves, and the API by itself.
at="s3://$BUCKET/${PREFIX}"
printf hello > "$WORK/small.txt"
aws s3 cp "$WORK/small.txt" "${at}dir/a b+c.txt"
test "$(aws s3 cp "${at}dir/a b+c.txt" -)" = hello
aws s3 cp "$LARGE" "${at}large"
aws s3 cp "${at}large" "${at}copy"
aws s3 mv "${at}copy" "${at}moved"
aws s3 cp "${at}moved" "$WORK/large"
cmp "$LARGE" "$WORK/large"
mkdir -p "$WORK/up/inner"
for i in 1 2 3 4 5; do echo "$i" > "$WORK/up/inner/$i"; done
aws s3 sync "$WORK/up" "${at}sync"
aws s3 sync "${at}sync" "$WORK/down"
diff -r "$WORK/up" "$WORK/down"
test -z "$(aws s3 sync "$WORK/up" "${at}sync")"
test "$(aws s3 ls --recursive "${at}" | wc -l)" = 8
aws s3 ls "${at}" | grep -q 'PRE dir/'
test "$(aws s3api head-object --bucket "$BUCKET" --key "${PREFIX}large" --query ContentLength)" = "$(wc -c < "$LARGE")"
if aws s3api head-object --bucket "$BUCKET" --key "${PREFIX}absent" 2> "$WORK/absent"; then exit 1; fi
grep -q 'Not Found' "$WORK/absent"
aws s3 rm --recursive "${at}"
test -z "$(aws s3 ls --recursive "${at}")"
