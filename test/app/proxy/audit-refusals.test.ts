/** Refusals in the audit: a line each for some, counts for the others, and every one told of. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { AuditLine } from "../../../app/proxy/observe/audit.ts";
import { RefusalLines } from "../../../app/proxy/observe/audit-refusals.ts";

let written: AuditLine[];
let hasRoom: boolean;
let lines: RefusalLines;
beforeEach(() => {
  vi.useFakeTimers();
  written = [];
  hasRoom = true;
  lines = new RefusalLines((line) => hasRoom && written.push(line) > 0);
});
afterEach(() => {
  lines.close();
  vi.useRealTimers();
});

const refuse = (of: Partial<AuditLine>): void =>
  lines.add({
    time: new Date().toISOString(),
    decision: "refused",
    status: 401,
    code: "CallerUnknown",
    bytesIn: 0,
    bytesOut: 0,
    durationMs: 0,
    requestId: "R",
    ...of,
  });
/** How many refusals the lines tell of. */
const told = (): number => written.reduce((n, line) => n + (line.count ?? 1), 0);

it("of a caller that is not known the first is told at once, the others by first, count and last", () => {
  const startMs = Date.now();
  refuse({ peer: "127.0.0.1", path: "/first" });
  expect(written).toMatchObject([{ path: "/first" }]);
  for (let i = 0; i < 60_000; i += 1) refuse({ peer: "127.0.0.1", path: `/${i}` });
  refuse({ peer: "127.0.0.1", code: "BadTarget", status: 400 });
  expect(written).toHaveLength(2);
  vi.advanceTimersByTime(5000);
  refuse({ peer: "127.0.0.1", path: "/last" });
  vi.advanceTimersByTime(5000);
  expect(written).toHaveLength(3);
  expect(written[2]).toMatchObject({
    code: "CallerUnknown",
    count: 60_001,
    first: new Date(startMs).toISOString(),
    time: new Date(startMs + 5000).toISOString(),
    path: "/last",
  });
  // Who goes on is counted; who comes back after a pause is told of at once.
  refuse({ peer: "127.0.0.1" });
  expect(written).toHaveLength(3);
  vi.advanceTimersByTime(30_000);
  expect(written[3]).toMatchObject({ count: 1 });
  refuse({ peer: "127.0.0.1" });
  expect(written).toHaveLength(5);
});

it("any number of peers takes a bounded number of lines, and every refusal is told of", () => {
  for (let i = 0; i < 20_000; i += 1) refuse({ peer: `127.0.${i >> 8}.${i & 255}` });
  lines.close();
  expect(written.length).toBeLessThan(300);
  expect(told()).toBe(20_000);
  expect(written.filter((line) => line.peer === "others")).toHaveLength(1);
});

it("a client's have a line each up to a rate, and one client's flood takes none of another's", () => {
  for (let i = 0; i < 5000; i += 1) refuse({ client: "noisy", code: "NotGranted", status: 403 });
  refuse({ client: "quiet", code: "NotGranted", status: 403 });
  expect(written.filter((line) => line.client === "noisy")).toHaveLength(100);
  expect(written.at(-1)).toMatchObject({ client: "quiet" });
  vi.advanceTimersByTime(10_000);
  expect(written.at(-1)).toMatchObject({ client: "noisy", count: 4900 });
  expect(told()).toBe(5001);
});

it("what there is no space for is counted, and told of when there is", () => {
  hasRoom = false;
  for (let i = 0; i < 10; i += 1) refuse({ peer: "127.0.0.1" });
  for (let i = 0; i < 10; i += 1) refuse({ client: "app" });
  vi.advanceTimersByTime(20_000);
  expect(written).toHaveLength(0);
  hasRoom = true;
  vi.advanceTimersByTime(10_000);
  expect(told()).toBe(20);
});

it("the end writes what is counted; what it cannot write it says", () => {
  for (let i = 0; i < 5; i += 1) refuse({ peer: "127.0.0.1" });
  expect(lines.close()).toBe(0);
  expect(written.at(-1)).toMatchObject({ count: 4 });
  for (let i = 0; i < 5; i += 1) refuse({ peer: "127.0.0.1" });
  hasRoom = false;
  expect(lines.close()).toBe(5);
});
