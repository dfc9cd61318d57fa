import { describe, expect, test } from "vitest";
import { addressText } from "../../../../local/addresses.ts";
import { dhcpReply } from "../../../../local/machines/vm/network/dhcp.ts";
import { dnsResponse } from "../../../../local/machines/vm/network/dns.ts";
import { ntpResponse } from "../../../../local/machines/vm/network/ntp.ts";
import {
  ACK,
  addressOf,
  checksum,
  ipv4Frame,
  macOf,
  readDatagram,
  readFrame,
  readSegment,
  SYN,
  tcpPacket,
  udpPacket,
} from "../../../../local/machines/vm/network/packets.ts";

const MAC = "02:00:17:00:00:05";
const LEASE = {
  address: "10.0.1.7",
  macAddress: MAC,
  prefixBits: 24,
  router: "10.0.1.1",
  server: "169.254.169.254",
  hostname: "app",
  mtuBytes: 9000,
};

test("the Internet checksum of RFC 1071's example", () => {
  expect(checksum(Buffer.from("0001f203f4f5f6f7", "hex"))).toBe(~0xddf2 & 0xffff);
});

test("addresses are written as they are read", () => {
  expect(addressText(addressOf("169.254.169.254"))).toBe("169.254.169.254");
  expect(addressOf("255.255.255.255")).toBe(0xffffffff);
});

test("a TCP segment comes through frame, packet and segment with its options, and its checksums are right", () => {
  const segment = {
    sourcePort: 443,
    destinationPort: 50_000,
    sequence: 0xfffffff0,
    acknowledgement: 7,
    flags: SYN | ACK,
    window: 65_535,
    maxSegmentBytes: 8960,
    windowScale: 4,
    payload: Buffer.from("odd"),
  };
  const packet = tcpPacket(addressOf("134.70.24.1"), addressOf("10.0.1.7"), segment);
  const frame = ipv4Frame(macOf("00:00:17:00:00:01"), macOf(MAC), packet);
  expect(checksum(frame.subarray(14, 34))).toBe(0);
  const pseudo = Buffer.concat([frame.subarray(26, 34), Buffer.from([0, 6, 0, frame.length - 34])]);
  expect(checksum(pseudo, frame.subarray(34))).toBe(0);
  const read = readFrame(frame)!.ipv4!;
  expect(addressText(read.source)).toBe("134.70.24.1");
  expect(readSegment(read.payload)).toEqual(segment);
});

test("frames that are cut, fragments and other protocols are not understood, and do not throw", () => {
  const packet = udpPacket(1, 2, { sourcePort: 1, destinationPort: 2, payload: Buffer.from("x") });
  const whole = ipv4Frame(macOf(MAC), macOf(MAC), packet);
  for (let bytes = 0; bytes < whole.length; bytes++)
    expect(readFrame(whole.subarray(0, bytes))?.ipv4).toBeUndefined();
  const fragment = Buffer.from(whole);
  fragment.writeUInt16BE(0x2000, 20);
  expect(readFrame(fragment)?.ipv4).toBeUndefined();
  expect(readSegment(Buffer.alloc(19))).toBeUndefined();
  expect(readDatagram(Buffer.alloc(7))).toBeUndefined();
});

describe("DHCP", () => {
  const message = (type: number, mac = MAC): Buffer => {
    const bytes = Buffer.alloc(244);
    bytes[0] = 1;
    bytes.writeUInt32BE(0x1234, 4);
    macOf(mac).copy(bytes, 28);
    bytes.writeUInt32BE(0x63825363, 236);
    bytes.set([53, 1, type, 255], 240);
    return bytes;
  };
  const optionsOf = (response: Buffer): Map<number, Buffer> => {
    const found = new Map<number, Buffer>();
    for (let at = 240; response[at] !== 255; at += 2 + response[at + 1]!)
      found.set(response[at]!, response.subarray(at + 2, at + 2 + response[at + 1]!));
    return found;
  };

  test("a discover is offered the VNIC's address, the metadata address as DNS and NTP, and the routes", () => {
    const response = dhcpReply(message(1), LEASE)!;
    expect(response.readUInt32BE(4)).toBe(0x1234);
    expect(addressText(response.readUInt32BE(16))).toBe("10.0.1.7");
    const options = optionsOf(response);
    expect(options.get(53)).toEqual(Buffer.from([2]));
    expect(addressText(options.get(1)!.readUInt32BE(0))).toBe("255.255.255.0");
    expect(addressText(options.get(6)!.readUInt32BE(0))).toBe("169.254.169.254");
    expect(addressText(options.get(42)!.readUInt32BE(0))).toBe("169.254.169.254");
    expect(options.get(26)!.readUInt16BE(0)).toBe(9000);
    expect([...options.get(121)!]).toEqual([16, 169, 254, 0, 0, 0, 0, 0, 10, 0, 1, 1]);
  });

  test("a request is acknowledged; another card's gets no reply", () => {
    expect(optionsOf(dhcpReply(message(3), LEASE)!).get(53)).toEqual(Buffer.from([5]));
    expect(dhcpReply(message(3, "02:00:17:00:00:06"), LEASE)).toBeUndefined();
    expect(dhcpReply(Buffer.alloc(10), LEASE)).toBeUndefined();
  });
});

describe("DNS", () => {
  const query = (name: string, type = 1): Buffer => {
    const header = Buffer.from("beef01000001000000000000", "hex");
    const labels = name.split(".").map((l) => Buffer.concat([Buffer.from([l.length]), Buffer.from(l)]));
    return Buffer.concat([header, ...labels, Buffer.from([0, type >> 8, type & 255, 0, 1])]);
  };
  const find = (name: string) => (name === "auth.example.com" ? addressOf("134.70.24.1") : undefined);

  test("a name of OCI has an address, whatever its case", () => {
    const response = dnsResponse(query("AUTH.example.com"), find)!;
    expect(response.readUInt16BE(0)).toBe(0xbeef);
    expect(response[3]! & 15).toBe(0);
    expect(response.readUInt16BE(6)).toBe(1);
    expect(addressText(response.readUInt32BE(response.length - 4))).toBe("134.70.24.1");
  });

  test("it has no IPv6 address; another name is not there", () => {
    const six = dnsResponse(query("auth.example.com", 28), find)!;
    expect([six[3]! & 15, six.readUInt16BE(6)]).toEqual([0, 0]);
    expect(dnsResponse(query("example.org"), find)![3]! & 15).toBe(3);
  });

  test("what is no query gets no response", () => {
    const whole = query("auth.example.com");
    for (let bytes = 0; bytes < whole.length; bytes++)
      expect(dnsResponse(whole.subarray(0, bytes), find)).toBeUndefined();
    expect(dnsResponse(Buffer.alloc(64, 0xff), find)).toBeUndefined();
  });
});

test("NTP gives a client the time and its own stamp", () => {
  const request = Buffer.alloc(48);
  request[0] = 0x23;
  request.writeUInt32BE(0xabcd, 40);
  const response = ntpResponse(request, 1_000)!;
  expect([response[0]! & 7, response[1]]).toEqual([4, 2]);
  expect(response.readUInt32BE(24)).toBe(0xabcd);
  expect(response.readUInt32BE(40)).toBe(2_208_988_801);
  expect(ntpResponse(Buffer.alloc(48), 0)).toBeUndefined();
});
