/**
 * One local OCI: its state, and what runs beside it. Services are given the state, and of the rest what they name.
 * @module
 */
import type { MachineDriver } from "./machines/driver.ts";
import type { AuditLog } from "./state/audit-log.ts";
import type { State } from "./state/state.ts";

/** What machines and clients need to know of where the local OCI listens; filled when it listens. */
export interface Addresses {
  /** Port on 127.0.0.1 that speaks TLS for every OCI host name (by SNI). */
  tlsPort: number;
  /** `http://127.0.0.1:PORT`: the CONNECT proxy. */
  proxyUrl: string;
  /** PEM file of the local certificate authority. */
  caFile: string;
}

/** What an instance's machine is started with, and its metadata service. */
export interface MachineHost {
  addresses: Addresses;
  machines: MachineDriver;
  /** Starts and stops the metadata service of an instance; returns its base URL. */
  startMetadata(instanceId: string): Promise<string>;
  stopMetadata(instanceId: string): Promise<void>;
}

/** What keeps every request so far. */
export interface Audited {
  audit: AuditLog;
}

/** Where the instances' metadata services answer. */
export interface MetadataUrls {
  /** Metadata service of an instance: base URL without trailing slash (`http://127.0.0.1:9/opc/v2`). */
  metadata: Map<string, string>;
}

/** One local OCI. */
export interface Cloud extends State, MachineHost, Audited, MetadataUrls {}
