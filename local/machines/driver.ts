/** Drivers of the machines behind instances of the local OCI. @module */

/** The specification of a machine. */
export interface MachineSpec {
  instanceId: string;
  /** The user_data in the instance's metadata, base64; empty when there is none. */
  userData: string;
  hostname: string;
  /** The instance's metadata service: `http://127.0.0.1:9/opc/v2`. */
  metadataUrl: string;
  /** Port on 127.0.0.1 that speaks TLS for every OCI host name. */
  tlsPort: number;
  /** PEM file of the authority behind those names. */
  caFile: string;
  /** The primary VNIC and its subnet. */
  vnic: { address: string; macAddress: string; prefixBits: number; router: string };
  /** True for one of OCI's host names. */
  serves(host: string): boolean;
  /** True while the subnet's route table leads to OCI's services. */
  routed(): boolean;
}

/** One running machine. */
export interface RunningMachine {
  /** Folder of its files on this computer, when it has one. */
  folder?: string;
  /** The serial console so far, its last MB. */
  console(): Buffer;
  /** Power actions, by OCI's names. Resolves when the machine is in the state that the action leads to. */
  action(action: "START" | "STOP" | "SOFTSTOP" | "RESET" | "SOFTRESET"): Promise<void>;
  /** Ends it and removes its files on disk; its console is kept in memory. */
  terminate(): Promise<void>;
}

/** A way to run machines. */
export interface MachineDriver {
  name: "none" | "process" | "vm";
  /** Prepares what the first launch would have to wait for. */
  prepare?(): Promise<void>;
  launch(spec: MachineSpec): Promise<RunningMachine>;
  /** Ends every machine of this driver. */
  close(): Promise<void>;
}
