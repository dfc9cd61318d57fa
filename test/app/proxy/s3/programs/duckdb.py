"""DuckDB: Parquet written and read by httpfs, columns and row groups by ranges, and files by a pattern."""

import os
import pathlib
import urllib.parse

import duckdb
import duckdb_extension_httpfs

bucket, prefix = os.environ["BUCKET"], os.environ["PREFIX"]
at = f"s3://{bucket}/{prefix}"
endpoint = urllib.parse.urlparse(os.environ["AWS_ENDPOINT_URL"]).netloc
[extension] = pathlib.Path(duckdb_extension_httpfs.__file__).parent.glob("extensions/*/httpfs.duckdb_extension")

db = duckdb.connect(config={"extension_directory": os.environ["WORK"]})
db.execute(f"INSTALL '{extension}'; LOAD httpfs")
db.execute(
    f"""CREATE SECRET (TYPE s3, KEY_ID '{os.environ["AWS_ACCESS_KEY_ID"]}', SECRET '{os.environ["AWS_SECRET_ACCESS_KEY"]}',
    ENDPOINT '{endpoint}', REGION 'eu-frankfurt-1', URL_STYLE 'path', USE_SSL false)"""
)
# Random text does not compress, so that columns are read by ranges.
db.execute(
    f"""COPY (SELECT i, i % 7 AS kind, md5(i::VARCHAR) AS text FROM range(100000) t(i))
    TO '{at}all.parquet' (FORMAT parquet, ROW_GROUP_SIZE 20000)"""
)
[found] = db.execute(f"SELECT count(*), sum(i) FROM '{at}all.parquet' WHERE kind = 3").fetchall()
numbers = range(3, 100000, 7)
assert found == (len(numbers), sum(numbers)), found
[(text,)] = db.execute(f"SELECT text FROM '{at}all.parquet' WHERE i = 99999").fetchall()
assert text == db.execute("SELECT md5('99999')").fetchone()[0]

db.execute(
    f"COPY (SELECT i, i % 3 AS part FROM range(300) t(i)) TO '{at}parts' (FORMAT parquet, PARTITION_BY (part))"
)
assert db.execute(f"SELECT part, count(*) FROM '{at}parts/*/*.parquet' GROUP BY part ORDER BY part").fetchall() == [
    (0, 100),
    (1, 100),
    (2, 100),
]
db.execute(f"COPY (SELECT 'ü' AS text) TO '{at}a b+c.csv'")
assert db.execute(f"SELECT text FROM '{at}a b+c.csv'").fetchall() == [("ü",)]
try:
    db.execute(f"SELECT * FROM '{at}absent.parquet'")
except duckdb.HTTPException as error:
    assert "404" in str(error), error
except duckdb.IOException as error:
    assert "No files found" in str(error) or "404" in str(error), error
else:
    raise AssertionError("an object that is not there was read")
