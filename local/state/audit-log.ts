/** The entries that the Audit service keeps: one for each request, allowed or refused. @module */
import type { Caller } from "./caller.ts";

import type { JsonObject } from "./wire.ts";

/** A resource, as an event names it. */
export interface AuditedResource {
  /** OCID; of buckets and objects the path. */
  id: string;
  name?: string | undefined;
  availabilityDomain?: string | undefined;
  freeformTags?: Record<string, string> | undefined;
  definedTags?: Record<string, Record<string, string>> | undefined;
  /** `data.additionalDetails` */
  details?: JsonObject;
}

/** One request and its outcome. */
export interface AuditEntry {
  timeMs: number;
  requestId: string;
  /** `GetSecretBundle`; absent when the request meant no operation. */
  operation?: string;
  service?: string;
  method: string;
  /** Path without the query. */
  path: string;
  status: number;
  caller?: Caller;
  /** OCID of the compartment that the request was about. */
  compartment?: string;
  /** The resource that it made, or was about, as it was then. */
  resource?: AuditedResource;
  region: string;
  userAgent?: string;
  message?: string;
}

/** The newest entries, oldest first; the oldest are dropped when it is full. */
export class AuditLog {
  readonly #capacity: number;
  readonly #entries: AuditEntry[] = [];
  #start = 0;

  /** @param capacity number of entries kept (OCI keeps 365 days; memory does not) */
  constructor(capacity = 10_000) {
    this.#capacity = capacity;
  }

  add(entry: AuditEntry): void {
    if (this.#entries.length < this.#capacity) this.#entries.push(entry);
    else {
      this.#entries[this.#start] = entry;
      this.#start = (this.#start + 1) % this.#capacity;
    }
  }

  /** Every entry that is kept, oldest first. */
  entries(): AuditEntry[] {
    return [...this.#entries.slice(this.#start), ...this.#entries.slice(0, this.#start)];
  }
}
