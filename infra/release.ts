import * as oci from "@pulumi/oci";
import * as pulumi from "@pulumi/pulumi";
import type { Bundle } from "./bundle.ts";
import type { Tags } from "./tags.ts";

export interface ReleaseArgs {
  compartmentId: string;
  /** Object Storage namespace. */
  namespace: string;
  bucketName: string;
  /** `https://objectstorage.<region>.<realm domain>` */
  objectStorageUrl: string;
  bundle: Bundle;
  tags: Tags;
}

/**
 * When pre-authenticated requests end: never, as far as a deployment is concerned. An instance that is replaced
 * years later still fetches its bundle; the address is read-only, for one object that holds no secret.
 */
export const PAR_EXPIRES = "2099-12-31T00:00:00Z";

/** The bundle's name in the bucket: a new release is a new object. */
export const bundleObjectName = (sha256: string): string => `app-${sha256}.cjs`;

/** The app's bundle in Object Storage, and an address under which the instance fetches it before any grant works. */
export class Release extends pulumi.ComponentResource {
  /** OCID: new with every deployment, as names that must not repeat need it. */
  readonly bucketId: pulumi.Output<string>;
  /** A bearer address: secret. */
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
        ...args.tags,
      },
      parent,
    );
    // A release is resources of its own, named by the digest: nothing of an older one is ever changed, and the
    // older one goes only when the instance knows the new address. The content stands in the state (no path of
    // one workstation does, which another could not read).
    const version = args.bundle.sha256.slice(0, 12);
    const object = new oci.objectstorage.StorageObject(
      `${name}-bundle-${version}`,
      {
        namespace: args.namespace,
        bucket: bucket.name,
        object: bundleObjectName(args.bundle.sha256),
        content: args.bundle.content,
        contentType: "text/javascript",
      },
      parent,
    );
    const request = new oci.objectstorage.Preauthrequest(
      `${name}-request-${version}`,
      {
        namespace: args.namespace,
        bucket: bucket.name,
        name: `app-${version}`,
        accessType: "ObjectRead",
        objectName: object.object,
        timeExpires: PAR_EXPIRES,
      },
      { ...parent, additionalSecretOutputs: ["accessUri", "fullPath"] },
    );
    this.bucketId = bucket.bucketId;
    this.url = pulumi.secret(request.accessUri.apply((uri) => `${args.objectStorageUrl}${uri}`));
    this.sha256 = args.bundle.sha256;
    this.registerOutputs({ bucketId: this.bucketId, sha256: this.sha256 });
  }
}
