/**
 * What each type of resource is answered as, and what is kept with it and never answered. The models are those of
 * Oracle's SDK.
 * @module
 */
import type { KeyObject } from "node:crypto";
import type { models as core } from "oci-core";
import type { models as identity } from "oci-identity";
import type { RunningMachine } from "../machines/driver.ts";
import type { DefinedTags, Wire } from "./wire.ts";

/** A model whose members, optional in the SDK, are always there here. */
type With<T, M extends keyof T> = T & { [K in M]-?: NonNullable<T[K]> };

/** A rule of a network security group. */
export type StoredRule = Wire<core.SecurityRule> & { id: string; timeCreated: string; isValid: boolean };

/** Models of resources, by the type in their OCID. */
export interface Models {
  instance: With<
    Wire<core.Instance>,
    "displayName" | "metadata" | "extendedMetadata" | "shapeConfig" | "sourceDetails" | "imageId"
  >;
  image: Wire<core.Image>;
  bootvolume: Wire<core.BootVolume>;
  bootvolumeattachment: Wire<core.BootVolumeAttachment>;
  consolehistory: Wire<core.ConsoleHistory>;
  vnic: With<Wire<core.Vnic>, "nsgIds" | "privateIp" | "macAddress" | "subnetId">;
  vnicattachment: Wire<core.VnicAttachment>;
  vcn: With<Wire<core.Vcn>, "defaultRouteTableId" | "defaultSecurityListId" | "defaultDhcpOptionsId">;
  subnet: With<Wire<core.Subnet>, "cidrBlock" | "securityListIds" | "dhcpOptionsId">;
  internetgateway: Wire<core.InternetGateway>;
  natgateway: Wire<core.NatGateway>;
  servicegateway: Wire<core.ServiceGateway>;
  routetable: Wire<core.RouteTable>;
  securitylist: Wire<core.SecurityList>;
  dhcpoptions: Omit<Wire<core.DhcpOptions>, "options"> & {
    options: Wire<core.DhcpDnsOption | core.DhcpSearchDomainOption>[];
  };
  networksecuritygroup: Wire<core.NetworkSecurityGroup>;

  tenancy: Wire<identity.Tenancy>;
  compartment: Wire<identity.Compartment>;
  user: Wire<identity.User>;
  group: Wire<identity.Group>;
  usergroupmembership: Wire<identity.UserGroupMembership>;
  dynamicgroup: Wire<identity.DynamicGroup>;
  policy: Wire<identity.Policy>;
  domain: Wire<identity.Domain>;
  networksource: Wire<identity.NetworkSources>;
  tagnamespace: Wire<identity.TagNamespace>;
  tagdefinition: Wire<identity.Tag>;
  tagdefault: Wire<identity.TagDefault>;
  /** Its `keyId` is its id here; OCI gives it none. */
  apikey: Required<Omit<Wire<identity.ApiKey>, "inactiveStatus">> & { id?: string };
  authtoken: Wire<identity.AuthToken>;
  customersecretkey: Wire<identity.CustomerSecretKey>;
  smtpcredential: Wire<identity.SmtpCredential>;
  workrequest: Wire<identity.WorkRequest>;
  taggingworkrequest: Wire<identity.TaggingWorkRequest>;
  iamworkrequest: Wire<identity.IamWorkRequest>;
}

/** Key material, secret content, bookkeeping: nothing here is ever answered. */
export interface Hidden {
  instance: {
    hostname: string;
    /** Metadata that only a launch can set, as it was set. */
    launched: Record<string, string | undefined>;
    machine?: RunningMachine;
    /** Work on the machine, one thing after the other. */
    work?: Promise<void>;
    bootError?: string;
  };
  image: { architecture: "x86_64" | "aarch64"; platform: boolean };
  consolehistory: { content?: Buffer };
  vnic: { instanceId: string; privateIpId: string };
  networksecuritygroup: { rules: StoredRule[] };

  /** When the root compartment was made: a tenancy shows no time. */
  tenancy: { timeCreated: string };
  user: { uiPassword?: Wire<identity.UIPasswordInformation> };
  policy: { resolved: string[] };
  apikey: { key: KeyObject };
  workrequest: { errors: Wire<identity.WorkRequestError>[] };
  taggingworkrequest: { errors: Wire<identity.TaggingWorkRequestErrorSummary>[] };
  iamworkrequest: { errors: Wire<identity.IamWorkRequestErrorSummary>[] };
}

/** The members that a model of any resource may have. */
export interface Model {
  id?: string;
  compartmentId?: string;
  lifecycleState?: string;
  displayName?: string;
  name?: string;
  timeCreated?: string;
  freeformTags?: Record<string, string>;
  definedTags?: DefinedTags;
}

/** What may be kept with a resource of any type. */
export type AnyHidden = {
  /** Until then services do not know of it, in ms. */
  usableFromMs?: number;
};

/** A model of which no more is known. */
export type Loose = Model & Record<string, unknown>;

/** The model of a type. */
export type ModelOf<K extends string> = K extends keyof Models ? Models[K] : Loose;

/** What is kept with a resource of a type. */
export type HiddenOf<K extends string> = AnyHidden &
  (K extends keyof Hidden ? Hidden[K] : K extends keyof Models ? object : Record<string, unknown>);

/** The lifecycle states of a type. */
export type StateOf<K extends string> =
  ModelOf<K> extends { lifecycleState?: infer S } ? NonNullable<S> & string : string;
