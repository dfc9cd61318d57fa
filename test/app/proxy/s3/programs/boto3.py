"""boto3: objects, a multipart upload, ranges in parallel, copies, batches, presigned URLs."""

import filecmp
import hashlib
import os
import urllib.request

import boto3
from botocore.exceptions import ClientError

bucket, prefix, work, large = (os.environ[n] for n in ("BUCKET", "PREFIX", "WORK", "LARGE"))
s3 = boto3.client("s3")
key = prefix + "dir/a b+c%ü.txt"

md5 = hashlib.md5(b"hello").hexdigest()
assert s3.put_object(Bucket=bucket, Key=key, Body=b"hello", Metadata={"colour": "blue"})["ETag"] == f'"{md5}"'
got = s3.get_object(Bucket=bucket, Key=key)
assert got["Body"].read() == b"hello" and got["Metadata"] == {"colour": "blue"} and got["ETag"] == f'"{md5}"'
assert s3.get_object(Bucket=bucket, Key=key, Range="bytes=1-3")["Body"].read() == b"ell"


def refused(code, call, **members):
    try:
        call(Bucket=bucket, **members)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
    else:
        raise AssertionError(f"{code} expected")


refused("PreconditionFailed", s3.put_object, Key=key, Body=b"x", IfNoneMatch="*")
refused("NoSuchKey", s3.get_object, Key=prefix + "absent")
refused("404", s3.head_object, Key=prefix + "absent")

s3.upload_file(large, bucket, prefix + "large", ExtraArgs={"ContentType": "application/x-test"})
head = s3.head_object(Bucket=bucket, Key=prefix + "large")
assert head["ContentType"] == "application/x-test" and head["ETag"].endswith('-3"'), head
s3.copy({"Bucket": bucket, "Key": prefix + "large"}, bucket, prefix + "copy")
for name in ("large", "copy"):
    s3.download_file(bucket, prefix + name, os.path.join(work, name))
    assert filecmp.cmp(large, os.path.join(work, name), shallow=False), name

pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, PaginationConfig={"PageSize": 1})
assert [o["Key"] for page in pages for o in page.get("Contents", [])] == [prefix + "copy", key, prefix + "large"]
folders = s3.list_objects_v2(Bucket=bucket, Prefix=prefix, Delimiter="/")
assert [p["Prefix"] for p in folders["CommonPrefixes"]] == [prefix + "dir/"]

url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key})
assert urllib.request.urlopen(url).read() == b"hello"

keys = [{"Key": k} for k in (key, prefix + "large", prefix + "copy", prefix + "absent")]
assert len(s3.delete_objects(Bucket=bucket, Delete={"Objects": keys})["Deleted"]) == 4
assert "Contents" not in s3.list_objects_v2(Bucket=bucket, Prefix=prefix)
