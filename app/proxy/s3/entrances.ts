/** Where clients reach the S3 door: a port that all of them share, and a socket each. @module */
import type { ClientSettings, Listen } from "../../../document/client-settings.ts";
import type { ClientPolicies, ClientPolicy } from "../../../document/rules/policy.ts";
import { S3 } from "../../../document/s3.ts";
import type { ProxySettings } from "../settings.ts";

/** The number of the S3 port behind that of the loopback port. */
const BEHIND_LOOPBACK = 2;

const hasBuckets = (policy: ClientPolicy | undefined): boolean =>
  policy !== undefined && [...policy.keys()].some((operation) => operation.startsWith("objectstorage."));

const portOf = ({ s3, loopback }: ProxySettings): Listen | undefined => {
  if (s3 === false || (loopback === false && s3.port === undefined)) return undefined;
  const own = loopback === false ? 0 : loopback.port;
  return { address: s3.address, port: s3.port ?? (own === 0 ? 0 : own + BEHIND_LOOPBACK), service: S3 };
};

/**
 * Settings of all clients, with the S3 door among the entrances of those that have grants of buckets.
 * @param held the port is systemd's, and no client has it to open
 */
export const withS3Entrances = (
  { settings, clients }: ClientPolicies,
  proxy: ProxySettings,
  held = false,
): ReadonlyMap<string, ClientSettings> => {
  if (proxy.s3 === false) return settings;
  const port = held ? undefined : portOf(proxy);
  return new Map(
    [...settings].map(([name, own]): [string, ClientSettings] => {
      if (!hasBuckets(clients.get(name))) return [name, own];
      const listen = [...(own.listen ?? []), ...(port ? [port] : [])];
      const hasSocket = listen.some(
        ({ service, port: at, address }) => service === S3 && at === undefined && address === undefined,
      );
      return [name, { ...own, listen: hasSocket ? listen : [...listen, { service: S3 }] }];
    }),
  );
};
