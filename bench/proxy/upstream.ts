/** The upstream of the benchmark, a process of its own: a small OCI that verifies every signature. @module */
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { startSmallOci } from "../../test/support/small-oci/index.ts";
import { wrongWithToken } from "../../test/support/small-oci/verify.ts";
import { piecesOf } from "./pattern.ts";

const body = Buffer.alloc(1024, "x");

const oci = await startSmallOci();
oci.remember = false;
let signed = 0;
/** Responds with many zeros; their number is the last part of the path. */
const sendMany = (target: string, res: ServerResponse): void => {
  let leftBytes = Number(target.split("/").at(-1));
  res.writeHead(200, { "content-length": leftBytes });
  const piece = Buffer.alloc(256 * 1024);
  const more = (): void => {
    while (leftBytes > 0) {
      const part = leftBytes < piece.length ? piece.subarray(0, leftBytes) : piece;
      leftBytes -= part.length;
      if (!res.write(part)) {
        res.once("drain", more);
        return;
      }
    }
    res.end();
  };
  more();
};

/** Responds with the pattern that the other side knows. */
const sendPattern = (target: string, res: ServerResponse): void => {
  const sizeBytes = Number(target.split("/").at(-1));
  res.writeHead(200, { "content-length": sizeBytes });
  Readable.from(piecesOf(sizeBytes)).pipe(res);
};

/** Responds with the digest of the request's body. */
const hashBody = (req: IncomingMessage, res: ServerResponse): void => {
  const hash = createHash("sha256");
  req.on("data", (chunk: Buffer) => hash.update(chunk));
  req.on("end", () => res.end(hash.digest("base64")));
};

const sendLittle = (res: ServerResponse): void => {
  res.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
};

oci.onRequest = (req, res) => {
  // What is measured without a proxy is not signed, and gets the same responses.
  const isUnsigned = req.url!.startsWith("/unsigned");
  if (req.method === "PUT" && req.url!.endsWith("/hashed")) {
    hashBody(req, res);
    return true;
  }
  if (req.method === "PUT" && (isUnsigned || Number(req.headers["content-length"]) > 10_000_000)) {
    // A body too long to be kept; the signature does not cover it.
    req.on("data", () => undefined).on("end", () => res.writeHead(200, { "content-length": 0 }).end());
    return true;
  }
  if (req.method === "GET" && !isUnsigned && !/\/(big|pattern)\//.test(req.url!)) {
    // The same verification as in tests, without what they keep: the upstream takes no more of the cores than it must.
    const wrong = wrongWithToken({ method: "GET", target: req.url!, headers: req.headers, body: undefined });
    if (wrong) res.writeHead(401).end(wrong);
    else {
      signed += 1;
      sendLittle(res);
    }
    return true;
  }
  if (!isUnsigned) return false;
  if (req.url!.includes("/big/")) sendMany(req.url!, res);
  else sendLittle(res);
  return true;
};
oci.respond = (seen, res) => {
  signed += 1;
  if (seen.target.includes("/big/")) sendMany(seen.target, res);
  else if (seen.target.includes("/pattern/")) sendPattern(seen.target, res);
  else sendLittle(res);
};
process.on("message", (message: { set?: Partial<typeof oci> }) => {
  if (message.set) Object.assign(oci, message.set);
  process.send!({ signed, federation: oci.counts.federation });
});
process.on("disconnect", () => process.exit(0));
process.send!({ metadataUrl: oci.metadataUrl, tlsPort: oci.tlsPort, ca: oci.ca });
