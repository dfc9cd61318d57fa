/**
 * An agent's request on its way: its body becomes those of one or several calls, each is decided on, and only then are
 * they signed and sent, in order.
 * @module
 */
import { setImmediate } from "node:timers/promises";
import type { AgentReply, AgentRoute, CallResponse, Translated } from "../agents/form.ts";
import { serviceHost } from "../authorise/route.ts";
import type { ProxyCore } from "../core.ts";
import { ProxyError } from "../errors.ts";
import { withLength } from "../listen/headers.ts";
import { Collected } from "../upstream/collected.ts";
import { CallerGone } from "../upstream/failure.ts";
import type { Authorised } from "./authorised.ts";
import { tooLarge } from "./body.ts";
import { settle } from "./forward.ts";
import { buffered, bufferLimit, decodedWithin, preparedJson } from "./prepare.ts";
import { sendRepeatably } from "./send.ts";

/** Size up to which a response is kept, in bytes. */
const MAX_RESPONSE_BYTES = 1024 * 1024;

/** One call, decided on. */
interface Call {
  body: Buffer;
  settled: Awaited<ReturnType<typeof settle>>;
}

/** The coding of the agent's body, one of those that its form takes. */
const encodingOf = ({ headers }: Authorised, { encodings }: AgentRoute): AgentRoute["encodings"][number] => {
  const encoding = headers.contentEncoding?.toLowerCase() ?? "";
  const known = encodings.find((one) => one === encoding);
  if (known !== undefined) return known;
  throw new ProxyError(
    "UnsupportedBody",
    `Content-Encoding is ${JSON.stringify(encoding.slice(0, 100))}: write ${encodings.map((one) => one || "none").join(" or ")}`,
  );
};

const decodedSnappy = async (core: ProxyCore, client: string, body: Buffer): Promise<Buffer> => {
  const { decodeSnappy, statedSnappySize } = await import("../prometheus/snappy.ts");
  const sizeBytes = statedSnappySize(body, bufferLimit(core, client));
  core.budget.take(client, sizeBytes);
  try {
    return decodeSnappy(body, sizeBytes);
  } catch (error) {
    core.budget.give(client, sizeBytes);
    throw error;
  }
};

/** The agent's body, decoded. What it takes of the budget, its length, is the caller's to give back. */
const decoded = async (core: ProxyCore, one: Authorised, agent: AgentRoute): Promise<Buffer> => {
  const { client, headers, response } = one;
  const encoding = encodingOf(one, agent);
  const limitBytes = bufferLimit(core, client);
  if ((headers.contentLength ?? 0) > limitBytes) throw tooLarge(limitBytes);
  if (one.expectsContinue) response.writeContinue();
  const body = await buffered(core, one);
  if (encoding === "") return body;
  try {
    return await (encoding === "gzip" ? decodedWithin : decodedSnappy)(core, client, body);
  } finally {
    core.budget.give(client, body.length);
  }
};

/** Counts what a translation takes of the budget, to be given back as one. */
class Taken {
  readonly #core: ProxyCore;
  readonly #client: string;
  #bytes = 0;

  constructor(core: ProxyCore, client: string) {
    this.#core = core;
    this.#client = client;
  }

  readonly take = (sizeBytes: number): void => {
    const limitBytes = bufferLimit(this.#core, this.#client);
    if (this.#bytes + sizeBytes > limitBytes) {
      throw new ProxyError(
        "BodyTooLarge",
        `the entries come to more than ${limitBytes} bytes as the service takes them: send fewer at once`,
      );
    }
    this.#core.budget.take(this.#client, sizeBytes);
    this.#bytes += sizeBytes;
  };

  give(): void {
    this.#core.budget.give(this.#client, this.#bytes);
    this.#bytes = 0;
  }
}

/** Translates an agent's body, and decides on all that comes of it. */
const translated = async (
  core: ProxyCore,
  one: Authorised,
  agent: AgentRoute,
  taken: Taken,
): Promise<{ calls: Call[]; answer: Translated["answer"] }> => {
  const { client, response } = one;
  const body = await decoded(core, one, agent);
  try {
    const translate = await agent.load();
    const { bodies, answer } = translate(body, { client, nowMs: Date.now(), take: taken.take });
    const calls: Call[] = [];
    for (const made of bodies) {
      if (made) calls.push({ body: made, settled: await settle(core, one, made) });
      await setImmediate();
      if (response.destroyed) throw new CallerGone("the caller went away");
    }
    return { calls, answer };
  } finally {
    core.budget.give(client, body.length);
  }
};

/** Sends the calls until one fails. @returns the responses, that of the failure last */
const sendAll = async (core: ProxyCore, one: Authorised, calls: readonly Call[]): Promise<CallResponse[]> => {
  const { client, match, target, session, line } = one;
  const host = serviceHost(match.operation, core.principal.identity!);
  const responses: CallResponse[] = [];
  for (const [before, { body, settled }] of calls.entries()) {
    const collected = new Collected(one.response, MAX_RESPONSE_BYTES);
    line.calls = before + 1;
    const outcome = await sendRepeatably(core, {
      client,
      match,
      target: target.forwarded,
      // Of the agent's headers none is about the body that is sent.
      headers: settled.headers ?? [],
      prepared: preparedJson(body),
      lengthBytes: body.length,
      hasRetryToken: false,
      host,
      session,
      line,
      response: collected,
    });
    if (outcome.upstreamRequestId) line.upstreamRequestId = outcome.upstreamRequestId;
    responses.push(collected.response);
    if (outcome.status >= 300) break;
  }
  return responses;
};

/** Answers in the agent's form, or with what the service answered. */
const reply = (
  { response, line }: Authorised,
  { status, headers, body }: Omit<AgentReply, "rejected">,
): void => {
  if (response.destroyed) throw new CallerGone("the caller went away");
  const bytes = Buffer.from(body);
  line.status = status;
  line.bytesOut = bytes.length;
  response.writeHead(status, status === 204 ? [...headers] : withLength(headers, bytes.length));
  response.end(bytes);
};

/**
 * Translates an agent's body, decides, signs and sends each call that comes of it, and answers in the agent's form.
 * @throws ProxyError or ExchangeFailed
 */
export const forwardTranslated = async (
  core: ProxyCore,
  one: Authorised,
  agent: AgentRoute,
): Promise<void> => {
  const { line, client } = one;
  const taken = new Taken(core, client);
  try {
    const { calls, answer } = await translated(core, one, agent, taken);
    if (calls[0]) line.grant = calls[0].settled.grant;
    line.bytesIn = calls.reduce((sum, { body }) => sum + body.length, 0);
    const responses = await sendAll(core, one, calls);
    if (!answer) {
      reply(one, responses.at(-1)!);
      return;
    }
    // Also where there was nothing to send.
    line.decision = "allowed";
    line.calls ??= 0;
    const { rejected, ...made } = answer(responses);
    if (rejected > 0) line.rejected = rejected;
    reply(one, { ...made, headers: ["opc-request-id", line.requestId, ...made.headers] });
  } finally {
    taken.give();
  }
};
