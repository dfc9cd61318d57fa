# s5cmd: 1,000 objects of 1 KiB up, listed, down; a large one in parts; copies and moves.
export S3_ENDPOINT_URL="$AWS_ENDPOINT_URL"
at="s3://$BUCKET/${PREFIX}"
mkdir -p "$WORK/up" "$WORK/down"
head -c 1024000 "$LARGE" | split -a 4 -b 1024 - "$WORK/up/"
s5cmd cp "$WORK/up/*" "${at}many/" > /dev/null
test "$(s5cmd ls "${at}many/*" | wc -l)" = 1000
s5cmd cp "${at}many/*" "$WORK/down/" > /dev/null
diff -r "$WORK/up" "$WORK/down"
s5cmd cp --part-size 5 "$LARGE" "${at}large"
s5cmd cp "${at}large" "${at}copy"
s5cmd mv "${at}copy" "${at}moved"
s5cmd cp --part-size 5 "${at}moved" "$WORK/large"
cmp "$LARGE" "$WORK/large"
s5cmd rm "${at}*" > /dev/null
if s5cmd ls "${at}*" 2> /dev/null; then exit 1; fi
