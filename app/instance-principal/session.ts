/** One session: a session key and the token for it, obtained together and used together. @module */
import { generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { Dispatcher } from "undici";
import { hostOf } from "../../oci/hosts.ts";
import { type Leaf, readLeaf } from "./certificate.ts";
import { PrincipalError } from "./errors.ts";
import { exchangeToken } from "./federation.ts";
import { type InstanceRegion, readInstanceRegion } from "./instance-region.ts";
import type { MetadataClient } from "./metadata.ts";

/** Key and token as one value: whoever holds it signs with a pair that belongs together. */
export interface Session {
  /** Number of the session, counting up with each one of a principal. */
  readonly generation: number;
  /** `ST$<token>` */
  readonly keyId: string;
  readonly privateKey: KeyObject;
  /** Time of the start on the monotonic clock (`performance.now`), which no time correction moves. */
  readonly startedAtMs: number;
  readonly expiresAtMs: number;
  /** Server's clock minus this machine's when the token was issued. */
  readonly offsetMs: number | undefined;
}

/** The instance that a session is for, by certificate and metadata. */
export interface Identity extends InstanceRegion {
  tenancyId: string;
  instanceId: string | undefined;
  compartmentId: string | undefined;
}

/** The sources that sessions are made from. */
export interface SessionSource {
  metadata: MetadataClient;
  /** The dispatcher for calls of the auth service. */
  dispatcher?: Dispatcher | undefined;
  /** Region and realm in place of those in the metadata. */
  place?: Partial<InstanceRegion> | undefined;
  /** Endpoint in place of the auth service of region and realm. */
  federationEndpoint?: string | undefined;
  federationTimeoutMs: number;
  newKeyPair?: MakeKeyPair | undefined;
}

/** Makes the key pair of a session: RSA with 2048 bits. */
export type MakeKeyPair = () => Promise<{ publicKey: KeyObject; privateKey: KeyObject }>;

const generate = promisify(generateKeyPair);

/** Generates a key pair on a thread of its own: it takes tenths of a second. */
const generateRsa: MakeKeyPair = () => generate("rsa", { modulusLength: 2048 });

/** Validity that a leaf must have left to be worth a try, in ms. */
const LEAF_MARGIN_MS = 10_000;
const LEAF_TRIES = 3;

/** Makes sessions, one at a time, and remembers what seldom changes between them. */
export class SessionMaker {
  readonly #source: SessionSource;
  #leaf: Leaf | undefined;
  #place: InstanceRegion | undefined;
  #identity: Identity | undefined;
  #generation = 0;

  constructor(source: SessionSource) {
    this.#source = source;
  }

  /** The identity that the sessions are for; undefined before the first. */
  get identity(): Identity | undefined {
    return this.#identity;
  }

  /** End of the leaf certificate's validity, in ms since 1970. */
  get leafNotAfterMs(): number | undefined {
    return this.#leaf?.notAfterMs;
  }

  /**
   * A new session: certificate, key and token read and made anew.
   * @throws PrincipalError
   */
  async make(signal: AbortSignal): Promise<Session> {
    const [leaf, place, pair] = await Promise.all([
      this.#readLeaf(signal),
      this.#place ?? this.#readPlace(signal),
      (this.#source.newKeyPair ?? generateRsa)(),
    ]);
    if (this.#leaf && this.#leaf.tenancyId !== leaf.tenancyId) {
      throw new PrincipalError(
        "certificate",
        `the certificate's tenancy changed from ${this.#leaf.tenancyId} to ${leaf.tenancyId}`,
      );
    }
    this.#leaf = leaf;
    this.#place = place;
    const { tenancyId, instanceId, compartmentId } = leaf;
    this.#identity = { ...place, tenancyId, instanceId, compartmentId };
    const startedAtMs = performance.now();
    const { token, remainingMs, offsetMs } = await exchangeToken({
      endpoint:
        this.#source.federationEndpoint ?? `https://${hostOf("auth", place.regionId, place.realmDomain)}`,
      leaf,
      publicKey: pair.publicKey,
      dispatcher: this.#source.dispatcher,
      timeoutMs: this.#source.federationTimeoutMs,
      signal,
    });
    this.#generation += 1;
    return {
      generation: this.#generation,
      keyId: `ST$${token}`,
      privateKey: pair.privateKey,
      startedAtMs,
      expiresAtMs: startedAtMs + remainingMs,
      offsetMs,
    };
  }

  /** Closes the connections to the metadata service. */
  close(): void {
    void this.#source.metadata.close();
  }

  async #readPlace(signal: AbortSignal): Promise<InstanceRegion> {
    return readInstanceRegion(await this.#source.metadata.get("instance/", signal), this.#source.place);
  }

  /** The current leaf. While it is rotated, certificate and key may belong to different ones: read again. */
  async #readLeaf(signal: AbortSignal): Promise<Leaf> {
    const { metadata } = this.#source;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const [cert, key, intermediate] = await Promise.all([
          metadata.get("identity/cert.pem", signal),
          metadata.get("identity/key.pem", signal),
          metadata.get("identity/intermediate.pem", signal),
        ]);
        return readLeaf(cert, key, intermediate);
      } catch (error) {
        const known =
          this.#leaf && this.#leaf.notAfterMs - Date.now() > LEAF_MARGIN_MS ? this.#leaf : undefined;
        if (known) return known;
        const rotating = error instanceof PrincipalError && error.code === "certificate";
        if (!rotating || attempt === LEAF_TRIES || signal.aborted) throw error;
      }
    }
  }
}
