/**
 * The one JSON document that tells the app on the instance what to do. It stands in the instance's metadata
 * under the key `keyless`, where OCI updates it in place; launcher, check and proxy read it from there.
 * @module
 */
import { z } from "zod";
import { withClientSettings } from "./client-settings.ts";

/** One call that the check makes, and what must come of it. */
export const probeSchema = z.strictObject({
  /** Stable name: `decoy-content`. */
  name: z.string().min(1),
  /** The call for people, as an infinitive: `read the sibling secret's content`. */
  says: z.string().min(1),
  /** `service.Operation` of the operations table: `secrets.GetSecretBundle`. */
  operation: z.string().regex(/^[a-z]+\.[A-Za-z]+$/),
  /** Path parameters. */
  params: z.record(z.string(), z.string()).default({}),
  query: z.record(z.string(), z.string()).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  /** The body, sent as JSON. */
  body: z.unknown().optional(),
  /** `https://` and host, for what is served by a host of its own (a vault's keys). */
  endpoint: z.string().optional(),
  /** The thing that the call is about: its OCID or name, and who has seen that it exists. */
  target: z.strictObject({
    id: z.string(),
    /**
     * `stack`: made by the stack; `deployer`: read by the deployer at deployment; `self`: the instance itself
     * or what it stands in; `nobody`: not known to exist, so that a refusal proves nothing.
     */
    seen: z.enum(["stack", "deployer", "self", "nobody"]),
  }),
  /** `always`: allowed to every instance by OCI, whatever the policies say; reported as such. */
  expected: z.enum(["allowed", "refused", "always"]),
  /** Code of a 404 that only a caller who may make the call is given: its thing is not there. */
  absent: z.string().optional(),
  /** A client of the proxy, when the call goes through the proxy in its name. */
  client: z.string().optional(),
});
export type Probe = z.infer<typeof probeSchema>;
/** A probe as it is written: members with defaults may be left out. */
export type ProbeInput = z.input<typeof probeSchema>;

/**
 * A constraint on one value of a request: exactly this, one of these, or begin with it, ignoring nothing; or a query
 * parameter that is left out.
 */
export const constraintSchema = z.union([
  z.string(),
  z.strictObject({ oneOf: z.array(z.string()).min(1) }),
  z.strictObject({ prefix: z.string() }),
  z.strictObject({ absent: z.literal(true) }),
]);
export type Constraint = z.infer<typeof constraintSchema>;

/** Operations that a client of the proxy may call, on which resources. All constraints must hold. */
export const allowSchema = z.strictObject({
  /** The grant behind it, as the declaration of access names it: `bucket invoices write`. */
  grant: z.string(),
  /** `service.Operation` of the operations table. */
  operations: z.array(z.string()).min(1),
  /**
   * Conditions by where the value stands: `path.<parameter>`, `query.<name>` (must be there exactly once),
   * `body.<member>.<member>` with `*` for each element of an array (every one must hold), `header.<name>` in lower case:
   * the proxy sends the header with this value, and a caller's own must be equal.
   */
  where: z.record(z.string(), constraintSchema).default({}),
  /**
   * `https://` and host that the operations are sent to, where each resource serves them at a host of its own (a vault
   * its keys). Without it the proxy reads the resource that the path names. It must be in the realm's domain.
   */
  endpoint: z
    .string()
    .regex(/^https:\/\/[a-z0-9.-]+$/)
    .optional(),
});
export type Allow = z.infer<typeof allowSchema>;
/** A rule as it is written: members with defaults may be left out. */
export type AllowInput = z.input<typeof allowSchema>;

/** One client of the proxy: its rules, and settings of its own. */
export const clientSchema = withClientSettings({ allow: z.array(allowSchema) });
/** A client as it is written. */
export type ClientInput = z.input<typeof clientSchema>;

/**
 * The proxy's part. Clients are checked one by one when they are compiled (`rules/policy.ts`): one that cannot be used
 * must not take the others down.
 */
const proxySchema = z.strictObject({
  clients: z.record(z.string(), z.unknown()),
  /** OCID of a log that gets the proxy's audit lines beside the journal. */
  auditLog: z.string().optional(),
});
export type ProxyDocument = z.infer<typeof proxySchema>;

/** The stack's signature over all other members of the document (`signature.ts`). */
export const signatureSchema = z.strictObject({
  /** `<project>/<stack>`: a document of another stack is not for this one. */
  stack: z.string().min(1),
  /**
   * Number of the document, higher than that of every document before: none of those can be put back
   * (replay).
   */
  sequence: z.number().int().nonnegative(),
  /** RSASSA-PKCS1-v1_5 with SHA-256, base64. */
  value: z
    .string()
    .regex(/^[A-Za-z0-9+/]+={0,2}$/)
    .refine((value) => Buffer.from(value, "base64").toString("base64") === value),
});

/** The document. */
export const documentSchema = z.strictObject({
  version: z.literal(1),
  bundle: z.strictObject({
    /** The pre-authenticated request's URL. */
    url: z.string().regex(/^https:\/\//),
    /** SHA-256 in lower-case hex. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  check: z.strictObject({
    secretId: z.string(),
    /** Time to wait for grants to take effect, in s. */
    deadlineS: z.number().positive(),
    /** Interval at which the secret is read again after the verdict, in s: a new version is a new verdict. */
    everyS: z.number().positive().default(60),
    /** Interval at which everything is tried again after the verdict, in s. */
    proveEveryS: z.number().positive().default(600),
    /**
     * Interval at which an unchanged proof is printed again in a short line, in s: at most once an hour on an
     * instance.
     */
    heartbeatS: z.number().positive().default(3600),
    /**
     * Namespace and compartment to which each run's outcome is posted as a metric; absent where the app has
     * no metrics grant of its own.
     */
    metrics: z.strictObject({ namespace: z.string(), compartmentId: z.string() }).optional(),
    /** The nonce of one run: the value's digest is reported under it. Absent in a tenancy. */
    nonce: z.string().optional(),
    probes: z.array(probeSchema),
  }),
  proxy: proxySchema.optional(),
  /** Updates that the instance makes of what the app runs on. */
  securityUpdates: z.enum(["security", "none"]).default("security"),
  /** Absent where the stack has no key for it (`keyless:signDocument: false`). */
  signature: signatureSchema.optional(),
});
export type KeylessDocument = z.infer<typeof documentSchema>;
/** The document as infra writes it. */
export type KeylessDocumentInput = z.input<typeof documentSchema>;
