/** NTP as the metadata address serves it (RFC 5905, server mode). @module */

/** Seconds from 1900 to 1970. */
const EPOCH_S = 2_208_988_800;

const writeTime = (bytes: Buffer, at: number, ms: number): void => {
  const seconds = Math.floor(ms / 1000);
  bytes.writeUInt32BE((seconds + EPOCH_S) % 2 ** 32, at);
  bytes.writeUInt32BE(Math.floor(((ms - seconds * 1000) / 1000) * 2 ** 32), at + 4);
};

/**
 * The response to a client's packet.
 * @param nowMs ms since 1970
 */
export const ntpResponse = (request: Buffer, nowMs: number): Buffer | undefined => {
  if (request.length < 48 || (request[0]! & 7) !== 3) return undefined;
  const response = Buffer.alloc(48);
  response[0] = (request[0]! & 0x38) | 4;
  response[1] = 2; // stratum
  response[2] = request[2]!;
  response[3] = 0xec; // precision: 2^-20 s
  response.write("LOCL", 12, "latin1");
  writeTime(response, 16, nowMs);
  request.copy(response, 24, 40, 48);
  writeTime(response, 32, nowMs);
  writeTime(response, 40, nowMs);
  return response;
};
