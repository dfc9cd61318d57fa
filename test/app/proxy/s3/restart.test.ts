/** A proxy that ends in the middle of an upload in parts: what was sent stays, can be gone on with, and given up. */
import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, expect, it } from "vitest";
import { presign, s3Call } from "../../../support/s3-client.ts";
import { type S3World, startS3World } from "../../../support/s3-world.ts";

let world: S3World;
beforeAll(async () => {
  world = await startS3World({ timeouts: { drainMs: 50 } });
}, 60_000);
afterAll(() => world.close());

const call = (method: string, target: string, options: Parameters<typeof s3Call>[4] = {}) =>
  s3Call(world, "app", method, target, options);
const text = (body: string, name: string): string | undefined =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1];

it("leaves the upload with the parts that were whole", async () => {
  const id = text((await call("POST", "/exports/big?uploads")).body, "UploadId")!;
  const target = `/exports/big?uploadId=${encodeURIComponent(id)}`;
  const part = Buffer.alloc(5 * 1024 * 1024, "a");
  const etag = (await call("PUT", `${target}&partNumber=1`, { body: part })).headers["etag"]!;
  // A second part, half of which is on its way when the proxy ends.
  const half = presign(world, "app", "PUT", `${target}&partNumber=2`);
  const broken = new Promise((resolve) => {
    const { hostname, port } = new URL(world.url);
    const headers = { host: `${hostname}:${port}`, "content-length": part.length };
    const request = httpRequest({ host: hostname, port, method: "PUT", path: half.url, headers });
    request.on("error", resolve).on("response", (response) => response.resume().on("close", resolve));
    request.write(part.subarray(0, part.length / 2));
  });
  await world.restart();
  await broken;
  const listed = (await call("GET", target)).body;
  expect([...listed.matchAll(/<PartNumber>/g)].length).toBe(1);
  expect((await call("GET", "/exports?uploads")).body).toContain(id);
  const last = (await call("PUT", `${target}&partNumber=2`, { body: "end" })).headers["etag"]!;
  const parts = [etag, last].map(
    (one, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${one}</ETag></Part>`,
  );
  const body = `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
  expect((await call("POST", target, { body })).status).toBe(200);
  expect((await call("HEAD", "/exports/big")).headers["content-length"]).toBe(String(part.length + 3));
  const other = text((await call("POST", "/exports/other?uploads")).body, "UploadId")!;
  await world.restart();
  expect((await call("DELETE", `/exports/other?uploadId=${encodeURIComponent(other)}`)).status).toBe(204);
});
