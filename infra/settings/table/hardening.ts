import { z } from "zod";
import { ocidForm } from "../../../access/forms.ts";
import { setting } from "./setting.ts";

/** An SSH public key as OpenSSH writes it, one line. */
const SSH_KEY = /^(ssh-(rsa|ed25519)|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/=]+( [^\r\n]*)?$/;

/**
 * Settings that many organisations ask for on every instance and bucket, and for what they run beside the
 * app.
 */
export const hardeningSettings = {
  kmsKeyId: setting({
    schema: ocidForm("key").optional(),
    as: "text",
    says: "Vault key that encrypts the release bucket and the boot volume. The services need a statement of their own where the key lies: docs/deployer.md. Without the setting again, what is encrypted stays under that key: the provider sends no change.",
    allowed: "an OCID that begins with `ocid1.key.`",
    default: "Oracle's keys",
    example: "ocid1.key.oc1.iad.aaaa…",
    change: "in place",
  }),
  shielded: setting({
    schema: z.enum(["AMD_VM", "INTEL_VM", "GENERIC_BM", "none"]).default("none"),
    as: "text",
    says: "Secure boot, a trusted platform module and, on virtual machines, measured boot, by the shape's platform. Only for shapes that have them, which is read from OCI before anything is made, and for images that have them; the default shape has not. Back to none changes nothing until the instance is replaced.",
    allowed: "AMD_VM, INTEL_VM, GENERIC_BM or none",
    default: "none",
    example: "AMD_VM",
    change: "replaces the instance",
  }),
  releaseVersioning: setting({
    schema: z.boolean().default(false),
    as: "boolean",
    says: "The release bucket keeps what is deleted from it. `npm run teardown` removes the versions too; `pulumi destroy` stops at them. Back to false keeps the bucket as it is.",
    allowed: "true or false",
    default: "false",
    example: "true",
    change: "in place",
  }),
  sshAuthorizedKeys: setting({
    schema: z.array(z.string().regex(SSH_KEY)).max(20).default([]),
    as: "object",
    says: "SSH public keys that may log in as the image's user. Nothing reaches the instance from outside without a bastion or a network of yours.",
    allowed: "a list of at most 20 OpenSSH public keys",
    default: "none",
    example: '["ssh-ed25519 AAAA… ops"]',
    change: "replaces the instance",
  }),
  bootScript: setting({
    schema: z
      .string()
      .regex(/^[^\0]{1,500}$/)
      .optional(),
    as: "text",
    says: "Your own script for the instance: cloud-init runs it once, as root, at the end of the first boot, beside what keyless sets up. It installs what is to use the proxy, and can write no secret: whoever may read the instance reads it.",
    allowed: "path of a file of at most 8,000 bytes that begins with `#!`, from the project's folder",
    default: "none",
    example: "boot/backup-agent.sh",
    change: "replaces the instance",
  }),
  agentPlugins: setting({
    schema: z.array(z.string().regex(/^[A-Za-z][A-Za-z0-9 .-]{1,80}$/)).default([]),
    as: "object",
    says: "Plugins of Oracle Cloud Agent that are on beside monitoring. Without the setting no plugin manages the instance. With it, `Compute Instance Run Command` (which runs what others send it) and Oracle's other management plugins are turned off by name; one that is not known here (a name that OCI has added since) is as OCI has it.",
    allowed: "a list of plugins' names, as OCI lists them",
    default: "none",
    example: '["Bastion"]',
    change: "in place",
  }),
};
