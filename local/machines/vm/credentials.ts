/**
 * The trust that a machine gets from this computer before it starts: the authority behind OCI's host names,
 * put into its trust store by systemd's own means (docs: systemd.system-credentials(7), `tmpfiles.extra`). A
 * tenancy's machines trust the public authorities in the same store.
 * @module
 */

const STORE = "/etc/ssl/certs/ca-certificates.crt";
const CERTIFICATE = "/usr/local/share/ca-certificates/local-oci.crt";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/**
 * The text of an SMBIOS OEM string that makes the guest trust an authority.
 * @param authority PEM
 */
export const trustCredential = (authority: string): string => {
  const lines = [
    `f+~ ${CERTIFICATE} 0644 root root - ${base64(authority)}`,
    `w+~ ${STORE} - - - - ${base64(`\n${authority}`)}`,
    "",
  ];
  return `io.systemd.credential.binary:tmpfiles.extra=${base64(lines.join("\n"))}`;
};
