// Amazon's SDK for JavaScript v3: objects, a streamed multipart upload, pages, copies, batches.
// @ts-nocheck: the packages are not of this project.
import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";

const { BUCKET: Bucket, PREFIX, LARGE } = process.env;
const client = new S3Client({ forcePathStyle: true });
const same = (found, wanted) => {
  if (JSON.stringify(found) !== JSON.stringify(wanted))
    throw new Error(`${JSON.stringify(found)} is not ${JSON.stringify(wanted)}`);
};
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const Key = `${PREFIX}dir/a b+c%ü.txt`;

const put = await client.send(
  new PutObjectCommand({ Bucket, Key, Body: "hello", Metadata: { colour: "blue" } }),
);
same(put.ETag, `"${createHash("md5").update("hello").digest("hex")}"`);
const got = await client.send(new GetObjectCommand({ Bucket, Key }));
same([await got.Body.transformToString(), got.Metadata], ["hello", { colour: "blue" }]);
const absent = await client.send(new GetObjectCommand({ Bucket, Key: `${PREFIX}absent` })).catch((e) => e);
same([absent.name, absent.$metadata.httpStatusCode], ["NoSuchKey", 404]);

const large = { Bucket, Key: `${PREFIX}large` };
await new Upload({ client, params: { ...large, Body: createReadStream(LARGE) } }).done();
const copy = { Bucket, Key: `${PREFIX}copy` };
await client.send(
  new CopyObjectCommand({ ...copy, CopySource: `${Bucket}/${encodeURIComponent(large.Key)}` }),
);
for (const one of [large, copy]) {
  const { Body } = await client.send(new GetObjectCommand(one));
  same(sha256(await Body.transformToByteArray()), sha256(readFileSync(LARGE)));
}
same((await client.send(new HeadObjectCommand(large))).ContentLength, readFileSync(LARGE).length);

const keys = [];
for await (const page of paginateListObjectsV2({ client, pageSize: 1 }, { Bucket, Prefix: PREFIX }))
  keys.push(...(page.Contents ?? []).map((o) => o.Key));
same(keys, [copy.Key, Key, large.Key]);
const Delete = { Objects: keys.map((k) => ({ Key: k })) };
same((await client.send(new DeleteObjectsCommand({ Bucket, Delete }))).Deleted.length, 3);
