/**
 * Names of services: what is meant by a name that is none, from the labels of hosts (`iaas`, `telemetry`), the SDK's
 * clients (`blockstorage`), the OCI CLI's groups (`os`, `lb`), and names that are nearly right (`queues`).
 * @module
 */
import { hostLabels } from "./hosts/index.ts";
import { nearestWords } from "./nearest.ts";
import { clientsOf, services } from "./operations/table.ts";

/** Groups of the OCI CLI, and short names, that are no service, label or client. */
const COMMON: Readonly<Record<string, string>> = {
  bucket: "objectstorage",
  bv: "core",
  ce: "containerengine",
  db: "database",
  fn: "functions",
  fs: "filestorage",
  iam: "identity",
  lb: "loadbalancer",
  network: "core",
  nlb: "networkloadbalancer",
  oke: "containerengine",
  os: "objectstorage",
  s3: "objectstorage",
  vcn: "core",
};

/** Most services that are named. */
const MOST = 4;

/** A name without what people put between its parts. */
const plain = (word: string): string => word.toLowerCase().replace(/[-_. ]/g, "");

let byWord: ReadonlyMap<string, readonly string[]> | undefined;

/** Services by every word for them. */
const words = (): ReadonlyMap<string, readonly string[]> => {
  const made = new Map<string, string[]>();
  const add = (word: string, service: string): void => {
    const key = plain(word);
    const known = made.get(key) ?? [];
    if (!known.includes(service)) made.set(key, [...known, service]);
  };
  for (const service of services) {
    add(service, service);
    for (const client of clientsOf(service)) add(client, service);
    for (const label of hostLabels(service)) add(label, service);
  }
  for (const [word, service] of Object.entries(COMMON)) add(word, service);
  return made;
};

/**
 * The services that a name which is none is likely to mean, at most four.
 * @returns the service itself for another spelling of it; empty when nothing is near
 */
const servicesMeant = (word: string): readonly string[] => {
  byWord ??= words();
  const key = plain(word.slice(0, 100));
  if (services.includes(key)) return [key];
  const near = byWord.has(key) ? [key] : nearestWords(key, byWord.keys(), MOST);
  return [...new Set(near.flatMap((one) => byWord!.get(one)!))].slice(0, MOST);
};

/**
 * The end of a message about a name that is no service.
 * @param fits narrows what is meant to what the rest of the request fits, where that leaves any
 * @param write how a service is written where the name stood: `/core/…`
 */
export const serviceHint = (
  word: string,
  fits: (service: string) => boolean,
  write: (service: string) => string = (service) => service,
): string => {
  const meant = servicesMeant(word);
  const fitting = meant.filter(fits);
  const named = (fitting.length > 0 ? fitting : meant).map(write);
  return named.length > 0
    ? `did you mean ${named.join(" or ")}?`
    : `docs/services.md lists the ${services.length} there are`;
};
