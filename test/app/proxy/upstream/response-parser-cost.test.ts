/** What reading responses may cost, whatever a service sends. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { MalformedResponse, ResponseParser } from "../../../../app/proxy/upstream/response-parser.ts";

const read = (text: string): void => {
  const reader = new ResponseParser();
  reader.expect("GET", { head: () => undefined, data: () => undefined, end: () => undefined });
  reader.feed(Buffer.from(text, "latin1"));
};

describe("reading heads", () => {
  it("takes no longer when they are odd", () => {
    const odd = `HTTP/1.1 200 OK\r\nA:${" ".repeat(16_000)}\0\r\n\r\n`;
    const startedMs = performance.now();
    for (let i = 0; i < 40; i += 1) expect(() => read(odd)).toThrow(MalformedResponse);
    expect(performance.now() - startedMs).toBeLessThan(3000);
  });

  it("does not keep them for the names in them", () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    collect();
    const beforeBytes = process.memoryUsage().heapUsed;
    for (let i = 0; i < 400; i += 1) {
      const long = String(i).padEnd(15_000, "x");
      read(`HTTP/1.1 200 OK\r\nx-a-name-of-its-own-${i}: ${long}\r\nContent-Length: 0\r\n\r\n`);
    }
    collect();
    expect(process.memoryUsage().heapUsed - beforeBytes).toBeLessThan(3_000_000);
  });
});
