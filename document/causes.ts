/** Causes of bad verdicts, in one table: what each means and what to do about it. @module */

/** Causes of bad verdicts. docs/errors.md is made from this. */
export const CAUSES = {
  metadata: {
    meaning:
      "The instance's metadata service gave no identity: it cannot be reached, or what it gave cannot be used.",
    advice:
      "Check that the instance reaches 169.254.169.254 port 80 and that the metadata service v2 is enabled.",
  },
  token: {
    meaning: "The auth service gave the instance no security token that can be used.",
    advice:
      "Check the subnet's route to the service gateway and the auth service; the certificate in the metadata must be valid.",
  },
  clock: {
    meaning:
      "The machine's clock is too far from OCI's, which refuses signatures that are more than 5 minutes off.",
    advice: "Set the machine's clock: chrony with the metadata address 169.254.169.254 as its time source.",
  },
  "not-authorised": {
    meaning: "Something that was granted is refused: the secret, or what a probe tried.",
    advice:
      "Check that the dynamic group's rule selects this instance and that the statement names this secret; changes may take minutes. OCI does not say whether the secret is absent or forbidden.",
  },
  "not-active": {
    meaning: "The secret, its key or its vault is disabled or pending deletion.",
    advice: "Cancel the deletion of the secret, its key or its vault, or deploy with another one.",
  },
  "too-much-allowed": {
    meaning: "Something that was not granted is allowed.",
    advice: "Narrow the statements that reach this instance until each probe named here is refused.",
  },
  unproven: {
    meaning:
      "Something is refused as it must be, and nobody has seen that it exists: OCI answers 404 for both.",
    advice:
      "Give each refused probe a target that exists: the stack's decoy, or a resource the deployer can read.",
  },
  bundle: {
    meaning: "The app's bundle could not be fetched, is not the one that was deployed, or does not start.",
    advice: "Run `pulumi up` again.",
  },
  document: {
    meaning:
      "The document in the instance's metadata is not signed by the stack's key, is for another stack, or is older than one that was accepted: it was refused. The last accepted one goes on.",
    advice:
      "Run `pulumi up` again, and find out who may update the instance (INSTANCE_UPDATE) and did: oci audit event list.",
  },
  settings: {
    meaning:
      "The document in the instance's metadata is not one of this version, or the rules of a client in it cannot be used.",
    advice: "Run `pulumi up` again with the same version of keyless.",
  },
  proxy: {
    meaning: "The signing proxy does not answer the check.",
    advice: "On the instance: journalctl -u keyless-proxy says why it does not answer.",
  },
  boot: {
    meaning:
      "The machine could not start the check: user_data stopped, the metadata address could not be locked, or the disk is full.",
    advice: "See the instance's console.",
  },
  service: {
    meaning: "A service answered something else than yes or no, or nothing: the check cannot tell.",
    advice: "Try again; if it stays, look at OCI's status page for the service.",
  },
} as const satisfies Readonly<Record<string, { meaning: string; advice: string }>>;

/** A cause of a bad verdict. */
export type Cause = keyof typeof CAUSES;
