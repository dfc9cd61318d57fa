/** Bodies that nobody wants any more: their callers get the response, and what they send next is read. */
import { createHash } from "node:crypto";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { head, startTestProxy, type TestProxy, VM } from "../../support/proxy.ts";
import { type SmallOci, startSmallOci } from "../../support/small-oci/index.ts";

let oci: SmallOci;
let t: TestProxy;
beforeAll(async () => {
  oci = await startSmallOci();
  t = await startTestProxy({}, undefined, oci);
  await t.proxy.ready();
});
afterAll(async () => {
  await t.close();
  await oci.close();
});
afterEach(() => {
  oci.onRequest = undefined;
});

/** What the service makes of the next upload; later requests are answered as ever. */
const meetUpload = (fault: NonNullable<SmallOci["onRequest"]>): void => {
  oci.onRequest = (req, res) => {
    oci.onRequest = undefined;
    return fault(req, res);
  };
};
const reset: NonNullable<SmallOci["onRequest"]> = (req) => {
  req.socket.destroy();
  return true;
};
const refuse: NonNullable<SmallOci["onRequest"]> = (_, res) => {
  res.writeHead(403, { "content-length": 2 }).end("{}");
  return true;
};

const upload = (body: Buffer, withDigest: boolean): string => {
  const digest = `x-content-sha256: ${createHash("sha256").update(body).digest("base64")}`;
  const length = `Content-Length: ${body.length}`;
  return head("PUT /objectstorage/n/ns/b/exports/o/daily/x", ...(withDigest ? [length, digest] : [length]));
};
const statusesOf = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map((m) => Number(m[1]));

/** Sends pieces and waits between them; gives the statuses of so many responses, or of those before the end. */
const converse = (pieces: readonly (string | Buffer | number)[], responses: number): Promise<number[]> =>
  new Promise((resolve) => {
    const socket = connect((t.socket("app") as { path: string }).path);
    let text = "";
    const finish = (): void => {
      clearTimeout(late);
      socket.destroy();
      resolve(statusesOf(text));
    };
    const late = setTimeout(finish, 8000);
    socket.on("error", () => undefined).on("close", finish);
    socket.on("data", (piece) => {
      text += piece.toString("latin1");
      if (statusesOf(text).length === responses) finish();
    });
    void (async () => {
      for (const piece of pieces) {
        if (typeof piece === "number") await delay(piece);
        else socket.write(piece);
      }
    })();
  });

/** As clients that read nothing before they have written everything. */
const writeFirst = (bytes: readonly (string | Buffer)[]): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect((t.socket("app") as { path: string }).path);
    let text = "";
    socket.pause();
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(text));
    socket.on("data", (piece) => {
      text += piece.toString("latin1");
    });
    socket.write(Buffer.concat(bytes.map((b) => Buffer.from(b as string, "latin1"))), () => {
      socket.resume();
      socket.end();
    });
  });

describe.each([
  ["", false],
  [" with a digest", true],
])("an upload%s", (_, withDigest) => {
  it.each([
    ["answered early", refuse, 403],
    ["broken off by the service", reset, 502],
  ])("that is large and %s", async (_, fault, status) => {
    meetUpload(fault);
    const body = Buffer.alloc(30_000_000, "x");
    expect(statusesOf(await writeFirst([upload(body, withDigest), body]))).toEqual([status]);
  });

  it("that is small and broken off leaves its connection to the next request", async () => {
    meetUpload(reset);
    const body = Buffer.alloc(60_000, "x");
    const pieces = Array.from({ length: 12 }, (_, i) => [body.subarray(i * 5000, (i + 1) * 5000), 30]);
    const next = head(`GET /core/20160918/instances/${VM}`);
    expect(await converse([upload(body, withDigest), ...pieces.flat(), next], 2)).toEqual([502, 200]);
  });
});

it("uploads that are answered early one after the other leave nothing on their connection", async () => {
  const warnings: Error[] = [];
  const warned = (warning: Error): void => void warnings.push(warning);
  process.on("warning", warned);
  oci.onRequest = refuse;
  const body = Buffer.alloc(1000, "x");
  const one = [upload(body, false), body.subarray(0, 10), 60, body.subarray(10)];
  expect(await converse(Array(12).fill(one).flat(), 12)).toEqual(Array(12).fill(403));
  await delay(10);
  process.off("warning", warned);
  expect(warnings).toEqual([]);
});

it("a request behind an upload that was answered early and sent to its end is not cut", async () => {
  const body = Buffer.alloc(100_000, "x");
  meetUpload((req, res) => {
    oci.onRequest = (_, later) => {
      // Longer than a caller may go on sending what nobody reads.
      setTimeout(() => later.writeHead(200, { "content-length": 2 }).end("{}"), 1300);
      return true;
    };
    return refuse(req, res);
  });
  const next = head(`GET /core/20160918/instances/${VM}`);
  const pieces = [upload(body, false), body.subarray(0, 10), 200, body.subarray(10), next];
  expect(await converse(pieces, 2)).toEqual([403, 200]);
});
