/** DNS as a VCN's resolver serves it, for the names of OCI's services (RFC 1035). @module */

const A = 1;
const ANY = 255;
const INTERNET = 1;
const TTL_S = 60;
const NAME_ERROR = 3;

/** The name and type of the one question; undefined when it is not one that has a response. */
const questionOf = (query: Buffer): { name: string; type: number; end: number } | undefined => {
  if (query.length < 17 || (query[2]! & 0xf8) !== 0 || query.readUInt16BE(4) !== 1) return undefined;
  const labels: string[] = [];
  let at = 12;
  while (query[at] !== 0) {
    const length = query[at];
    if (length === undefined || length > 63 || at + 1 + length >= query.length) return undefined;
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  if (at + 5 > query.length || query.readUInt16BE(at + 3) !== INTERNET) return undefined;
  return { name: labels.join(".").toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
};

/**
 * The response to a query: an address for a name that is known, no records for other types of it, and
 * NXDOMAIN for the rest.
 * @param addressOf the IPv4 address of a name as a number; undefined when there is no such name
 */
export const dnsResponse = (
  query: Buffer,
  addressOf: (name: string) => number | undefined,
): Buffer | undefined => {
  const question = questionOf(query);
  if (!question) return undefined;
  const address = addressOf(question.name);
  const isFound = address !== undefined && (question.type === A || question.type === ANY);
  const header = Buffer.from(query.subarray(0, 12));
  header[2] = 0x80 | (query[2]! & 0x01);
  header[3] = 0x80 | (address === undefined ? NAME_ERROR : 0);
  header.writeUInt16BE(isFound ? 1 : 0, 6);
  header.writeUInt16BE(0, 8);
  header.writeUInt16BE(0, 10);
  const parts = [header, query.subarray(12, question.end)];
  if (isFound) {
    const record = Buffer.alloc(16);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(A, 2);
    record.writeUInt16BE(INTERNET, 4);
    record.writeUInt32BE(TTL_S, 6);
    record.writeUInt16BE(4, 10);
    record.writeUInt32BE(address, 12);
    parts.push(record);
  }
  return Buffer.concat(parts);
};
