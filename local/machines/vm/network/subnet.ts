/**
 * The network of one VNIC, as in a private subnet with a service gateway: DHCP, DNS, NTP and the metadata
 * service at 169.254.169.254, OCI's services at one address of the services network, and nothing else. A
 * packet to anywhere else is dropped, as OCI drops what no route rule takes.
 * @module
 */
import { connect, type Socket } from "node:net";
import { addressText } from "../../../addresses.ts";
import { dhcpReply } from "./dhcp.ts";
import { dnsResponse } from "./dns.ts";
import { type Link, openLink } from "./link.ts";
import { ntpResponse } from "./ntp.ts";
import {
  ACK,
  addressOf,
  arpReply,
  checksum,
  ICMP,
  type Ipv4,
  ipv4Frame,
  macOf,
  RST,
  readDatagram,
  readFrame,
  readSegment,
  type Segment,
  SYN,
  TCP,
  tcpPacket,
  UDP,
  udpPacket,
} from "./packets.ts";
import { TcpConnection } from "./tcp.ts";

/** The address of metadata, DNS and NTP (docs.oracle.com, "Essential Firewall Rules"). */
const METADATA_ADDRESS = "169.254.169.254";
/** The address that stands for all of Oracle's services network. */
const SERVICES_ADDRESS = "134.70.24.1";

/** The MTU of OCI's networks. */
const MTU_BYTES = 9_000;
const MAX_SEGMENT_BYTES = MTU_BYTES - 40;
const ROUTER_MAC = macOf("00:00:17:00:00:01");

/** Options of the network of one VNIC. */
export interface SubnetOptions {
  /** Unix socket for QEMU. */
  path: string;
  /** The VNIC's address. */
  address: string;
  macAddress: string;
  /** Bits of the subnet's mask. */
  prefixBits: number;
  router: string;
  hostname: string;
  /** Ports on this computer's loopback: what metadata and services lead to. */
  metadataPort: number;
  tlsPort: number;
  /** True for one of OCI's names. */
  serves(host: string): boolean;
  /** True while the subnet is routed to the services. */
  routed(): boolean;
  /** True when NTP is served. */
  tellsTime: boolean;
}

/** A running network. */
export interface Subnet {
  /** Drops the guest's connections: it was reset. */
  reset(): void;
  close(): Promise<void>;
}

/** Starts the network of a VNIC. */
export const startSubnet = async (options: SubnetOptions): Promise<Subnet> => {
  const guestMac = macOf(options.macAddress);
  const guest = addressOf(options.address);
  const metadata = addressOf(METADATA_ADDRESS);
  const services = addressOf(SERVICES_ADDRESS);
  const router = addressOf(options.router);
  const connections = new Map<string, TcpConnection>();

  const send = (packet: Ipv4, mac = guestMac): void => link.send(ipv4Frame(ROUTER_MAC, mac, packet));

  /** The port that a connection leads to; undefined when the network has no way there. */
  const portFor = (address: number, port: number): number | undefined => {
    if (address === metadata && port === 80) return options.metadataPort;
    if (address === services && port === 443 && options.routed()) return options.tlsPort;
    return undefined;
  };

  const tcp = (packet: Ipv4, segment: Segment): void => {
    const key = `${segment.sourcePort} ${addressText(packet.destination)} ${segment.destinationPort}`;
    const reply = (part: Omit<Segment, "sourcePort" | "destinationPort">): void =>
      send(
        tcpPacket(packet.destination, packet.source, {
          ...part,
          sourcePort: segment.destinationPort,
          destinationPort: segment.sourcePort,
        }),
      );
    const known = connections.get(key);
    const opens = (segment.flags & (SYN | ACK | RST)) === SYN;
    if (known && !opens) {
      known.receive(segment);
      return;
    }
    const port = portFor(packet.destination, segment.destinationPort);
    if (port === undefined || segment.flags & RST) return;
    if (!opens) {
      // Of a connection that is no more.
      reply({
        sequence: segment.acknowledgement,
        acknowledgement: (segment.sequence + segment.payload.length) >>> 0,
        flags: RST | ACK,
        window: 0,
        payload: Buffer.alloc(0),
      });
      return;
    }
    known?.destroy();
    const far = (): Socket => connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    const connection: TcpConnection = new TcpConnection(segment, {
      connect: far,
      send: reply,
      ended: () => {
        if (connections.get(key) === connection) connections.delete(key);
      },
      maxSegmentBytes: MAX_SEGMENT_BYTES,
    });
    connections.set(key, connection);
  };

  const udp = (packet: Ipv4): void => {
    const datagram = readDatagram(packet.payload);
    if (!datagram) return;
    const { sourcePort, destinationPort, payload } = datagram;
    if (destinationPort === 67) {
      const lease = { ...options, server: METADATA_ADDRESS, mtuBytes: MTU_BYTES };
      const reply = dhcpReply(payload, lease);
      if (reply)
        send(udpPacket(metadata, 0xffffffff, { sourcePort: 67, destinationPort: 68, payload: reply }));
      return;
    }
    if (packet.destination !== metadata) return;
    const reply =
      destinationPort === 53
        ? dnsResponse(payload, (name) => (options.serves(name) ? services : undefined))
        : destinationPort === 123 && options.tellsTime
          ? ntpResponse(payload, Date.now())
          : undefined;
    if (reply)
      send(
        udpPacket(metadata, packet.source, {
          sourcePort: destinationPort,
          destinationPort: sourcePort,
          payload: reply,
        }),
      );
  };

  /** Replies to pings as the virtual router. */
  const icmp = (packet: Ipv4): void => {
    if (packet.destination !== router || packet.payload[0] !== 8) return;
    const payload = Buffer.from(packet.payload);
    payload[0] = 0;
    payload.writeUInt16BE(0, 2);
    payload.writeUInt16BE(checksum(payload), 2);
    send({ protocol: ICMP, source: router, destination: packet.source, payload });
  };

  const link: Link = await openLink(options.path, (bytes) => {
    const { arp, ipv4 } = readFrame(bytes) ?? {};
    if (arp?.operation === "request" && (arp.targetIp === router || arp.targetIp === metadata))
      link.send(arpReply(arp, ROUTER_MAC));
    if (!ipv4) return;
    if (ipv4.protocol === UDP) udp(ipv4);
    // A subnet takes nothing from an address that is not the VNIC's.
    else if (ipv4.source !== guest) return;
    else if (ipv4.protocol === ICMP) icmp(ipv4);
    else if (ipv4.protocol === TCP) {
      const segment = readSegment(ipv4.payload);
      if (segment) tcp(ipv4, segment);
    }
  });
  const reset = (): void => {
    for (const connection of [...connections.values()]) connection.destroy();
  };
  return {
    reset,
    close: async () => {
      reset();
      await link.close();
    },
  };
};
