/**
 * Bearer tokens for callers that cannot use a Unix socket: one per client, in a file that only the client's
 * user can read, replaced by rotation; the one before is accepted for a while.
 * @module
 */
import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Credential } from "./credential.ts";
import { giveTo } from "./ownership.ts";

/** Times at which a client's token changes, in ms. */
export interface Rotation {
  /** Interval between new tokens; infinite for none. */
  rotateMs: number;
  /** Time for which the token before is still accepted. */
  overlapMs: number;
}

interface AcceptedToken {
  client: string;
  digest: Buffer;
  untilMs: number;
}

const PREFIX = "keyless_";
const FORM = /^keyless_[A-Za-z0-9_-]{43}$/;

const DIGEST_BYTES = 64;
/**
 * The digest of the shown token, for as long as it is compared: as hexadecimal text it would cost a sixth.
 */
const SHOWN = Buffer.alloc(DIGEST_BYTES);

const digestInto = (digest: Buffer, token: string): Buffer => {
  digest.write(hash("sha256", token, "hex"), "latin1");
  return digest;
};

const digestOf = (token: string): Buffer => digestInto(Buffer.alloc(DIGEST_BYTES), token);

/** Tokens of all clients. */
export class Tokens {
  readonly #dir: string;
  #accepted: AcceptedToken[] = [];
  readonly #beside = new Set<string>();
  readonly #newest = new Map<string, { ino: number; mintedMs: number }>();
  readonly #rotations = new Map<string, Rotation>();

  /** @param dir memory-backed */
  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Sets the times of a client, which must have them before its token is opened. */
  setRotation(client: string, rotation: Rotation): void {
    this.#rotations.set(client, rotation);
  }

  /** The path of a client's token file. */
  fileOf(client: string): string {
    return join(this.#dir, `${client}.token`);
  }

  /**
   * Gives a client its token: the one that a proxy before this one has left, which may still be serving, or a
   * new one. So a restart refuses nobody, whichever of the two proxies is asked.
   * @param uid the user who may read it
   */
  async open(client: string, uid: number | undefined): Promise<void> {
    const left = this.#readExisting(client);
    const ageMs = left ? Math.max(0, Date.now() - left.mtimeMs) : Number.POSITIVE_INFINITY;
    if (!left || ageMs >= this.#rotations.get(client)!.rotateMs) return this.mint(client, uid);
    await this.#put(client, uid, left.token, performance.now() - ageMs);
  }

  /**
   * Makes a new token and writes its file; the one before stays good for the overlap.
   * @param uid the user who may read it
   */
  async mint(client: string, uid: number | undefined): Promise<void> {
    const left = this.#readExisting(client);
    const untilMs = performance.now() + this.#rotations.get(client)!.overlapMs;
    if (left) this.#accepted.push({ client, digest: digestOf(left.token), untilMs });
    await this.#put(client, uid, PREFIX + randomBytes(32).toString("base64url"), performance.now());
  }

  /** Writes a client's file, always a new one: its inode differs from that of another proxy's file. */
  async #put(client: string, uid: number | undefined, token: string, mintedMs: number): Promise<void> {
    const part = `${this.fileOf(client)}.part`;
    rmSync(part, { force: true });
    writeFileSync(part, token, { mode: 0o600, flag: "wx" });
    const minted = new Date(Date.now() - (performance.now() - mintedMs));
    utimesSync(part, minted, minted);
    await giveTo(part, uid, "r");
    const { ino } = statSync(part);
    renameSync(part, this.fileOf(client));
    const untilMs = performance.now() + this.#rotations.get(client)!.overlapMs;
    const digest = digestOf(token);
    this.#accepted = this.#accepted
      .filter((a) => a.client !== client || (a.untilMs > performance.now() && !a.digest.equals(digest)))
      .map((a) => (a.client === client ? { ...a, untilMs: Math.min(a.untilMs, untilMs) } : a));
    this.#accepted.push({ client, digest, untilMs: Number.POSITIVE_INFINITY });
    this.#newest.set(client, { ino, mintedMs });
  }

  /** The path of the file with the keys that follow from a client's token. */
  besideOf(client: string): string {
    return join(this.#dir, `${client}.aws`);
  }

  hasBeside(client: string): boolean {
    return this.#beside.has(client);
  }

  /** Writes what follows from a client's token beside it, for the same user. */
  async putBeside(client: string, uid: number | undefined, text: string): Promise<void> {
    const part = `${this.besideOf(client)}.part`;
    rmSync(part, { force: true });
    writeFileSync(part, text, { mode: 0o600, flag: "wx" });
    await giveTo(part, uid, "r");
    renameSync(part, this.besideOf(client));
    this.#beside.add(client);
  }

  /** The digest of a client's newest token, as 64 hexadecimal characters; undefined where it has none. */
  digestOf(client: string): Buffer | undefined {
    return this.#accepted.find((a) => a.client === client && a.untilMs === Number.POSITIVE_INFINITY)?.digest;
  }

  /** What is accepted now, each with the time until which it is, in ms since 1970. */
  accepted(): { client: string; digest: Buffer; untilMs: number }[] {
    const offsetMs = Date.now() - performance.now();
    return this.#accepted.map(({ client, digest, untilMs }) => ({
      client,
      digest,
      untilMs: untilMs + offsetMs,
    }));
  }

  /** Clients whose token is due for a new one. */
  due(): string[] {
    const nowMs = performance.now();
    return [...this.#newest]
      .filter(([client, t]) => nowMs - t.mintedMs >= this.#rotations.get(client)!.rotateMs)
      .map(([client]) => client);
  }

  /** Removes a client and its file. */
  remove(client: string): void {
    this.#accepted = this.#accepted.filter((a) => a.client !== client);
    this.#newest.delete(client);
    rmSync(this.fileOf(client), { force: true });
    if (this.#beside.delete(client)) rmSync(this.besideOf(client), { force: true });
  }

  /**
   * Finds the client of a token. Takes the same time for any token (timing attack): all digests are compared, whole.
   * A user name is compared only when the token is a client's, and is no secret.
   */
  clientOf({ token, user }: Credential): string | undefined {
    const digest = digestInto(SHOWN, token);
    const nowMs = performance.now();
    let client: string | undefined;
    for (const accepted of this.#accepted) {
      const same = timingSafeEqual(accepted.digest, digest);
      if (same && accepted.untilMs > nowMs) client = accepted.client;
    }
    return user === undefined || user === client ? client : undefined;
  }

  /** Removes the files, unless a proxy that came after has put its own there. */
  close(): void {
    for (const [client, { ino }] of this.#newest) {
      const there = statSync(this.fileOf(client), { throwIfNoEntry: false });
      if (there?.ino !== ino) continue;
      rmSync(this.fileOf(client), { force: true });
      if (this.#beside.has(client)) rmSync(this.besideOf(client), { force: true });
    }
  }

  #readExisting(client: string): { token: string; mtimeMs: number } | undefined {
    try {
      const file = this.fileOf(client);
      const token = readFileSync(file, "utf8");
      return FORM.test(token) ? { token, mtimeMs: statSync(file).mtimeMs } : undefined;
    } catch {
      return undefined;
    }
  }
}
