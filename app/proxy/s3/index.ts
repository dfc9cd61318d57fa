/** The S3 door: one request from its signature to its answer. Loaded with the first request. @module */

import { admit, checkAudit, checkVersion } from "../admission.ts";
import { noPolicy } from "../authorise/refusal.ts";
import { awaitSession } from "../awaiting.ts";
import type { ProxyCore } from "../core.ts";
import type { Entrance } from "../listen/caller.ts";
import type { Inbound } from "../listen/caller-connection.ts";
import { newLine, type Recorded, record } from "../recorded.ts";
import { S3Error } from "./errors.ts";
import { namespaceOf } from "./namespace.ts";
import { Native } from "./native.ts";
import { operationOf } from "./operation.ts";
import { HANDLERS } from "./operations/index.ts";
import { readS3Request } from "./request.ts";
import { findKey } from "./signature/keys.ts";
import { verifyRequest } from "./signature/verify.ts";

export { respondWithS3Error, statusOf } from "./respond.ts";

/** Names of the door without their ports; a bucket's may stand before them. */
const namesOf = (entrance: Entrance): Set<string> => {
  const names = new Set(["localhost"]);
  for (const host of entrance.hosts) names.add(host.replace(/:\d{1,5}$/, ""));
  return names;
};
const names = new WeakMap<Entrance, Set<string>>();

const nameSetOf = (entrance: Entrance): Set<string> => {
  let set = names.get(entrance);
  if (!set) {
    set = namesOf(entrance);
    names.set(entrance, set);
  }
  return set;
};

/**
 * Runs one request in S3's form to its end.
 * @throws S3Error, ProxyError, ExchangeFailed
 */
export const runS3 = async (
  core: ProxyCore,
  entrance: Entrance,
  one: Inbound,
  recorded: Recorded,
): Promise<void> => {
  const { request, response, expectsContinue } = one;
  const { line } = recorded;
  line.service = "objectstorage";
  checkAudit(core);
  const signed = { method: request.method!, url: request.url!, rawHeaders: request.rawHeaders };
  const accepted = core.tokens.accepted();
  const nowMs = Date.now();
  const verified = verifyRequest(signed, (id) => findKey(id, accepted, nowMs), nowMs);
  const { client } = verified;
  if (entrance.client !== undefined && entrance.client !== client)
    throw new S3Error("AccessDenied", "the access key is another client's than this socket is");
  if (entrance.only && !entrance.only.has(client))
    throw new S3Error("AccessDenied", `this port is not one of ${client}'s`);
  line.client = client;
  admit(core, one, client);
  checkVersion(request.httpVersion, request.headers["transfer-encoding"] !== undefined);
  const policy = core.policy.clients.get(client);
  if (!policy) throw noPolicy(client, core.policy.unusable);
  const { method, url } = signed;
  const s3 = readS3Request({ method, url, headers: verified.headers }, nameSetOf(entrance));
  const operation = operationOf(s3);
  line.s3 = operation;
  const session = core.principal.current() ?? (await awaitSession(core, response));
  const native = new Native({
    core,
    client,
    policy,
    session,
    namespace: await namespaceOf(core),
    response,
    recorded,
    newLine: () => ({
      ...newLine(client),
      service: "objectstorage",
      s3: operation,
      requestId: line.requestId,
    }),
    record: (further) => record(core, further),
  });
  await HANDLERS[operation]({
    core,
    client,
    policy,
    s3,
    verified,
    native,
    request,
    response,
    requestId: line.requestId,
    expectsContinue,
  });
  if (!native.used) line.decision = "allowed";
  // A list may have an object that was refused, and that this line is about.
  if (line.code === undefined) line.status = response.statusCode;
};
