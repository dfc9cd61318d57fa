import * as oci from "@pulumi/oci";
import * as pulumi from "@pulumi/pulumi";
import type { Bundle } from "./bundle.ts";
import type { WorkloadTags } from "./tags.ts";

export interface ReleaseArgs {
  compartmentId: string;
  /** Object Storage namespace. */
  namespace: string;
  bucketName: string;
  /** Object Storage's URL: `https://objectstorage.<region>.<realm domain>` */
  objectStorageUrl: string;
  bundle: Bundle;
  /** Encrypts the bucket; absent: Oracle's key does. */
  kmsKeyId?: string | undefined;
  /** True when what is deleted is kept as a version. */
  versioning: boolean;
  tags: WorkloadTags;
}

/**
 * Expiry of pre-authenticated requests: never, as far as a deployment is concerned. An instance that is
 * replaced years later still fetches its bundle; the address is read-only, for a bucket that holds releases
 * and no secret. It works as long as whoever made it may read the bucket (docs.oracle.com "Using
 * Pre-Authenticated Requests").
 */
const PAR_EXPIRES = "2099-12-31T00:00:00Z";

/** The bundle's name in the bucket: a new release is a new object. */
export const bundleObjectName = (sha256: string): string => `app-${sha256}.cjs`;

/** The app's bundle in Object Storage, and an address under which the instance fetches it before any grant works. */
export class Release extends pulumi.ComponentResource {
  /** OCID: new with every deployment, as names that must not repeat need it. */
  readonly bucketId: pulumi.Output<string>;
  /** The bucket's name, chosen once. */
  readonly bucketName: pulumi.Output<string>;
  /** The bundle's object: to be there before an instance's document names it. */
  readonly bundle: pulumi.Resource;
  /** URL of the bundle that works for whoever has it: secret. */
  readonly url: pulumi.Output<string>;
  readonly sha256: string;

  constructor(name: string, args: ReleaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("keyless:index:Release", name, {}, opts);
    const parent = { parent: this };
    const bucket = new oci.objectstorage.Bucket(
      `${name}-bucket`,
      {
        compartmentId: args.compartmentId,
        namespace: args.namespace,
        name: args.bucketName,
        accessType: "NoPublicAccess",
        ...(args.kmsKeyId && { kmsKeyId: args.kmsKeyId }),
        ...(args.versioning && { versioning: "Enabled" }),
        ...args.tags,
      },
      // A bucket cannot be renamed: another name would be another bucket, and another address.
      { ...parent, ignoreChanges: ["name"] },
    );
    // A release is a resource of its own, named by the digest: nothing of an older one is ever changed, and the
    // older one goes only when the instance knows the new one. The content stands in the state (no path of one
    // workstation does, which another could not read).
    const object = new oci.objectstorage.StorageObject(
      `${name}-bundle-${args.bundle.sha256.slice(0, 12)}`,
      {
        namespace: args.namespace,
        bucket: bucket.name,
        object: bundleObjectName(args.bundle.sha256),
        content: args.bundle.content,
        contentType: "text/javascript",
      },
      parent,
    );
    // One request for every release: with one for each, the instance's metadata would be unknown in a preview, and
    // the provider, which cannot see then that user_data is the same, would announce a replacement.
    const request = new oci.objectstorage.Preauthrequest(
      `${name}-request`,
      {
        namespace: args.namespace,
        bucket: bucket.name,
        name: "releases",
        accessType: "AnyObjectRead",
        timeExpires: PAR_EXPIRES,
      },
      { ...parent, additionalSecretOutputs: ["accessUri", "fullPath"] },
    );
    this.bucketId = bucket.bucketId;
    this.bucketName = bucket.name;
    const objectName = bundleObjectName(args.bundle.sha256);
    this.url = pulumi.secret(request.accessUri.apply((uri) => `${args.objectStorageUrl}${uri}${objectName}`));
    this.bundle = object;
    this.sha256 = args.bundle.sha256;
    this.registerOutputs({ bucketId: this.bucketId, sha256: this.sha256 });
  }
}
