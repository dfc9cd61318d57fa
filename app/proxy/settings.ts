/**
 * The proxy's settings: a YAML or JSON file for `npm run proxy -- --config FILE`, all of it optional on an
 * instance. Unknown keys are errors, and all errors are reported together.
 * @module
 */
import { parse } from "yaml";
import { z } from "zod";
import { clientSchema } from "../../document/schema.ts";
import { METADATA_BASE_URL } from "../instance-principal/index.ts";

const port = z.int().min(0).max(65535);
const ms = z.int().min(1).max(86_400_000);
const bytes = z.int().min(1);
const address = z.enum(["127.0.0.1", "::1"]);

export const proxySettingsSchema = z.strictObject({
  /** Directory with one Unix socket for each client, `<client>.sock`; `false`: none. @default /run/keyless-proxy */
  sockets: z.union([z.strictObject({ dir: z.string().min(1) }), z.literal(false)]).prefault({
    dir: "/run/keyless-proxy",
  }),
  /** A port on the loopback for callers that cannot use a socket; they show a token. `false`: none. */
  loopback: z
    .union([
      z.strictObject({ address: address.default("127.0.0.1"), port: port.default(8480) }),
      z.literal(false),
    ])
    .prefault({}),
  /**
   * The port for software that speaks S3, where clients have grants of buckets; `false`: none.
   * @default the loopback port's number and 2
   */
  s3: z
    .union([
      z.strictObject({ address: address.default("127.0.0.1"), port: port.optional() }),
      z.literal(false),
    ])
    .prefault({}),
  /** The tokens' files, `<client>.token`: in memory-backed storage. */
  tokens: z
    .strictObject({
      dir: z.string().min(1).default("/run/keyless-proxy"),
      rotateS: z
        .int()
        .min(1)
        .default(12 * 3600),
      overlapS: z.int().min(0).default(600),
    })
    .prefault({}),
  /** Health and metrics, at a loopback port or a socket; `false`: none. */
  admin: z
    .union([
      z.strictObject({ address: address.default("127.0.0.1"), port: port.default(8481) }),
      z.strictObject({ socket: z.string().min(1) }),
      z.literal(false),
    ])
    .prefault({}),
  /** The metadata service's base URL. */
  metadata: z
    .strictObject({
      baseUrl: z.url().default(METADATA_BASE_URL),
      /**
       * File with the signers that documents are accepted from, in place of the file of user_data; used where
       * clients are read there.
       */
      trustFile: z.string().optional(),
      /** Folder in which the last accepted document is kept, in place of systemd's StateDirectory. */
      stateFolder: z.string().optional(),
    })
    .prefault({}),
  /** Region in place of the one in the metadata. */
  region: z.string().optional(),
  realmDomain: z.string().optional(),
  /** Connections to OCI. `caFile` and `connectTo` (`127.0.0.1:PORT`) are for a local OCI. */
  upstream: z
    .strictObject({
      caFile: z.string().optional(),
      connectTo: z
        .string()
        .regex(/^[^:\s]+:\d{1,5}$/, "must be <address>:<port>")
        .optional(),
      connectMs: ms.default(5000),
      headersMs: ms.default(60_000),
      bodyMs: ms.default(60_000),
      /** Connections to one service, for all clients; one alone gets three quarters. */
      connectionsPerHost: z.int().min(1).default(128),
    })
    .prefault({}),
  limits: z
    .strictObject({
      /** Limit for a request's line and headers. */
      headerBytes: bytes.default(16 * 1024),
      /** Limit for one body that must be signed. */
      bufferedBodyBytes: bytes.default(8 * 1024 * 1024),
      /** Limit for all of them together. */
      bufferedTotalBytes: bytes.default(64 * 1024 * 1024),
      /** Requests at once, of all clients; one alone gets three quarters. More get 503 with Retry-After. */
      requests: z.int().min(1).default(512),
      /** Connections at once, at each listener. The next one closes the oldest that is idle. */
      connections: z.int().min(1).default(2048),
      /**
       * Those of them, at the loopback port, that have shown no token yet. The next one closes the oldest.
       */
      unauthenticated: z.int().min(1).default(256),
    })
    .prefault({}),
  timeouts: z
    .strictObject({
      /** Limit for a request's headers. */
      headersMs: ms.default(10_000),
      /** Limit for a first request with a client's token on a connection to the loopback port. */
      credentialMs: ms.default(10_000),
      /** Limit for a body that is buffered. */
      bodyMs: ms.default(60_000),
      /**
       * Limit without a byte either way while a request is under way, or while its caller reads nothing of
       * the response.
       */
      stallMs: ms.default(120_000),
      /** Limit between two requests on a connection. */
      idleMs: ms.default(60_000),
      /** Limit for obtaining a session when the current one has expired. */
      identityMs: ms.default(10_000),
      /** Limit for requests under way when the proxy is asked to end. */
      drainMs: ms.default(25_000),
    })
    .prefault({}),
  audit: z
    .strictObject({
      /** `stdout`, or a file. */
      to: z.string().min(1).default("stdout"),
      /** A file that is rotated; `to` then has a copy of each line. @default on an instance, below the unit's logs */
      file: z
        .strictObject({
          path: z.string().min(1),
          /** Size of one file. */
          maxBytes: z
            .int()
            .min(64 * 1024)
            .default(16 * 1024 * 1024),
          /** Number of files kept, the one being written among them. */
          files: z.int().min(2).max(1000).default(8),
        })
        .optional(),
      /** Behaviour while lines cannot be written (a full disk, a reader that does not read). */
      onFailure: z.enum(["stop", "continue"]).default("stop"),
      /** OCID of a log that gets the lines too, in batches. */
      log: z.string().optional(),
    })
    .prefault({}),
  /** Further Host names under which callers know the proxy. */
  hosts: z.array(z.string().regex(/^[A-Za-z0-9.-]+(:\d{1,5})?$/)).default([]),
  /**
   * Users of this machine by client. A client that is not named here is the user of its own name; where there
   * is no such user, socket and token are for the proxy's own user alone.
   */
  users: z.record(z.string(), z.string()).default({}),
  /** The user of the check, which has a socket for each client, `check/<client>.sock`, to try what the client may. */
  checkUser: z.string().default("keyless-check"),
  /** Clients and their rules; without it they are read from the instance's metadata, and followed there. */
  clients: z.record(z.string(), clientSchema).optional(),
});
export type ProxySettings = z.output<typeof proxySettingsSchema>;
/** Settings as they are written: everything may be left out. */
export type ProxySettingsInput = z.input<typeof proxySettingsSchema>;

const issueLine = (issue: z.core.$ZodIssue): string =>
  `${issue.path.join(".") || "the file"}: ${issue.message}`;

/** Issues of a union's members, where they say more than that none of them fits. */
const flatten = (issue: z.core.$ZodIssue): z.core.$ZodIssue[] => {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return [issue];
  const [best] = [...issue.errors].sort((a, b) => (b[0]?.path.length ?? 0) - (a[0]?.path.length ?? 0));
  return best!.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
};

/**
 * Checks settings and fills in the defaults.
 * @throws Error with a line for each thing that is wrong
 */
export const readProxySettings = (value: unknown): ProxySettings => {
  const result = proxySettingsSchema.safeParse(value ?? {});
  if (result.success) return result.data;
  throw new Error(result.error.issues.flatMap(flatten).map(issueLine).join("\n"));
};

/**
 * Reads the text of a settings file, YAML or JSON.
 * @throws Error with a line for each thing that is wrong
 */
export const parseSettings = (text: string): ProxySettings => {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new Error(`the file is neither YAML nor JSON: ${(error as Error).message.split("\n")[0]}`);
  }
  return readProxySettings(value);
};
