/** The forms in which a body may come when a grant is about it. @module */
import { ProxyError } from "../errors.ts";

const TOKEN = "[A-Za-z0-9!#$%&'*+.^_`|~-]+";
const JSON_TYPE = new RegExp(
  `^application/json((?:[ \\t]*;[ \\t]*${TOKEN}=(?:${TOKEN}|"[^"\\\\]*"))*)[ \\t]*$`,
  "i",
);
const PARAMETER = new RegExp(`;[ \\t]*(${TOKEN})=(${TOKEN}|"[^"\\\\]*")`, "g");

/** True for JSON in UTF-8, whatever other parameters the type has. */
const isJson = (type: string): boolean => {
  const parameters = JSON_TYPE.exec(type)?.[1];
  if (parameters === undefined) return false;
  const charsets = [...parameters.matchAll(PARAMETER)].filter(
    ([, name]) => name!.toLowerCase() === "charset",
  );
  return charsets.length <= 1 && charsets.every(([, , value]) => /^"?utf-8"?$/i.test(value!));
};

const FORM = "application/x-www-form-urlencoded";
const isForm = (type: string): boolean => type.toLowerCase().startsWith(FORM);
const FORM_HINT = " (curl -d sends this type unless -H says another)";

/**
 * Refuses a form where the operation takes JSON: no service reads one, and few say so.
 * @throws ProxyError `UnsupportedBody`
 */
export const refuseForm = (type: string): void => {
  if (!isForm(type)) return;
  throw new ProxyError(
    "UnsupportedBody",
    `the operation takes JSON, and its Content-Type is ${JSON.stringify(type.slice(0, 100))}${FORM_HINT}: write Content-Type: application/json`,
  );
};

/**
 * Checks that a body can be compared with a grant.
 * @param type the Content-Type header's value
 * @param encoding the Content-Encoding header's value; undefined where there is none
 * @throws ProxyError `UnsupportedBody` naming what was found and what to write
 */
export const checkComparable = (type: string, encoding: string | undefined): void => {
  if (!isJson(type)) {
    const found = JSON.stringify(type.slice(0, 100));
    const hint = isForm(type) ? FORM_HINT : "";
    throw new ProxyError(
      "UnsupportedBody",
      `the grant is about the body, and its Content-Type is ${found}${hint}: write JSON in UTF-8 with Content-Type: application/json`,
    );
  }
  if (encoding !== undefined && encoding.toLowerCase() !== "gzip") {
    throw new ProxyError(
      "UnsupportedBody",
      `the grant is about the body, and its Content-Encoding is ${JSON.stringify(encoding.slice(0, 100))}: write gzip, or none`,
    );
  }
};
