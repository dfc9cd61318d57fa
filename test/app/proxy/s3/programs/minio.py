"""minio-py: objects, multipart uploads, server-side composition, batches, presigned URLs."""

import filecmp
import io
import os
import urllib.request
from datetime import timedelta
from urllib.parse import urlsplit

from minio import Minio
from minio.commonconfig import ComposeSource, CopySource
from minio.deleteobjects import DeleteObject
from minio.error import S3Error

bucket, prefix, work, large = (os.environ[n] for n in ("BUCKET", "PREFIX", "WORK", "LARGE"))
client = Minio(
    urlsplit(os.environ["AWS_ENDPOINT_URL"]).netloc,
    access_key=os.environ["AWS_ACCESS_KEY_ID"],
    secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
    secure=False,
)
assert client.bucket_exists(bucket)
key = prefix + "dir/a b+c%ü.txt"
client.put_object(bucket, key, io.BytesIO(b"hello"), 5, metadata={"colour": "blue"})
with client.get_object(bucket, key) as response:
    assert response.read() == b"hello"
assert client.stat_object(bucket, key).metadata["x-amz-meta-colour"] == "blue"
try:
    client.stat_object(bucket, prefix + "absent")
except S3Error as error:
    assert error.code == "NoSuchKey", error
else:
    raise AssertionError("NoSuchKey expected")

client.fput_object(bucket, prefix + "large", large, part_size=5 * 1024 * 1024)
client.copy_object(bucket, prefix + "copy", CopySource(bucket, prefix + "large"))
client.compose_object(bucket, prefix + "twice", [ComposeSource(bucket, prefix + "large")] * 2)
assert client.stat_object(bucket, prefix + "twice").size == 2 * os.path.getsize(large)
for name in ("large", "copy"):
    client.fget_object(bucket, prefix + name, os.path.join(work, name))
    assert filecmp.cmp(large, os.path.join(work, name), shallow=False), name

names = sorted(o.object_name for o in client.list_objects(bucket, prefix, recursive=True))
assert names == sorted([key] + [prefix + n for n in ("copy", "large", "twice")]), names
url = client.presigned_get_object(bucket, key, expires=timedelta(minutes=1))
assert urllib.request.urlopen(url).read() == b"hello"
assert not list(client.remove_objects(bucket, [DeleteObject(n) for n in names]))
assert not list(client.list_objects(bucket, prefix, recursive=True))
