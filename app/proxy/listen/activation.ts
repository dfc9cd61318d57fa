/** Sockets that systemd opened before it started the service (sd_listen_fds(3)). @module */

const FIRST_FD = 3;

/** The name of the S3 endpoint's port among them: no client's, whose names begin with a letter or digit. */
export const S3_PORT = "_s3";

/**
 * Descriptors by their name. `http` is the loopback port, `admin` the admin listener, `_s3` the port of the S3 endpoint,
 * any other name is the client whose socket it is. The launcher passes the service's sockets on to its child, so the process that
 * they are meant for may also be the parent.
 */
export const activatedSockets = (env: NodeJS.ProcessEnv = process.env): ReadonlyMap<string, number> => {
  const count = Number(env["LISTEN_FDS"] ?? 0);
  const meantFor = Number(env["LISTEN_PID"] ?? 0);
  if (!(count > 0) || (meantFor !== process.pid && meantFor !== process.ppid)) return new Map();
  const names = (env["LISTEN_FDNAMES"] ?? "").split(":");
  return new Map(Array.from({ length: count }, (_, i) => [names[i] || `unknown${i}`, FIRST_FD + i]));
};
