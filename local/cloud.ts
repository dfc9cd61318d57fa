/**
 * One local OCI: its state, its machines, its audit log and its metadata services. Services are given the
 * state, and of the rest what they name.
 * @module
 */
import type { MachineDriver } from "./machines/driver.ts";
import type { AuditLog } from "./state/audit-log.ts";
import type { State } from "./state/state.ts";

/** Addresses of the local OCI for machines and clients; filled when it listens. */
export interface Addresses {
  /** Port on 127.0.0.1 that speaks TLS for every OCI host name (by SNI). */
  tlsPort: number;
  /** `http://127.0.0.1:PORT`: the CONNECT proxy. */
  proxyUrl: string;
  /** PEM file of the local certificate authority. */
  caFile: string;
}

/** The driver of instances' machines, and their metadata services. */
export interface MachineHost {
  addresses: Addresses;
  machines: MachineDriver;
  /** Starts and stops the metadata service of an instance; returns its base URL. */
  startMetadata(instanceId: string): Promise<string>;
  stopMetadata(instanceId: string): Promise<void>;
}

/** The log of all requests so far. */
export interface Audited {
  audit: AuditLog;
}

/** Addresses of the instances' metadata services. */
export interface MetadataUrls {
  /** Metadata service of an instance: base URL without trailing slash (`http://127.0.0.1:9/opc/v2`). */
  metadata: Map<string, string>;
}

/** One local OCI. */
export interface Cloud extends State, MachineHost, Audited, MetadataUrls {}
