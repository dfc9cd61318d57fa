/** The Container Registry's tokens, as docs/access.md grants them: for one repository, and to pull only. */
import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { accessSchema, allowRules, type StackIds } from "../../../access/index.ts";
import { noneIsSigned } from "../../support/attack.ts";
import { head, startTestProxy, type TestProxy } from "../../support/proxy.ts";
import { raw } from "../../support/raw.ts";
import { skipUnless } from "../../support/skip.ts";

const page = readFileSync(resolve(import.meta.dirname, "../../../docs/access.md"), "utf8");
const [, example = ""] = /```yaml\n(- registry: [^`]*)```/.exec(page) ?? [];
const SCOPE = "repository:examplenamespace/team/web:pull";
const TOKEN = "a-token-that-stands-in-no-log";

let t: TestProxy;
beforeAll(async () => {
  const access = accessSchema.parse({ clients: { app: parse(example) } });
  t = await startTestProxy(
    {},
    { clients: allowRules(access, { namespace: "examplenamespace" } as StackIds)! },
  );
  await t.proxy.ready();
  t.oci.onRequest = (req, res) => {
    t.oci.seen.push({ method: req.method, host: req.headers.host, target: req.url } as never);
    const body = JSON.stringify({ token: TOKEN, access_token: TOKEN, scope: SCOPE, expires_in: 3600 });
    res.writeHead(200, { "content-type": "application/json", "content-length": body.length });
    res.end(body);
    return true;
  };
});
afterAll(() => t.close());

const line = (query: string) => `GET /containerregistry/20180419/docker/token${query}`;

test("a token to pull from the repository is had at the registry's own host", async () => {
  const asked = await raw(t.socket("app"), head(line(`?service=iad.ocir.io&scope=${SCOPE}`)));
  expect([asked.status, JSON.parse(asked.body).token]).toEqual([200, TOKEN]);
  expect(t.oci.seen.map(({ host }) => host)).toEqual(["ocir.xx-test-1.oci.cloud.example"]);
  await expect.poll(() => t.audit().length, { timeout: 3000 }).toBe(1);
  expect(JSON.stringify(t.audit())).not.toContain(TOKEN);
});

test("no other token is", async () => {
  const other = SCOPE.replace("web", "other");
  const queries = [
    "",
    "?service=iad.ocir.io",
    "?scope",
    "?scope=",
    `?scope=${other}`,
    `?scope=${SCOPE},push`,
    `?scope=${SCOPE.replace("pull", "push,pull")}`,
    `?scope=${SCOPE.replace("pull", "*")}`,
    `?scope=${SCOPE}%20${other}`,
    `?scope=${SCOPE}+${other}`,
    `?scope=${SCOPE}&scope=${other}`,
    `?scope=${other}&scope=${SCOPE}`,
    `?scope=${SCOPE}&Scope=${other}`,
    `?scope=${SCOPE}&scope[]=${other}`,
    `?scope=${SCOPE}&sc%6Fpe=${other}`,
    `?scope=${SCOPE}&service=a%26scope=${other}`,
    `?scope=${SCOPE};scope=${other}`,
    `?scope=${SCOPE.replace("/", "%252F")}`,
    `?scope=${SCOPE.replace("examplenamespace/", "")}`,
    `?scope=${SCOPE.replace("team/", "")}`,
    `?scope=${SCOPE.replace("team/web", "team/web/deeper")}`,
    `?scope=${SCOPE.replace("team/web", "team/../team/web")}`,
    `?scope=${SCOPE.replace("web", "*")}`,
    `?scope=${SCOPE.toUpperCase()}`,
    `?scope=registry:catalog:*`,
  ];
  await noneIsSigned(
    t,
    queries.map((query) => head(line(query))),
  );
});

/** A registry with one image, for who shows the token; everybody else is told where one is had. */
const registry = () => {
  const blobs = new Map<string, Buffer>();
  const blob = (content: Buffer, mediaType: string) => {
    const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    blobs.set(digest, content);
    return { mediaType, digest, size: content.length };
  };
  const type = "application/vnd.oci.image.manifest.v1+json";
  const layer = Buffer.alloc(1024);
  const diffId = `sha256:${createHash("sha256").update(layer).digest("hex")}`;
  const config = { architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [diffId] } };
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: type,
      config: blob(Buffer.from(JSON.stringify(config)), "application/vnd.oci.image.config.v1+json"),
      layers: [blob(gzipSync(layer), "application/vnd.oci.image.layer.v1.tar+gzip")],
    }),
  );
  return createServer((req, res) => {
    if (req.headers.authorization !== `Bearer ${TOKEN}`) {
      res.setHeader("www-authenticate", 'Bearer realm="http://127.0.0.1:9/none",service="test",scope=""');
      return res.writeHead(401).end("{}");
    }
    const [, kind, name] =
      /^\/v2\/examplenamespace\/team\/web\/(manifests|blobs)\/(.+)$/.exec(req.url!) ?? [];
    const found = kind === "manifests" ? manifest : blobs.get(name ?? "");
    if (req.url !== "/v2/" && !found) return res.writeHead(404).end("{}");
    res.setHeader("content-type", kind === "manifests" ? type : "application/octet-stream");
    return res.end(found ?? "{}");
  });
};

const skopeo = skipUnless(spawnSync("skopeo", ["--version"]).status === 0, "skopeo is not on PATH");

skopeo.it("skopeo pulls with the proxy's token, and not without", async () => {
  const { body } = await raw(t.socket("app"), head(line(`?scope=${SCOPE}`)));
  const { token } = JSON.parse(body) as { token: string };
  const server = registry().listen(0, "127.0.0.1");
  await once(server, "listening");
  const pull = (into: string, ...how: string[]) =>
    promisify(execFile)("skopeo", [
      "--insecure-policy",
      "copy",
      "--src-tls-verify=false",
      ...how,
      `docker://127.0.0.1:${(server.address() as AddressInfo).port}/examplenamespace/team/web:1`,
      `dir:${join(t.dir, into)}`,
    ]);
  try {
    await pull("image", "--src-registry-token", token);
    expect(readdirSync(join(t.dir, "image"))).toContain("manifest.json");
    await expect(pull("nothing", "--src-no-creds")).rejects.toThrow(/127\.0\.0\.1:9|unauthorized/);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
