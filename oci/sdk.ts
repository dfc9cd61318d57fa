/**
 * Oracle's TypeScript SDK as the source of generated tables: the text of each service package's clients. The
 * packages are 520 MB, and no dependency of the project.
 * @module
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The SDK's release that the tables are made from. */
export const SDK_VERSION = "2.139.1";

/** The folder that the SDK is installed in. Not under version control. */
const SDK_FOLDER = new URL("../.keyless/oci-sdk/", import.meta.url);

/** The command that puts it there. */
export const SDK_INSTALL = `npm install --no-save --ignore-scripts --prefix .keyless/oci-sdk oci-sdk@${SDK_VERSION}`;

const MODULES = new URL("node_modules/", SDK_FOLDER);

/** Tells whether the SDK is installed, in the release that is meant. */
export const sdkInstalled = (): boolean => {
  const file = new URL("oci-sdk/package.json", MODULES);
  if (!existsSync(file)) return false;
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version === SDK_VERSION;
};

/** One client class of the SDK. */
export interface SdkClient {
  /** The package's name without `oci-`. */
  service: string;
  /** The class's name without `Client`. */
  client: string;
  /** The class's source. */
  source: string;
}

/** The path of a service's package. */
export const sdkPackage = (service: string): string => fileURLToPath(new URL(`oci-${service}/`, MODULES));

/** Every service that has a package. Sorted. */
export const sdkServices = (): string[] => {
  const { dependencies } = JSON.parse(readFileSync(new URL("oci-sdk/package.json", MODULES), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const named = Object.keys(dependencies).filter((name) => name.startsWith("oci-"));
  const installed = new Set(readdirSync(MODULES));
  return named
    .filter((name) => installed.has(name) && existsSync(`${sdkPackage(name.slice(4))}lib/client.js`))
    .map((name) => name.slice(4))
    .sort();
};

/** Every client of a service, in the order of the source. */
export const sdkClients = (service: string): SdkClient[] =>
  readFileSync(`${sdkPackage(service)}lib/client.js`, "utf8")
    .split(/^class /m)
    .slice(1)
    .flatMap((source) => {
      const client = /^(\w+)Client\b/.exec(source)?.[1];
      return client ? [{ service, client, source }] : [];
    });
