/** Reads of a tenancy that signing the document needs: the signing key and the deployed documents. @module */
import * as oci from "@pulumi/oci";
import * as pulumi from "@pulumi/pulumi";
import type { DocumentsBefore } from "./next-signature.ts";
import { seen } from "./seen.ts";
import type { Settings } from "./settings/settings.ts";
import { STACK_TAG, workloadTags } from "./tags.ts";

/** An existing key that signs, with its current version. */
export interface SigningKeyFacts {
  id: string;
  versionId: string;
  /** PEM (SPKI). */
  publicKey: string;
}

/**
 * Reads an existing signing key.
 * @throws RunError for one that may not be read, or cannot sign
 */
export const readSigningKey = async (keyId: string, managementEndpoint: string): Promise<SigningKeyFacts> => {
  const key = await oci.kms.getKey({ keyId, managementEndpoint });
  const versionId = seen(key.currentKeyVersion, "keyless:signingKeyId", `key ${keyId} in the vault`);
  const algorithm = key.keyShapes[0]?.algorithm;
  if (algorithm !== "RSA") {
    throw new pulumi.RunError(
      `keyless:signingKeyId: found a key of type ${algorithm}; allowed: one of type RSA, which signs`,
    );
  }
  const version = await oci.kms.getKeyVersion({ keyId, keyVersionId: versionId, managementEndpoint });
  const publicKey = seen(version.publicKey, "keyless:signingKeyId", `public key of the key ${keyId}`);
  return { id: keyId, versionId, publicKey };
};

/** The part of the stack's outputs that is read again. */
interface OutputsBefore {
  deployed?: { document?: { sequence?: number } };
}

/**
 * Reads the sequence of the document that the stack deployed last, from its own outputs: what stands in the metadata may
 * be an older one that somebody put back. Undefined for a stack that has none yet.
 */
const readLastSequence = async (settings: Settings): Promise<number | undefined> => {
  const name = `${pulumi.getOrganization()}/${settings.project}/${settings.stack}`;
  try {
    // Pulumi's own, as a StackReference reads: that would be a resource, and a change in each preview.
    const read = (await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name })) as {
      outputs?: OutputsBefore;
    };
    return read.outputs?.deployed?.document?.sequence;
  } catch (error) {
    await pulumi.log.warn(
      `the outputs of the stack ${name} could not be read (${String(error)}): whether the document in the metadata is the one that was deployed last is told by \`npm run verify\` alone`,
    );
    return undefined;
  }
};

/**
 * Reads the documents in the metadata of the stack's instances, as they stand there: one that says what is deployed
 * now keeps its signature. Whoever may update an instance can take its tags off, so its name counts too; what is
 * another's after all is told by its signature. None where the deployer may not read instances.
 */
const readDeployedDocuments = async (settings: Settings): Promise<string[]> => {
  const { instances } = await oci.core.getInstances({ compartmentId: settings.compartments.workload });
  const tag = workloadTags(settings).freeformTags[STACK_TAG];
  const own = (instances ?? []).filter(
    ({ displayName, freeformTags }) => displayName === settings.name || freeformTags?.[STACK_TAG] === tag,
  );
  // Of one instance the metadata is documented; of a list it is not.
  const read = await Promise.all(own.map(({ id }) => oci.core.getInstance({ instanceId: id })));
  return read.flatMap(({ metadata }) => metadata?.["keyless"] ?? []);
};

/** Reads the documents before the one that is to be signed. */
export const readDocumentsBefore = async (settings: Settings): Promise<DocumentsBefore> => {
  const [inMetadata, lastSequence] = await Promise.all([
    readDeployedDocuments(settings),
    readLastSequence(settings),
  ]);
  return { inMetadata, lastSequence };
};
