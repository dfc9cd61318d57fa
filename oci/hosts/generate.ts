/**
 * The text of `templates.data.json`: the host template of every OCI service, read from the lines
 * `<service> "https://<template>"` of `data/endpoint-templates.txt`.
 * @module
 */
import { readFileSync } from "node:fs";

/** `templates.data.json`: template by service. @throws Error for a line that is not one of service and template */
export const templatesFile = (): string => {
  const templates: Record<string, string> = {};
  const file = new URL("../../data/endpoint-templates.txt", import.meta.url);
  for (const line of readFileSync(file, "utf8").split("\n")) {
    if (!line.trim()) continue;
    const match = /^(\w+) "https:\/\/([^/"]+)"$/.exec(line);
    if (!match) throw new Error(`not a line of service and template: ${line}`);
    templates[match[1]!] = match[2]!;
  }
  return `${JSON.stringify(templates, null, 1)}\n`;
};
