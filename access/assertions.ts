/** Assertions of a team's own in a stack's configuration: a list, or the file that has it. @module */
import { z } from "zod";
import { type Assertion, readAssertions } from "../iam/index.ts";

/** A file's name: YAML or JSON. */
const FILE = /^[^\n]+\.(ya?ml|json)$/;

/** Assertions, checked in form; names in them are looked up where they are checked. */
export const assertionsSchema = z.unknown().transform((value, context): readonly Assertion[] | string => {
  if (typeof value === "string" && FILE.test(value)) return value;
  const { assertions, problems } = readAssertions(value);
  for (const { path, message } of problems) context.addIssue({ code: "custom", path: [...path], message });
  return assertions;
});
