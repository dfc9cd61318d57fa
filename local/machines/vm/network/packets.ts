/**
 * Ethernet frames and what they carry: read and written. Only what a guest of ours sends: IPv4 without
 * fragments, ARP, UDP, TCP, ICMP (RFC 826, 791, 768, 9293, 792).
 * @module
 */

import { parseAddress } from "../../../addresses.ts";

/** Bytes of an Ethernet header. */
const ETHERNET = 14;
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_ARP = 0x0806;
const IPV4 = 20;

/** Protocol numbers of IPv4. */
export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;

/** An IPv4 packet; addresses as numbers. */
export interface Ipv4 {
  protocol: number;
  source: number;
  destination: number;
  payload: Buffer;
}

/** An ARP request or reply for IPv4 over Ethernet. */
export interface Arp {
  operation: "request" | "reply";
  senderMac: Buffer;
  senderIp: number;
  targetIp: number;
}

/** A frame, as far as it is understood. */
export interface Frame {
  source: Buffer;
  ipv4?: Ipv4;
  arp?: Arp;
}

/** An address that is known to be one, as a number. @throws RangeError when it is none */
export const addressOf = (text: string): number => {
  const address = parseAddress(text);
  if (address === undefined) throw new RangeError(`${text} is no IPv4 address`);
  return address;
};

/** `02:00:17:00:00:01` → bytes. */
export const macOf = (text: string): Buffer => Buffer.from(text.replaceAll(":", ""), "hex");

/** The Internet checksum (RFC 1071), over several pieces of even length but the last. */
export const checksum = (...pieces: Buffer[]): number => {
  let sum = 0;
  for (const piece of pieces) {
    const even = piece.length & ~1;
    for (let i = 0; i < even; i += 2) sum += (piece[i]! << 8) | piece[i + 1]!;
    if (piece.length > even) sum += piece[even]! << 8;
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
};

/** The pseudo header that checksums of UDP and TCP cover. */
const pseudoHeader = (source: number, destination: number, protocol: number, length: number): Buffer => {
  const header = Buffer.alloc(12);
  header.writeUInt32BE(source, 0);
  header.writeUInt32BE(destination, 4);
  header[9] = protocol;
  header.writeUInt16BE(length, 10);
  return header;
};

/** Reads a frame; what is not understood (IPv6, fragments, truncated) is left out. */
export const readFrame = (bytes: Buffer): Frame | undefined => {
  if (bytes.length < ETHERNET) return undefined;
  const source = bytes.subarray(6, 12);
  const body = bytes.subarray(ETHERNET);
  const type = bytes.readUInt16BE(12);
  if (type === ETHERTYPE_ARP && body.length >= 28 && body.readUInt16BE(0) === 1) {
    return {
      source,
      arp: {
        operation: body.readUInt16BE(6) === 1 ? "request" : "reply",
        senderMac: body.subarray(8, 14),
        senderIp: body.readUInt32BE(14),
        targetIp: body.readUInt32BE(24),
      },
    };
  }
  if (type !== ETHERTYPE_IPV4 || body.length < IPV4 || body[0]! >> 4 !== 4) return { source };
  const headerBytes = (body[0]! & 15) * 4;
  const total = body.readUInt16BE(2);
  const isFragment = (body.readUInt16BE(6) & 0x3fff) !== 0;
  if (isFragment || headerBytes < IPV4 || total < headerBytes || total > body.length) return { source };
  return {
    source,
    ipv4: {
      protocol: body[9]!,
      source: body.readUInt32BE(12),
      destination: body.readUInt32BE(16),
      payload: body.subarray(headerBytes, total),
    },
  };
};

/** Writes an Ethernet frame. */
const frame = (from: Buffer, to: Buffer, type: number, ...payload: Buffer[]): Buffer => {
  const header = Buffer.alloc(ETHERNET);
  to.copy(header, 0);
  from.copy(header, 6);
  header.writeUInt16BE(type, 12);
  return Buffer.concat([header, ...payload]);
};

/** Writes a frame with an IPv4 packet. */
export const ipv4Frame = (from: Buffer, to: Buffer, packet: Ipv4): Buffer => {
  const header = Buffer.alloc(IPV4);
  header[0] = 0x45;
  header.writeUInt16BE(IPV4 + packet.payload.length, 2);
  header.writeUInt16BE(0x4000, 6); // do not fragment
  header[8] = 64;
  header[9] = packet.protocol;
  header.writeUInt32BE(packet.source, 12);
  header.writeUInt32BE(packet.destination, 16);
  header.writeUInt16BE(checksum(header), 10);
  return frame(from, to, ETHERTYPE_IPV4, header, packet.payload);
};

/** Writes the reply to an ARP request: `mac` has the address that was asked for. */
export const arpReply = (request: Arp, mac: Buffer): Buffer => {
  const body = Buffer.alloc(28);
  body.writeUInt16BE(1, 0);
  body.writeUInt16BE(ETHERTYPE_IPV4, 2);
  body[4] = 6;
  body[5] = 4;
  body.writeUInt16BE(2, 6);
  mac.copy(body, 8);
  body.writeUInt32BE(request.targetIp, 14);
  request.senderMac.copy(body, 18);
  body.writeUInt32BE(request.senderIp, 24);
  return frame(mac, request.senderMac, ETHERTYPE_ARP, body);
};

/** A UDP datagram. */
export interface Datagram {
  sourcePort: number;
  destinationPort: number;
  payload: Buffer;
}

/** Reads a datagram. */
export const readDatagram = (bytes: Buffer): Datagram | undefined => {
  if (bytes.length < 8) return undefined;
  return {
    sourcePort: bytes.readUInt16BE(0),
    destinationPort: bytes.readUInt16BE(2),
    payload: bytes.subarray(8, Math.max(8, bytes.readUInt16BE(4))),
  };
};

/** Writes a datagram as an IPv4 packet. */
export const udpPacket = (source: number, destination: number, datagram: Datagram): Ipv4 => {
  const header = Buffer.alloc(8);
  const length = 8 + datagram.payload.length;
  header.writeUInt16BE(datagram.sourcePort, 0);
  header.writeUInt16BE(datagram.destinationPort, 2);
  header.writeUInt16BE(length, 4);
  const sum = checksum(pseudoHeader(source, destination, UDP, length), header, datagram.payload);
  header.writeUInt16BE(sum || 0xffff, 6);
  return { protocol: UDP, source, destination, payload: Buffer.concat([header, datagram.payload]) };
};

/** Control bits of a TCP segment. */
export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const PSH = 8;
export const ACK = 16;

/** A TCP segment; the window as it stands in the header, unscaled. */
export interface Segment {
  sourcePort: number;
  destinationPort: number;
  sequence: number;
  acknowledgement: number;
  flags: number;
  window: number;
  /** Options of a SYN. */
  maxSegmentBytes?: number | undefined;
  windowScale?: number | undefined;
  payload: Buffer;
}

/** Reads a segment. */
export const readSegment = (bytes: Buffer): Segment | undefined => {
  if (bytes.length < 20) return undefined;
  const headerBytes = (bytes[12]! >> 4) * 4;
  if (headerBytes < 20 || headerBytes > bytes.length) return undefined;
  const segment: Segment = {
    sourcePort: bytes.readUInt16BE(0),
    destinationPort: bytes.readUInt16BE(2),
    sequence: bytes.readUInt32BE(4),
    acknowledgement: bytes.readUInt32BE(8),
    flags: bytes[13]! & 0x3f,
    window: bytes.readUInt16BE(14),
    payload: bytes.subarray(headerBytes),
  };
  for (let at = 20; at < headerBytes && bytes[at] !== 0; ) {
    if (bytes[at] === 1) {
      at += 1;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (length < 2 || at + length > headerBytes) break;
    if (bytes[at] === 2 && length === 4) segment.maxSegmentBytes = bytes.readUInt16BE(at + 2);
    if (bytes[at] === 3 && length === 3) segment.windowScale = Math.min(14, bytes[at + 2]!);
    at += length;
  }
  return segment;
};

/** Writes a segment as an IPv4 packet. */
export const tcpPacket = (source: number, destination: number, segment: Segment): Ipv4 => {
  const options: number[] = [];
  if (segment.maxSegmentBytes !== undefined)
    options.push(2, 4, segment.maxSegmentBytes >> 8, segment.maxSegmentBytes & 255);
  if (segment.windowScale !== undefined) options.push(1, 3, 3, segment.windowScale);
  const header = Buffer.alloc(20 + options.length);
  header.writeUInt16BE(segment.sourcePort, 0);
  header.writeUInt16BE(segment.destinationPort, 2);
  header.writeUInt32BE(segment.sequence, 4);
  header.writeUInt32BE(segment.acknowledgement, 8);
  header[12] = (header.length / 4) << 4;
  header[13] = segment.flags;
  header.writeUInt16BE(segment.window, 14);
  header.set(options, 20);
  const length = header.length + segment.payload.length;
  header.writeUInt16BE(checksum(pseudoHeader(source, destination, TCP, length), header, segment.payload), 16);
  return { protocol: TCP, source, destination, payload: Buffer.concat([header, segment.payload]) };
};
