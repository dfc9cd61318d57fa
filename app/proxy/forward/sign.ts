/**
 * Signing with a memo: equal requests of the same second have equal signatures (the date has whole seconds and
 * PKCS#1 v1.5 is deterministic), so all but the first two cost nothing, and no byte on the wire is another.
 * @module
 */
import { type Session, signRequest, type UnsignedRequest } from "../../instance-principal/index.ts";

/** Counts of signing, for metrics. */
export interface SigningObserver {
  signed(tookMs: number): void;
}

const MAX_ENTRIES = 4096;
const MAX_TARGET_LENGTH = 2048;
const ADMISSION_FILTER_SIZE = 8192;

/** FNV-1a, 32 bits. */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
};

/** Signs requests; keeps signatures for the second they are good for. */
export class Signer {
  readonly #observer: SigningObserver;
  #date = "";
  #dateAtMs = 0;
  #memo = new Map<string, Promise<string>>();
  /** Hashes of what was signed once: most requests never come again, and keeping those costs more than it saves. */
  readonly #admissionFilter = new Int32Array(ADMISSION_FILTER_SIZE);
  /** Signatures being made. */
  pending = 0;

  constructor(observer: SigningObserver) {
    this.#observer = observer;
  }

  /** The present time as HTTP writes it. */
  date(): string {
    const nowMs = Date.now();
    if (nowMs - this.#dateAtMs >= 1000 || nowMs < this.#dateAtMs) {
      this.#dateAtMs = nowMs - (nowMs % 1000);
      this.#date = new Date(nowMs).toUTCString();
      this.#memo = new Map();
    }
    return this.#date;
  }

  /** The Authorization header for a request dated now. */
  sign(session: Session, request: UnsignedRequest, bodySigned: boolean): Promise<string> {
    if (request.target.length > MAX_TARGET_LENGTH) return this.#make(session, request, bodySigned);
    const { body } = request;
    const covered = body ? `${body.type}\n${body.length}\n${body.sha256}` : "";
    const key = `${session.generation} ${request.method} ${request.host} ${request.target} ${request.date}\n${covered}`;
    const known = this.#memo.get(key);
    if (known) return known;
    const made = this.#make(session, request, bodySigned);
    const hash = hashOf(key);
    const at = hash & (ADMISSION_FILTER_SIZE - 1);
    if (this.#admissionFilter[at] === hash && this.#memo.size < MAX_ENTRIES) this.#memo.set(key, made);
    this.#admissionFilter[at] = hash;
    return made;
  }

  async #make(session: Session, request: UnsignedRequest, bodySigned: boolean): Promise<string> {
    const startedMs = performance.now();
    this.pending += 1;
    try {
      return await signRequest(session, request, bodySigned);
    } finally {
      this.pending -= 1;
      this.#observer.signed(performance.now() - startedMs);
    }
  }
}
