/** What a request claims of its signature, in `Authorization` or in the query of a presigned URL. @module */
import { S3Error, type S3ErrorCode } from "../errors.ts";
import { SIGNATURE_PARAMETERS } from "./query.ts";
import { isV2Query, refuseAlgorithm, refuseHeader, refuseV2Query } from "./unsupported.ts";

/** A signature to be verified, with all that goes into it. */
export interface Claim {
  accessKeyId: string;
  /** `20260131/region/s3/aws4_request` */
  scope: string;
  region: string;
  /** `20260131T120000Z`: the request's own time. */
  timestamp: string;
  timeMs: number;
  /** Lower-case names in the order in which they are signed. */
  signedHeaders: readonly string[];
  signature: string;
  /** Of `x-amz-security-token`, in a header or in the query. */
  sessionToken: string | undefined;
  /** Life of a presigned URL in seconds; undefined for a signature in `Authorization`. */
  expiresS: number | undefined;
}

type Values = ReadonlyMap<string, string>;

const ALGORITHM = "AWS4-HMAC-SHA256";
const PARTS_OF_CREDENTIAL = 5;
/** Any will do, and none: rclone leaves it empty where no region is set. */
const REGION = /^[A-Za-z0-9._*-]{0,64}$/;
/** A header name; Node has checked those of the request, these come from the signature. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]{1,256}$/;
const TIMESTAMP = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;
const MAX_EXPIRES_S = 604_800;

const timestampMs = (timestamp: string): number | undefined => {
  const parts = TIMESTAMP.exec(timestamp);
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second] = parts.map(Number) as [number, ...number[]];
  const time = new Date(Date.UTC(year!, month! - 1, day!, hour!, minute!, second!));
  // 31 February would be a day of March, hour 25 one of the next day.
  const same =
    time.getUTCFullYear() === year &&
    time.getUTCMonth() + 1 === month &&
    time.getUTCDate() === day &&
    time.getUTCHours() === hour &&
    time.getUTCMinutes() === minute &&
    time.getUTCSeconds() === second;
  return same ? time.getTime() : undefined;
};

let lastTimestamp = "";
let lastTimestampMs: number | undefined;

/** As `timestampMs`; many requests share a second. */
const recentTimestampMs = (timestamp: string): number | undefined => {
  if (timestamp !== lastTimestamp) {
    lastTimestampMs = timestampMs(timestamp);
    lastTimestamp = timestamp;
  }
  return lastTimestampMs;
};

const toTimestamp = (timeMs: number): string =>
  new Date(timeMs).toISOString().replaceAll(/[-:]|\.\d{3}/g, "");

/** The request's time: `x-amz-date`, or `Date` as an HTTP date or in the same form. */
const requestTime = (headers: Values): { timestamp: string; timeMs: number } => {
  const sent = headers.get("x-amz-date") ?? headers.get("date");
  if (sent === undefined) {
    throw new S3Error("AccessDenied", "The request has no date: a signed request needs x-amz-date or Date.");
  }
  const timeMs = recentTimestampMs(sent);
  if (timeMs !== undefined) return { timestamp: sent, timeMs };
  if (!headers.has("x-amz-date")) {
    // Python's, which boto3 leaves where a caller has set one, ends in the zone's number.
    const httpDate = sent.replace(/ [+-]0000$/, " GMT");
    const httpMs = Date.parse(httpDate);
    if (Number.isFinite(httpMs) && new Date(httpMs).toUTCString() === httpDate) {
      return { timestamp: toTimestamp(httpMs), timeMs: httpMs };
    }
  }
  throw new S3Error(
    "AccessDenied",
    "The request's date cannot be read: write x-amz-date as 20260131T120000Z.",
  );
};

/** The parts of `Credential`. */
interface Credential extends Pick<Claim, "accessKeyId" | "scope" | "region"> {
  /** `20260131` */
  date: string;
}

/** Takes `key/date/region/service/aws4_request` apart. */
const parseCredential = (credential: string, malformed: S3ErrorCode): Credential => {
  const parts = credential.split("/");
  const [accessKeyId, date, region, service, terminator] = parts as [string, string, string, string, string];
  if (parts.length !== PARTS_OF_CREDENTIAL || accessKeyId === "" || terminator !== "aws4_request") {
    throw new S3Error(malformed, "Credential must be <access key id>/<date>/<region>/s3/aws4_request.");
  }
  if (service !== "s3") {
    throw new S3Error(
      malformed,
      `Credential is for the service ${JSON.stringify(service.slice(0, 40))}: it must be s3.`,
    );
  }
  if (!REGION.test(region)) throw new S3Error(malformed, "Credential has a region that is no name.");
  return { accessKeyId, region, date, scope: `${date}/${region}/s3/aws4_request` };
};

/** @throws S3Error for another day than the key's: a signing key would be used on other days than its own */
const checkDay = ({ date }: Credential, timestamp: string, malformed: S3ErrorCode): void => {
  if (date !== timestamp.slice(0, 8)) {
    throw new S3Error(malformed, "The date of Credential must be the day of the request's date.");
  }
};

const parseSignedHeaders = (list: string, malformed: S3ErrorCode): readonly string[] => {
  const names = list.split(";");
  if (!names.every((name) => HEADER_NAME.test(name)) || new Set(names).size !== names.length) {
    throw new S3Error(malformed, "SignedHeaders must be lower-case header names, each once, with ; between.");
  }
  if (!names.includes("host")) throw new S3Error(malformed, "SignedHeaders must have host.");
  return names;
};

const fieldsOf = (authorization: string): Map<string, string> => {
  const fields = new Map<string, string>();
  for (const part of authorization.slice(ALGORITHM.length).split(",")) {
    const field = part.trim();
    const equals = field.indexOf("=");
    const name = field.slice(0, Math.max(0, equals));
    if (!["Credential", "SignedHeaders", "Signature"].includes(name) || fields.has(name)) {
      throw new S3Error(
        "AuthorizationHeaderMalformed",
        "Authorization must have Credential, SignedHeaders and Signature, each once, with commas between.",
      );
    }
    fields.set(name, field.slice(equals + 1));
  }
  return fields;
};

/** Of `Authorization`: all but the signature itself. */
interface Front extends Credential {
  signedHeaders: readonly string[];
}

/**
 * What stood before the signature in requests of late: a program sends the same all day, and reading it costs as much
 * as verifying. Only what was well-formed is kept.
 */
const fronts = new Map<string, Front>();
const MOST_FRONTS = 256;
const MAX_FRONT_CHARACTERS = 1024;
const SIGNATURE = "Signature=";

const readFront = (authorization: string): { front: Front; signature: string } => {
  const malformed = "AuthorizationHeaderMalformed";
  const at = authorization.lastIndexOf(SIGNATURE);
  const text = authorization.slice(0, Math.max(0, at));
  const last = authorization.slice(at + SIGNATURE.length);
  const known = fronts.get(text);
  if (known && !last.includes(",")) return { front: known, signature: last };
  const fields = fieldsOf(authorization);
  if (fields.size !== 3) {
    throw new S3Error(malformed, "Authorization must have Credential, SignedHeaders and Signature.");
  }
  const front = {
    ...parseCredential(fields.get("Credential")!, malformed),
    signedHeaders: parseSignedHeaders(fields.get("SignedHeaders")!, malformed),
  };
  const signature = fields.get("Signature")!;
  // Where something stands behind the signature, the text before it is not all the rest.
  if (signature === last && text.length <= MAX_FRONT_CHARACTERS) {
    if (fronts.size >= MOST_FRONTS) fronts.clear();
    fronts.set(text, front);
  }
  return { front, signature };
};

const fromHeader = (authorization: string, headers: Values): Claim => {
  if (!authorization.startsWith(`${ALGORITHM} `)) refuseHeader(authorization);
  const { front, signature } = readFront(authorization);
  const { timestamp, timeMs } = requestTime(headers);
  checkDay(front, timestamp, "AuthorizationHeaderMalformed");
  const { accessKeyId, scope, region, signedHeaders } = front;
  const sessionToken = headers.get("x-amz-security-token");
  return {
    accessKeyId,
    scope,
    region,
    timestamp,
    timeMs,
    signedHeaders,
    signature,
    sessionToken,
    expiresS: undefined,
  };
};

const fromQuery = (headers: Values, query: Values): Claim => {
  const malformed = "AuthorizationQueryParametersError";
  const missing = SIGNATURE_PARAMETERS.filter((name) => name !== "X-Amz-Security-Token" && !query.has(name));
  const algorithm = query.get("X-Amz-Algorithm");
  if (algorithm !== undefined && algorithm !== ALGORITHM) refuseAlgorithm(algorithm);
  if (missing.length > 0) throw new S3Error(malformed, `The presigned URL lacks ${missing.join(", ")}.`);
  const timestamp = query.get("X-Amz-Date")!;
  const timeMs = timestampMs(timestamp);
  if (timeMs === undefined) {
    throw new S3Error(malformed, "X-Amz-Date must be in the form 20260131T120000Z.");
  }
  const expires = query.get("X-Amz-Expires")!;
  const expiresS = /^\d{1,6}$/.test(expires) ? Number(expires) : 0;
  if (expiresS < 1 || expiresS > MAX_EXPIRES_S) {
    // S3's conformance tests want 403 here.
    throw new S3Error("AccessDenied", `X-Amz-Expires must be from 1 to ${MAX_EXPIRES_S} seconds.`);
  }
  const inHeader = headers.get("x-amz-security-token");
  const inQuery = query.get("X-Amz-Security-Token");
  if (inHeader !== undefined && inQuery !== undefined) {
    throw new S3Error(malformed, "The security token is there twice: in a header and in the query.");
  }
  const credential = parseCredential(query.get("X-Amz-Credential")!, malformed);
  checkDay(credential, timestamp, malformed);
  const { accessKeyId, scope, region } = credential;
  return {
    accessKeyId,
    scope,
    region,
    timestamp,
    timeMs,
    signedHeaders: parseSignedHeaders(query.get("X-Amz-SignedHeaders")!, malformed),
    signature: query.get("X-Amz-Signature")!,
    sessionToken: inHeader ?? inQuery,
    expiresS,
  };
};

/**
 * Reads the signature that a request claims, in its header or its query.
 * @throws S3Error for none, both, one that cannot be read, and Signature Versions 2 and 4A
 */
export const readClaim = (headers: Values, query: Values): Claim => {
  const authorization = headers.get("authorization");
  const presigned = SIGNATURE_PARAMETERS.some((name) => query.has(name));
  const v2 = isV2Query(query);
  if (Number(authorization !== undefined) + Number(presigned) + Number(v2) > 1) {
    throw new S3Error(
      "InvalidArgument",
      "The request is signed twice: sign in the Authorization header or in the query, in one way.",
    );
  }
  if (authorization !== undefined) return fromHeader(authorization, headers);
  if (v2) refuseV2Query();
  if (presigned) return fromQuery(headers, query);
  throw new S3Error(
    "AccessDenied",
    "The request is not signed: sign it with AWS4-HMAC-SHA256 and the client's access key.",
  );
};
