/**
 * The text of `templates.data.json`: the hosts of every service, from the client classes of Oracle's SDK.
 * @module
 */
import { readFileSync } from "node:fs";
import { SDK_VERSION, type SdkClient, sdkClients, sdkInstalled, sdkServices } from "../sdk.ts";
import type { HostsData } from "./data.ts";

const FILE = new URL("templates.data.json", import.meta.url);

/** A static member of a client class that holds a text. */
const member = ({ source }: SdkClient, name: string): string | undefined =>
  new RegExp(`^\\w+Client\\.${name} = "([^"]*)";`, "m").exec(source)?.[1] || undefined;

/** Templates by realm: `{ "oc1": "https://…" }`. */
const perRealm = ({ source }: SdkClient): Record<string, string> => {
  const text = /^\w+Client\.serviceEndpointTemplatePerRealm = \{([\s\S]*?)^\}/m.exec(source)?.[1] ?? "";
  return Object.fromEntries(
    [...text.matchAll(/"(\w+)": "https:\/\/([^/"]+)"/g)].map(([, realm, template]) => [realm!, template!]),
  );
};

const read = (): HostsData => {
  const data: HostsData = { sdk: SDK_VERSION, templates: {}, dotted: {}, perRealm: {}, withoutRegion: [] };
  for (const client of sdkServices().flatMap(sdkClients)) {
    const { service, source } = client;
    const template = member(client, "serviceEndpointTemplate")?.replace("https://", "");
    if (!template) throw new Error(`${service}.${client.client} has no template of its host`);
    if ((data.templates[service] ?? template) !== template)
      throw new Error(`the clients of ${service} have different hosts`);
    data.templates[service] = template;
    const label = member(client, "endpointServiceName");
    if (label) data.dotted[service] = label;
    const realms = perRealm(client);
    if (Object.keys(realms).length > 0) data.perRealm[service] = realms;
    if (!/^ {4}set region\(/m.test(source)) data.withoutRegion.push(`${service}.${client.client}`);
  }
  return data;
};

/** `templates.data.json`. Without the SDK it stays as it is. @throws Error for a client whose host is not as the others' */
export const templatesFile = (): string =>
  sdkInstalled() ? `${JSON.stringify(read(), null, 1)}\n` : readFileSync(FILE, "utf8");
