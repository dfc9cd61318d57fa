/**
 * Writes `templates.data.json`: the host template of every OCI service, read from a list of lines
 * `<service> "https://<template>"` whose path is the one argument.
 *
 *     node --import tsx oci/hosts/generate.ts ../shared/data/endpoint-templates.txt
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";

const file = process.argv[2];
if (!file) throw new Error("Name the list of endpoint templates: generate.ts endpoint-templates.txt");
const templates: Record<string, string> = {};
for (const line of readFileSync(file, "utf8").split("\n")) {
  if (!line.trim()) continue;
  const match = /^(\w+) "https:\/\/([^/"]+)"$/.exec(line);
  if (!match) throw new Error(`not a line of service and template: ${line}`);
  templates[match[1]!] = match[2]!;
}
writeFileSync(new URL("templates.data.json", import.meta.url), `${JSON.stringify(templates, null, 1)}\n`);
console.error(`${Object.keys(templates).length} templates`);
