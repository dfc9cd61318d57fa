/**
 * Bearer tokens for callers that cannot use a Unix socket: one per client, in a file that only the client's
 * user can read, replaced by rotation; the one before is accepted for a while.
 * @module
 */
import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { giveTo } from "./ownership.ts";

/** When tokens change. */
export interface TokenSettings {
  dir: string;
  /** A new token every so often. */
  rotateMs: number;
  /** The one before is accepted so long. */
  overlapMs: number;
}

interface Accepted {
  client: string;
  digest: Buffer;
  untilMs: number;
}

const PREFIX = "keyless_";
const FORM = /^keyless_[A-Za-z0-9_-]{43}$/;

const digestOf = (token: string): Buffer => hash("sha256", token, "buffer");

/** The token in an `Authorization` or `X-Api-Key` header's value. */
const bare = (credential: string): string => credential.replace(/^bearer +/i, "");

/** Tokens of all clients. */
export class Tokens {
  readonly #settings: TokenSettings;
  #accepted: Accepted[] = [];
  readonly #newest = new Map<string, { digest: Buffer; mintedMs: number }>();

  constructor(settings: TokenSettings) {
    this.#settings = settings;
  }

  /** Where a client's token is. */
  fileOf(client: string): string {
    return join(this.#settings.dir, `${client}.token`);
  }

  /**
   * Makes a client's token and writes its file. What a proxy before this one wrote there stays good for the
   * overlap, so that a restart refuses nobody.
   * @param uid the user who may read it
   */
  async mint(client: string, uid: number | undefined): Promise<void> {
    const before = this.#readExisting(client);
    const token = PREFIX + randomBytes(32).toString("base64url");
    const part = `${this.fileOf(client)}.part`;
    rmSync(part, { force: true });
    writeFileSync(part, token, { mode: 0o600, flag: "wx" });
    await giveTo(part, uid, "r");
    renameSync(part, this.fileOf(client));
    const untilMs = performance.now() + this.#settings.overlapMs;
    this.#accepted = this.#accepted
      .filter((a) => a.client !== client || a.untilMs > performance.now())
      .map((a) => (a.client === client ? { ...a, untilMs: Math.min(a.untilMs, untilMs) } : a));
    if (before) this.#accepted.push({ client, digest: digestOf(before), untilMs });
    const digest = digestOf(token);
    this.#accepted.push({ client, digest, untilMs: Number.POSITIVE_INFINITY });
    this.#newest.set(client, { digest, mintedMs: performance.now() });
  }

  /** Clients whose token is due for a new one. */
  due(): string[] {
    const nowMs = performance.now();
    return [...this.#newest].filter(([, t]) => nowMs - t.mintedMs >= this.#settings.rotateMs).map(([c]) => c);
  }

  /** Forgets a client and removes its file. */
  remove(client: string): void {
    this.#accepted = this.#accepted.filter((a) => a.client !== client);
    this.#newest.delete(client);
    rmSync(this.fileOf(client), { force: true });
  }

  /**
   * Whose token a credential is. Takes the same time for any credential: all digests are compared, whole.
   * @param credential the header's value, with or without `Bearer `
   */
  clientOf(credential: string): string | undefined {
    const digest = digestOf(bare(credential));
    const nowMs = performance.now();
    let client: string | undefined;
    for (const accepted of this.#accepted) {
      const same = timingSafeEqual(accepted.digest, digest);
      if (same && accepted.untilMs > nowMs) client = accepted.client;
    }
    return client;
  }

  /** Removes the files, unless a proxy that came after has written its own. */
  close(): void {
    for (const [client, { digest }] of this.#newest) {
      const there = this.#readExisting(client);
      if (there && digestOf(there).equals(digest)) rmSync(this.fileOf(client), { force: true });
    }
  }

  #readExisting(client: string): string | undefined {
    try {
      const text = readFileSync(this.fileOf(client), "utf8");
      return FORM.test(text) ? text : undefined;
    } catch {
      return undefined;
    }
  }
}
