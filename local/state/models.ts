/**
 * What each type of resource is answered as, and what is kept with it and never answered. The models are those of
 * Oracle's SDK.
 * @module
 */
import type { KeyObject } from "node:crypto";
import type { models as identity } from "oci-identity";
import type { DefinedTags, Wire } from "./wire.ts";

/** Models of resources, by the type in their OCID. */
export interface Models {
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
export interface AnyHidden {
  /** Until then services do not know of it, in ms. */
  usableFromMs?: number;
}

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
