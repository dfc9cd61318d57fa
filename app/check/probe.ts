/** One call that the check makes to see whether it is allowed. @module */

import { DefaultRequestSigner } from "oci-common";
import { substitute } from "../../document/placeholders.ts";
import type { Probe } from "../../document/schema.ts";
import type { ProbeResult } from "../../document/verdict.ts";
import { hostOf } from "../../oci/hosts.ts";
import { findOperation, type Operation } from "../../oci/operations/index.ts";
import type { InstanceInfo } from "../own-instance.ts";
import { UNUSABLE } from "./evaluate.ts";
import type { Provider } from "./read-secret.ts";
import { type MadeProbe, s3RequestOf } from "./s3-probes.ts";
import { callAsClient, getByS3 } from "./via-proxy.ts";

/**
 * The operation of a probe.
 * @throws Error when the table has no such operation
 */
const operationOf = (probe: Probe): Operation => {
  const found = findOperation(probe.operation);
  if (!found) throw new Error(`probe ${probe.name}: there is no operation ${probe.operation}`);
  return found;
};

/** `https://` host, path with its parameters filled in, and query. */
const urlOf = (probe: Probe, operation: Operation, identity: InstanceInfo): string => {
  const { regionIdentifier, realmDomainComponent } = identity.regionInfo;
  const host = hostOf(operation.service, regionIdentifier, realmDomainComponent, operation.name);
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(probe.params[name] ?? ""),
  );
  const query = new URLSearchParams(probe.query ?? {}).toString();
  return `${probe.endpoint ?? `https://${host}`}${path}${query ? `?${query}` : ""}`;
};

/**
 * Maps a status to what was observed: 2xx and 412 (authorised, then a condition did not hold) mean allowed;
 * 403 and 404 refused.
 * @param code the error's code
 * @param absent code of a 404 that only a caller who may make the call is given
 */
export const observe = (status: number, code?: string, absent?: string): ProbeResult["observed"] => {
  if ((status >= 200 && status < 300) || status === 412) return "allowed";
  if (status === 404 && absent !== undefined && code === absent) return "allowed";
  return status === 404 || status === 403 ? "refused" : "error";
};

/** True when a result is as expected: a refusal proves something only of a target that exists. */
export const isAsExpected = (probe: Probe, observed: ProbeResult["observed"]): boolean =>
  probe.expected === "refused"
    ? observed === "refused" && probe.target.seen !== "nobody"
    : observed === "allowed";

/** A request as it is sent, before it is signed. */
interface ProbeRequest {
  operation: Operation;
  url: string;
  headers: Record<string, string>;
  body: string | undefined;
}

/** Sends a request signed with the instance principal. */
export const callDirectly = async (
  { operation, url, headers, body }: ProbeRequest,
  provider: Provider,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> => {
  const signed = new Headers(headers);
  await new DefaultRequestSigner(provider).signHttpRequest(
    { method: operation.method, uri: url, headers: signed, body } as Parameters<
      DefaultRequestSigner["signHttpRequest"]
    >[0],
    !operation.bodySigned,
  );
  const response = await fetch(url, {
    method: operation.method,
    headers: signed,
    ...(body !== undefined && { body }),
    redirect: "error",
    signal,
  });
  const text = response.ok ? "" : await response.text();
  await response.body?.cancel().catch(() => {});
  return { status: response.status, text };
};

const MAX_MESSAGE_LENGTH = 300;

/** The message of an error's body; undefined where it is cut off or none. */
const messageIn = (text: string): string | undefined => {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === "string" ? message.slice(0, MAX_MESSAGE_LENGTH) : undefined;
  } catch {
    return undefined;
  }
};

/** Makes the call, by itself or through the proxy in a client's name; never throws. */
export const runProbe = async (
  written: MadeProbe,
  identity: InstanceInfo,
  provider: Provider,
  signal: AbortSignal,
): Promise<ProbeResult> => {
  const probe: MadeProbe = substitute(written, identity.id);
  const { name, says, operation, target, expected, client } = probe;
  const result = (status: number, code?: string, message?: string): ProbeResult => {
    const observed =
      status === 404 && code !== undefined && code === probe.absent ? "allowed" : observe(status);
    return {
      name,
      says,
      operation,
      target,
      expected,
      observed,
      status,
      ...(code && { code }),
      ...(message && { message }),
      ...(client && { client }),
      ok: isAsExpected(probe, observed),
    };
  };
  try {
    const op = operationOf(probe);
    const body = probe.body === undefined ? undefined : JSON.stringify(probe.body);
    const outgoing: ProbeRequest = {
      operation: op,
      url: urlOf(probe, op, identity),
      headers: { ...probe.headers, ...(body !== undefined && { "content-type": "application/json" }) },
      body,
    };
    const limit = AbortSignal.any([signal, AbortSignal.timeout(15_000)]);
    const { status, text } = probe.byS3
      ? await getByS3(client!, s3RequestOf(probe), limit)
      : client
        ? await callAsClient(client, op.service, { ...outgoing, method: op.method }, limit)
        : await callDirectly(outgoing, provider, limit);
    const code = (/"code"\s*:\s*"(\w+)"/.exec(text) ?? /<Code>(\w+)<\/Code>/.exec(text))?.[1];
    return result(status, code, client && code === UNUSABLE ? messageIn(text) : undefined);
  } catch (error) {
    return result(0, error instanceof Error ? error.name : "Error");
  }
};
