/**
 * The plan of a stack, known before anything of it is made: names, and the size of the instance's metadata.
 * @module
 */
import type * as pulumi from "@pulumi/pulumi";
import type { StackIds } from "../access/index.ts";
import type { KeylessDocumentInput } from "../document/schema.ts";
import { readBootScript } from "./boot-script.ts";
import type { Bundle } from "./bundle.ts";
import {
  expectedIds,
  expectedSignature,
  expectedTrust,
  instanceMetadata,
  keylessDocument,
  SIGNING_KEY_BYTES,
} from "./document.ts";
import type { Found } from "./lookups.ts";
import { stackSuffix } from "./names.ts";
import { objectStorageUrl } from "./region.ts";
import { bundleObjectName } from "./release.ts";
import type { Settings } from "./settings/settings.ts";
import { STACK_TAG, type WorkloadTags, workloadTags } from "./tags.ts";
import { userData } from "./user-data.ts";

/** Inputs of a workload. */
export interface WorkloadArgs {
  settings: Settings;
  found: Found;
  bundle: Bundle;
  /** Options of resources that must be written in the home region; empty when the stack is there. */
  atHome: pulumi.ComponentResourceOptions;
}

/** Facts known of a stack before anything of it is made. */
export interface Plan {
  /** Tells stacks apart where a name must be free in the whole tenancy. */
  suffix: string;
  /**
   * `<project>/<stack>`: the tag of the stack's resources, and the stack whose documents its instance takes.
   */
  stack: string;
  tags: WorkloadTags;
  bucketName: string;
  /** Object Storage's URL: `https://objectstorage.<region>.<realm domain>` */
  storageUrl: string;
  secretCompartmentId: string;
  /** Identifiers of the stack that are known. */
  known: Pick<
    StackIds,
    "tenancyId" | "workloadCompartmentId" | "namespace" | "release" | "auditLog" | "endpoints"
  >;
  /** Identifiers as long as those that a deployment will have. */
  expected: StackIds;
  /** The user's own script for the first boot. */
  bootScript: string | undefined;
  /** SSH public keys in OpenSSH's form, one a line; empty where there are none. */
  sshKeys: string;
  /** The document for identifiers and the bundle's address, not signed. */
  document(ids: StackIds, url: string): KeylessDocumentInput;
}

/**
 * Makes the plan.
 * @throws SettingsError when the boot script cannot be read, or the instance's metadata would be larger than
 * OCI allows
 */
export const planOf = ({ settings, found, bundle }: WorkloadArgs): Plan => {
  const { compartments, name, access } = settings;
  const suffix = stackSuffix(settings.project, settings.stack, compartments.workload);
  const bucketName = `${name}-release-${suffix}`;
  const known = {
    tenancyId: settings.tenancyId,
    workloadCompartmentId: compartments.workload,
    namespace: found.namespace,
    release: { bucketName, objectName: bundleObjectName(bundle.sha256) },
    auditLog: found.auditLog,
    endpoints: found.endpoints,
  };
  const storageUrl = objectStorageUrl(settings.region, settings.tenancyId);
  const secretCompartmentId = found.secret?.compartmentId ?? compartments.security;
  const expected = expectedIds({ ...known, secretCompartmentId, signDocument: settings.signDocument });
  const tags = workloadTags(settings);
  const stack = tags.freeformTags[STACK_TAG]!;
  const bootScript = settings.bootScript === undefined ? undefined : readBootScript(settings.bootScript);
  const document = (ids: StackIds, url: string): KeylessDocumentInput =>
    keylessDocument({
      access,
      ids,
      bundle: { url, sha256: bundle.sha256 },
      deadlineS: settings.deadlineS,
      everyS: settings.checkEveryS,
      proveEveryS: settings.proveEveryS,
      securityUpdates: settings.securityUpdates,
      nonce: settings.nonce,
    });
  const address = `${storageUrl}/p/${"a".repeat(64)}/n/${found.namespace}/b/${bucketName}/o/${known.release.objectName}`;
  const { signDocument, signingKeyId } = settings;
  const keyBytes = signingKeyId ? SIGNING_KEY_BYTES.longest : SIGNING_KEY_BYTES.own;
  const sshKeys = settings.sshAuthorizedKeys.join("\n");
  instanceMetadata(
    userData(signDocument ? expectedTrust(stack, keyBytes) : "unsigned", bootScript),
    {
      ...document(expected, address),
      ...(signDocument && { signature: expectedSignature(stack, keyBytes) }),
    },
    sshKeys,
  );
  return {
    bootScript,
    sshKeys,
    suffix,
    stack,
    tags,
    bucketName,
    storageUrl,
    secretCompartmentId,
    known,
    expected,
    document,
  };
};
