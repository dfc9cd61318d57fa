/** Responses of the door itself. @module */
import type { IncomingMessage, ServerResponse } from "node:http";
import { printable } from "../../printable.ts";
import type { ProxyError, ReportedError } from "../errors.ts";
import { respondWith } from "../listen/error-response.ts";
import { asReported } from "../reported.ts";
import { CallerGone, ExchangeFailed } from "../upstream/failure.ts";
import { S3_ERRORS, S3Error, type S3ErrorCode } from "./errors.ts";
import { writeXml, type XmlPart } from "./xml.ts";

/** Headers that every response has. */
export const commonHeaders = (requestId: string): string[] => [
  "x-amz-request-id",
  requestId,
  "opc-request-id",
  requestId,
];

/** Responds without a body. @param headers names and values, alternating */
export const respondEmpty = (
  response: ServerResponse,
  requestId: string,
  status: number,
  headers: readonly string[] = [],
): void => {
  const length = status === 204 || status === 304 ? [] : ["content-length", "0"];
  response.writeHead(status, [...headers, ...length, ...commonHeaders(requestId)]);
  response.end();
};

/** Responds with a document. */
export const respondXml = (
  response: ServerResponse,
  requestId: string,
  root: string,
  content: readonly XmlPart[] | string,
  headers: readonly string[] = [],
): void => {
  const body = writeXml(root, content);
  response.writeHead(200, [
    ...headers,
    "content-type",
    "application/xml",
    "content-length",
    String(body.length),
    ...commonHeaders(requestId),
  ]);
  response.end(body);
};

/** The proxy's own errors as S3 says them. What may pass by itself is 503: SDKs try again. */
const AS_S3: Partial<Record<ProxyError["code"], S3ErrorCode>> = {
  BadTarget: "InvalidArgument",
  BadHeader: "InvalidArgument",
  BadRequest: "InvalidRequest",
  BadBody: "IncompleteBody",
  CallerUnknown: "AccessDenied",
  NotGranted: "AccessDenied",
  ForbiddenOrigin: "AccessDenied",
  ClientUnusable: "ServiceUnavailable",
  MethodNotSupported: "MethodNotAllowed",
  RequestTimeout: "RequestTimeout",
  LengthRequired: "MissingContentLength",
  BodyTooLarge: "EntityTooLarge",
  ExpectationFailed: "InvalidRequest",
  WrongHost: "InvalidRequest",
  HeadersTooLarge: "InvalidRequest",
  UpstreamFailed: "ServiceUnavailable",
  UpstreamTimeout: "ServiceUnavailable",
  NoIdentity: "ServiceUnavailable",
  NoEndpoint: "ServiceUnavailable",
  Overloaded: "SlowDown",
  AuditFailed: "ServiceUnavailable",
};

/** S3's code of an error. */
const codeOf = (error: ReportedError): S3ErrorCode =>
  error instanceof S3Error ? error.code : (AS_S3[error.code as ProxyError["code"]] ?? "InternalError");

/** S3's status of an error. */
export const statusOf = (error: ReportedError): number => S3_ERRORS[codeOf(error)];

/** Any error of one object in a list, as the list's answer says it. */
export const asListed = (error: unknown): { code: S3ErrorCode; message: string } => {
  const cause = error instanceof ExchangeFailed ? error.cause : error;
  if (cause instanceof CallerGone) throw error;
  const reported = asReported(cause);
  return { code: codeOf(reported), message: printable(reported.message) };
};

/** Responds with an error in S3's form, without a body to HEAD. */
export const respondWithS3Error = (
  request: IncomingMessage,
  response: ServerResponse,
  error: ReportedError,
  requestId: string,
): void => {
  const code = codeOf(error);
  const resource = (request.url ?? "").replace(/[?#].*$/s, "").slice(0, 1100);
  const details = error instanceof S3Error ? Object.entries(error.details ?? {}) : [];
  const parts: XmlPart[] = [
    ["Code", code],
    ["Message", printable(error.message)],
    ...details,
    ["Resource", printable(resource)],
    ["RequestId", requestId],
  ];
  respondWith(request, response, {
    status: S3_ERRORS[code],
    reason: code,
    headers: {
      ...error.headers,
      "content-type": "application/xml",
      "x-amz-request-id": requestId,
      "opc-request-id": requestId,
    },
    body: writeXml("Error", parts, false).toString("utf8"),
  });
};
