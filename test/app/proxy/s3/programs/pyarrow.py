"""pyarrow: a data set of Parquet files, written and read by columns and filters."""

import os
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from pyarrow import fs

bucket, prefix = os.environ["BUCKET"], os.environ["PREFIX"]
endpoint = urlsplit(os.environ["AWS_ENDPOINT_URL"])
store = fs.S3FileSystem(endpoint_override=endpoint.netloc, scheme=endpoint.scheme)

rows = 200_000
table = pa.table({"n": range(rows), "part": [i % 4 for i in range(rows)], "text": [f"row {i}" for i in range(rows)]})
root = f"{bucket}/{prefix}data"
ds.write_dataset(table, root, filesystem=store, format="parquet", partitioning=["part"])
read = ds.dataset(root, filesystem=store, format="parquet", partitioning=["part"])
assert len(read.files) == 4, read.files
assert sorted(read.to_table(columns=["n"], filter=pc.field("part") == 3)["n"].to_pylist()) == list(range(3, rows, 4))
assert sorted(read.to_table(columns=["text"])["text"].to_pylist()) == sorted(table["text"].to_pylist())

with store.open_output_stream(f"{bucket}/{prefix}large") as out, open(os.environ["LARGE"], "rb") as file:
    content = file.read()
    out.write(content)
with store.open_input_file(f"{bucket}/{prefix}large") as file:
    assert file.read() == content
store.delete_dir_contents(f"{bucket}/{prefix}")
assert not store.get_file_info(fs.FileSelector(f"{bucket}/{prefix}", recursive=True, allow_not_found=True))
