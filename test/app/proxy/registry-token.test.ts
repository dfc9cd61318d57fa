/** The Container Registry's tokens, as docs/access.md grants them: for one repository, and to pull only. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { accessSchema, allowRules, type StackIds } from "../../../access/index.ts";
import { noneIsSigned } from "../../support/attack.ts";
import { head, startTestProxy, type TestProxy } from "../../support/proxy.ts";
import { raw } from "../../support/raw.ts";

const page = readFileSync(resolve(import.meta.dirname, "../../../docs/access.md"), "utf8");
const [, example = ""] = /```yaml\n(- raw:\n {4}name: pull-web\n[^`]*)```/.exec(page) ?? [];
const SCOPE = "repository:examplenamespace/web:pull";
const TOKEN = "a-token-that-stands-in-no-log";

let t: TestProxy;
beforeAll(async () => {
  const access = accessSchema.parse({ clients: { app: parse(example) } });
  t = await startTestProxy({}, { clients: allowRules(access, {} as StackIds)! });
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
    `?scope=registry:catalog:*`,
  ];
  await noneIsSigned(
    t,
    queries.map((query) => head(line(query))),
  );
});
