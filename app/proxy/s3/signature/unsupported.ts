/** Refusals of signatures that are not Signature Version 4, by name and with what to do. @module */
import { S3Error } from "../errors.ts";

const V4 = "AWS4-HMAC-SHA256";

const ADVICE_V2 =
  "Signature Version 2 is not supported: sign with AWS4-HMAC-SHA256. boto3 and AWS CLI v1 presign by version 2 when the region is us-east-1: set another region, or signature_version='s3v4' in botocore's Config (AWS CLI: aws configure set default.s3.signature_version s3v4); AWS SDK for JavaScript v2: signatureVersion 'v4'; s3cmd: leave --signature-v2 out.";

const ADVICE_V4A =
  "Signature Version 4A (AWS4-ECDSA-P256-SHA256) is not supported: sign with AWS4-HMAC-SHA256 for one region, any will do; multi-region access points and the region set '*' are what makes SDKs choose 4A.";

/**
 * Repeats nothing but the name of the scheme: the rest, and a value without scheme, may be a secret.
 * @throws S3Error `InvalidRequest` for an `Authorization` of version 2 or 4A, `InvalidArgument` for another scheme
 */
export const refuseHeader = (authorization: string): never => {
  const scheme = /^([A-Za-z0-9-]{1,30}) /.exec(authorization)?.[1] ?? "";
  if (scheme === "AWS") throw new S3Error("InvalidRequest", ADVICE_V2);
  if (scheme.startsWith("AWS4-ECDSA-")) throw new S3Error("InvalidRequest", ADVICE_V4A);
  throw new S3Error(
    "InvalidArgument",
    `Authorization has ${scheme === "" ? "no scheme" : `the scheme ${scheme}`}: S3 requests are signed with ${V4}.`,
    { ArgumentName: "Authorization" },
  );
};

/** Parameters of version 2. */
const V2_PARAMETERS = ["AWSAccessKeyId", "Signature", "Expires"];

/** Tells a URL that is presigned by version 2. */
export const isV2Query = (values: ReadonlyMap<string, string>): boolean =>
  values.has("AWSAccessKeyId") || V2_PARAMETERS.slice(1).every((name) => values.has(name));

/** @throws S3Error `InvalidRequest` */
export const refuseV2Query = (): never => {
  throw new S3Error("InvalidRequest", ADVICE_V2);
};

/** @throws S3Error for an `X-Amz-Algorithm` that is not version 4's */
export const refuseAlgorithm = (algorithm: string): never => {
  if (algorithm.startsWith("AWS4-ECDSA-")) throw new S3Error("InvalidRequest", ADVICE_V4A);
  throw new S3Error("AuthorizationQueryParametersError", `X-Amz-Algorithm must be ${V4}.`);
};
