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
export const ntpAnswer = (request: Buffer, nowMs: number): Buffer | undefined => {
  if (request.length < 48 || (request[0]! & 7) !== 3) return undefined;
  const answer = Buffer.alloc(48);
  answer[0] = (request[0]! & 0x38) | 4;
  answer[1] = 2; // stratum
  answer[2] = request[2]!;
  answer[3] = 0xec; // precision: 2^-20 s
  answer.write("LOCL", 12, "latin1");
  writeTime(answer, 16, nowMs);
  request.copy(answer, 24, 40, 48);
  writeTime(answer, 32, nowMs);
  writeTime(answer, 40, nowMs);
  return answer;
};
