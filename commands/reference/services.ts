/** `docs/services.md`: the services whose operations the proxy, allow rules and grants of kind `raw` know. @module */
import { hostOf, ownHostOf } from "../../oci/hosts.ts";
import { operationsOf, sdkVersion, services } from "../../oci/operations/index.ts";
import { table } from "./table.ts";

const REGION = "us-ashburn-1";

/** The host of a service, or where its operations go otherwise. */
const hostIn = (service: string): string => {
  const own = [...operationsOf(service)].map(ownHostOf).find((found) => found !== undefined);
  const ofResources = own ? `each ${own.of}'s own` : undefined;
  try {
    const host = hostOf(service, REGION, "oraclecloud.com").replace(`.${REGION}.`, ".<region>.");
    return [host, ...(ofResources ? [ofResources] : [])].join("; ");
  } catch {
    return ofResources ?? "outside of the realm's domain: nothing is signed for it";
  }
};

/** Makes the page. */
export const servicesPage = (): string => {
  const rows = services.map((service): [string, string, string, string] => {
    const own = [...operationsOf(service)];
    const clients = [...new Set(own.map(({ client }) => client))];
    return [service, String(own.length), clients.join(", "), hostIn(service)];
  });
  return `# Services

The ${services.length} services of Oracle's SDK ${sdkVersion}, by the name that stands first in a path to the proxy and
before the dot in an operation's name (\`core.GetInstance\`). \`npm run reference\` makes this page.

${table(["service", "operations", "SDK clients", "host"], rows)}
`;
};
