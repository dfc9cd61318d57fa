/** The port that systemd holds: callers wait there while the proxy starts again. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { S3_PORT } from "../../../../app/proxy/listen/activation.ts";
import { DOCUMENT } from "../../../support/proxy.ts";
import { type ProxyProcess, startProxyProcess } from "../../../support/proxy-process.ts";
import { type S3Response, sendS3 } from "../../../support/s3-client.ts";
import { type SmallOci, startSmallOci } from "../../../support/small-oci/index.ts";
import { EMPTY_SHA256, signed, type TestRequest } from "./signer.ts";

let oci: SmallOci;
let dir: string;
let port: { fd: number; url: string; close(): void };
let proxy: ProxyProcess | undefined;

/** A port that outlives the proxy, and at which this process takes no connection, as systemd leaves it to the service. */
const hold = async (): Promise<{ fd: number; url: string; close(): void }> => {
  // Node takes the connections of every server of its own, so the proxy is the first to listen.
  const free = net.createServer();
  await new Promise<void>((resolve) => free.listen(0, "127.0.0.1", resolve));
  const { port: number } = free.address() as AddressInfo;
  await new Promise((resolve) => free.close(resolve));
  const handle = bind(number);
  return { fd: handle.fd, url: `http://127.0.0.1:${number}`, close: () => handle.close() };
};

/** Binds a port without listening at it, which only the inside of `node:net` can. */
const bind = (number: number): { fd: number; close(): void } =>
  (
    net as unknown as { _createServerHandle(address: string, port: number, type: 4): never }
  )._createServerHandle("127.0.0.1", number, 4);

const start = (clients: Record<string, unknown> = DOCUMENT.clients): Promise<ProxyProcess> =>
  startProxyProcess(oci, { clients } as never, undefined, { dir, descriptors: { [S3_PORT]: port.fd } });

const key = () => {
  const text = readFileSync(join(dir, "app.aws"), "utf8");
  const value = (name: string) => new RegExp(`^${name} = (.*)$`, "m").exec(text)![1]!;
  return {
    accessKeyId: value("aws_access_key_id"),
    secretAccessKey: value("aws_secret_access_key"),
    sessionToken: "",
    expiresMs: undefined,
  };
};
const signedList = (): TestRequest => {
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const headers: [string, string][] = [
    ["Host", new URL(port.url).host],
    ["x-amz-date", date],
    ["x-amz-content-sha256", EMPTY_SHA256],
  ];
  const request = signed({ method: "GET", url: "/", headers }, { key: key() });
  return { ...request, headers: [...request.headers, ["Connection", "close"]] };
};
const listBuckets = (): Promise<S3Response> => sendS3(port.url, signedList(), undefined);

beforeAll(async () => {
  oci = await startSmallOci();
  dir = mkdtempSync(join(tmpdir(), "keyless-held-"));
  port = await hold();
});
afterAll(async () => {
  await proxy?.end();
  port.close();
  await oci.close();
  rmSync(dir, { recursive: true, force: true });
});

it("keeps callers while a proxy that broke off starts again, and answers them then", async () => {
  proxy = await start();
  expect((await listBuckets()).body).toContain("<ListAllMyBucketsResult");
  // One that is asked to end takes the clients' tokens with it; this one has no time to.
  const gone = new Promise((resolve) => proxy!.child.once("exit", resolve));
  proxy.child.kill("SIGKILL");
  await gone;
  let answered = false;
  const waiting = listBuckets().finally(() => {
    answered = true;
  });
  await delay(100);
  expect(answered).toBe(false);
  proxy = await start();
  expect((await waiting).status).toBe(200);
});

it("keeps callers of one that ends, and is open where no client has a grant of a bucket", async () => {
  const request = signedList();
  expect(await proxy!.end()).toBe(0);
  const waiting = sendS3(port.url, request, undefined);
  proxy = await start({});
  const { status, code } = await waiting;
  expect([status, code]).toEqual([403, "InvalidAccessKeyId"]);
});
