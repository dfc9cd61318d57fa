/** `docs/operations-served.md`: what the local OCI serves, by service and SDK client. @module */
import { services } from "../../local/services/index.ts";
import { reasonUnserved } from "../../local/services/unserved.ts";
import { type Operation, operationsOf } from "../../oci/operations/index.ts";
import { table } from "./table.ts";

/** Operations by a key, keys and names in alphabetical order. */
const namesBy = (list: readonly Operation[], keyOf: (operation: Operation) => string): [string, string][] => {
  const groups = new Map<string, Set<string>>();
  for (const operation of list)
    groups.set(keyOf(operation), (groups.get(keyOf(operation)) ?? new Set()).add(operation.name));
  return [...groups].map(([key, names]): [string, string] => [key, [...names].sort().join(", ")]).sort();
};

const section = (service: string): string => {
  const { handlers } = services.find(({ name }) => name === service)!;
  const all = [...operationsOf(service)];
  const served = all.filter((o) => o.name in handlers);
  const unserved = all.filter((o) => !(o.name in handlers));
  const lines = [
    `## ${service}`,
    `${served.length} of ${all.length} operations.`,
    table(
      ["SDK client", "served"],
      namesBy(served, (o) => o.client),
    ),
  ];
  if (unserved.length)
    lines.push(
      table(
        ["answered 404, since", "operations"],
        namesBy(unserved, (o) => reasonUnserved(o) ?? "nobody needed it yet"),
      ),
    );
  return lines.join("\n\n");
};

/** Makes the page. */
export const operationsServedPage = (): string => `# Operations that the local OCI serves

By service, named as Oracle's SDKs name them. \`npm run reference\` makes this page from the handlers in
\`local/services\` and the table in \`oci/operations\`. Services that are missing here, and how what is served differs
from OCI: [local.md](local.md).

${services.map(({ name }) => section(name)).join("\n\n")}

## auth

Federation: \`POST /v1/x509\`, by which an instance gets its security token.
`;
