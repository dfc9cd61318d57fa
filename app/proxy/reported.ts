/** Errors as callers get them. @module */
import { AmbiguousRequest } from "../../document/rules/ambiguous.ts";
import { PrincipalError } from "../instance-principal/index.ts";
import { ProxyError, ReportedError } from "./errors.ts";

/** Converts any error to the one that the caller gets; defects of the proxy show nothing of their inside. */
export const asReported = (error: unknown): ReportedError => {
  if (error instanceof ReportedError) return error;
  if (error instanceof AmbiguousRequest) {
    return new ProxyError(error.part === "target" ? "BadTarget" : "BadBody", error.message);
  }
  if (error instanceof PrincipalError) {
    return new ProxyError("NoIdentity", error.message, { "retry-after": "5" });
  }
  return new ProxyError("Internal", "the proxy failed at this request");
};
