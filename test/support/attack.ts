/** Requests that nothing grants: sent by raw socket, and looked for at the service. @module */
import { expect } from "vitest";
import type { TestProxy } from "./proxy.ts";
import { raw, type SocketAddress } from "./raw.ts";

/** What is written to the socket: bytes, or pieces of them with pauses. */
export type AttackBytes = string | readonly (string | Buffer | number)[];

/** What came of attempts. */
export interface Attacked {
  /** What arrived at the service: `GET /path?query`. */
  signed: string[];
  /** What each was answered; 0: nothing. */
  statuses: number[];
}

/** Sends many at once, a few at a time. */
export const attack = async (
  t: TestProxy,
  attempts: readonly AttackBytes[],
  where: SocketAddress = t.socket("app"),
): Promise<Attacked> => {
  t.oci.seen.length = 0;
  const statuses: number[] = [];
  for (let i = 0; i < attempts.length; i += 16) {
    const responses = await Promise.all(
      attempts.slice(i, i + 16).map((bytes) => raw(where, bytes, { timeoutMs: 2500, settleMs: 60 })),
    );
    statuses.push(...responses.map((a) => a.status));
  }
  return { signed: t.oci.seen.map((s) => `${s.method} ${s.target}`), statuses };
};

/** Whether all were refused, or not answered at all. */
export const refused = (statuses: readonly number[]): boolean =>
  statuses.every((s) => s === 0 || (s >= 400 && s < 500));

/** Sends all together; when one arrives signed or is not refused, each by itself to say which. */
export const noneIsSigned = async (
  t: TestProxy,
  attempts: readonly AttackBytes[],
  where: SocketAddress = t.socket("app"),
): Promise<void> => {
  const { signed, statuses } = await attack(t, attempts, where);
  if (signed.length === 0 && refused(statuses)) return;
  for (const attempt of attempts) {
    const one = await attack(t, [attempt], where);
    const said = `${JSON.stringify(attempt).slice(0, 300)}: ${one.statuses}`;
    expect.soft(one.signed, said).toEqual([]);
    expect.soft(refused(one.statuses), said).toBe(true);
  }
  expect(signed).toEqual([]);
};
