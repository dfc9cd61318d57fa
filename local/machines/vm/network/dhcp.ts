/** DHCP as a VCN's subnet serves it (RFC 2131, 2132, 3442): one lease, the VNIC's own address. @module */
import { addressOf, macOf } from "./packets.ts";

/** The values of a lease. */
export interface Lease {
  address: string;
  macAddress: string;
  /** Number of bits of the subnet's mask. */
  prefixBits: number;
  router: string;
  /** The server for DNS and NTP, which also gives the lease: the metadata address in OCI. */
  server: string;
  hostname: string;
  mtuBytes: number;
}

const BOOT_REPLY = 2;
const COOKIE = 0x63825363;
const LEASE_S = 86_400;
const OFFER = 2;
const ACKNOWLEDGE = 5;
const DISCOVER = 1;
const REQUEST = 3;
const INFORM = 8;

const option = (code: number, value: Buffer | string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([code, bytes.length]), bytes]);
};

const uint32 = (n: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(n >>> 0);
  return bytes;
};

/** The message type, option 53; undefined when it is not DHCP. */
const typeOf = (message: Buffer): number | undefined => {
  if (message.length < 244 || message.readUInt32BE(236) !== COOKIE) return undefined;
  for (let at = 240; at < message.length && message[at] !== 255; ) {
    if (message[at] === 0) {
      at += 1;
      continue;
    }
    if (message[at] === 53) return message[at + 2];
    at += 2 + (message[at + 1] ?? 0);
  }
  return undefined;
};

/**
 * The response to a guest's message, for the client's port 68; undefined when there is none to give.
 * @param message payload of a datagram to port 67
 */
export const dhcpReply = (message: Buffer, lease: Lease): Buffer | undefined => {
  const type = typeOf(message);
  if (message[0] !== 1 || (type !== DISCOVER && type !== REQUEST && type !== INFORM)) return undefined;
  if (!message.subarray(28, 34).equals(macOf(lease.macAddress))) return undefined;
  const header = Buffer.alloc(236);
  message.copy(header, 0, 0, 34);
  header[0] = BOOT_REPLY;
  header.writeUInt32BE(type === INFORM ? 0 : addressOf(lease.address), 16);
  header.writeUInt32BE(addressOf(lease.server), 20);
  const server = uint32(addressOf(lease.server));
  const router = uint32(addressOf(lease.router));
  const mtu = Buffer.alloc(2);
  mtu.writeUInt16BE(lease.mtuBytes);
  // The metadata address on the link itself, everything else by the virtual router (RFC 3442).
  const routes = Buffer.concat([Buffer.from([16, 169, 254, 0, 0, 0, 0, 0]), router]);
  return Buffer.concat([
    header,
    uint32(COOKIE),
    option(53, Buffer.from([type === DISCOVER ? OFFER : ACKNOWLEDGE])),
    option(54, server),
    ...(type === INFORM ? [] : [option(51, uint32(LEASE_S))]),
    option(1, uint32(lease.prefixBits === 0 ? 0 : -1 << (32 - lease.prefixBits))),
    option(3, router),
    option(6, server),
    option(12, lease.hostname),
    option(26, mtu),
    option(42, server),
    option(121, routes),
    Buffer.from([255]),
  ]);
};
