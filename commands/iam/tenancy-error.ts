/** The text is no tenancy; the message says where. @module */
export class TenancyError extends Error {
  override name = "TenancyError";
}
