/** What a form in which agents write must say of itself: which operation is sent for it, and how its body is made. @module */
import type { ClientPolicy } from "../../../document/rules/policy.ts";

/** What an agent asks for, as far as it decides which operation is sent. */
export interface AgentCall {
  client: string;
  method: string;
  url: string;
  contentType: string | undefined;
  /** The client's rules, whose only log, or namespace, is taken where the path names none. */
  policy: ClientPolicy;
}

/** What a translation is told beside the body. */
export interface TranslationInput {
  client: string;
  nowMs: number;
  /** Is told of each piece's size in bytes before the piece is kept; what it throws ends the translation. */
  take: (sizeBytes: number) => void;
}

/** The service's response to one call. */
export interface CallResponse {
  status: number;
  /** Names (lower-case) and values, alternating. */
  headers: readonly string[];
  body: Buffer;
}

/** A response to the agent, in its own form. */
export interface AgentReply {
  status: number;
  /** Names (lower-case) and values, alternating. */
  headers: readonly string[];
  body: Buffer | string;
  /** Number of entries or data points that were not taken: by the translation, or by the service. */
  rejected: number;
}

/** What a translation makes of an agent's body. */
export interface Translated {
  /**
   * Bodies of the operation in the order in which they are sent; none where there is nothing to send. Each `undefined`
   * between them says that other callers may have their turn.
   */
  bodies: Iterable<Buffer | undefined>;
  /**
   * Makes the agent's response of the service's, of which only the last may be a failure. Absent: the agent gets the
   * service's own.
   */
  answer?: (responses: readonly CallResponse[]) => AgentReply;
}

/** Entries, records or data points in one request: the proxy holds them all. */
export const MAX_ENTRIES = 20_000;
/** Entries that are translated in one turn. */
export const TURN_ENTRIES = 50;

/** Makes the operation's bodies of an agent's. It and its bodies throw ProxyError `BadBody` or `BodyTooLarge`. */
export type Translate = (body: Buffer, input: TranslationInput) => Translated;

/** What is sent for one request of an agent's. */
export interface AgentRoute {
  /** The request target of the operation: what is decided about. */
  target: string;
  /** Content codings of the agent's body, the empty one for none. */
  encodings: readonly ("" | "gzip" | "snappy")[];
  /** Loads the translation, which is not in memory before an agent needs it. */
  load: () => Promise<Translate>;
}

/** A failure's body, and its media type. */
export interface AgentFailure {
  type: string;
  body: Buffer | string;
}

/** A form in which agents write. It decides nothing: the allow rules are asked about the operation that it names. */
export interface AgentForm {
  /** @throws ProxyError `BadTarget`, `NotGranted` or `UnknownOperation` naming what to write, `UnsupportedBody` */
  route(call: AgentCall): AgentRoute;
  /** A response of the proxy's own in the agent's form; absent: JSON as everywhere. */
  failure?: (message: string, contentType: string | undefined) => AgentFailure;
}
