/** Settings that stand in a stack's file where nothing reads them. @module */
import { parse } from "yaml";
import type { Problem } from "./error.ts";

/**
 * Settings outside `config:`. `pulumi stack init` writes the file anew and moves comments at its end out of the map;
 * a setting that is uncommented there is ignored by Pulumi.
 * @param text YAML; what is none has no misplaced keys, and its reader says so
 */
export const misplacedIn = (file: string, text: string): Problem[] => {
  let parsed: unknown;
  try {
    parsed = parse(text);
  } catch {
    return [];
  }
  const keys =
    typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? Object.keys(parsed) : [];
  return keys
    .filter((key) => key.includes(":"))
    .map((key) => ({
      setting: key,
      message: `found at the top level of ${file}, where it is ignored; allowed: below \`config:\`, indented by two spaces`,
    }));
};
