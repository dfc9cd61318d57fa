/** Users behind connections over the loopback, where Linux reports them. @module */
import { readFile } from "node:fs/promises";

/** Rows of the kernel's tables of TCP sockets (proc(5)); the process's own view is there with `ProcSubset=pid`, too. */
const TABLES = ["/proc/self/net/tcp", "/proc/self/net/tcp6"];

/** `0100007F` as `127.0.0.1`: words are in the machine's order, which is little-endian wherever Node runs. */
const addressOf = (hex: string): string => {
  const bytes = Buffer.from(hex, "hex");
  for (let at = 0; at < bytes.length; at += 4) bytes.subarray(at, at + 4).reverse();
  const text = bytes.toString("hex");
  if (bytes.length === 4) return [...bytes].join(".");
  if (text.startsWith("00000000000000000000ffff")) return [...bytes.subarray(12)].join(".");
  return text === `${"0".repeat(31)}1` ? "::1" : text;
};

/**
 * Reads one table: the users of all sockets that are connected to a port.
 * @param table the text of `/proc/net/tcp` or `tcp6`
 * @returns uid by `<address>:<port>` of the caller's side
 */
export const parsePeers = (table: string, port: number): Map<string, number> => {
  const peers = new Map<string, number>();
  const to = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  for (const row of table.split("\n")) {
    if (!row.includes(to)) continue;
    const fields = row.trim().split(/\s+/);
    const [, local = "", remote = ""] = fields;
    if (!remote.endsWith(to) || fields[7] === undefined) continue;
    const [address = "", from = ""] = local.split(":");
    peers.set(`${addressOf(address)}:${Number.parseInt(from, 16)}`, Number(fields[7]));
  }
  return peers;
};

/**
 * Looks up the users of the connections to a port in the kernel's tables.
 * @returns uid by `<address>:<port>`; empty where there are no such tables
 */
export const peersOf = async (port: number): Promise<Map<string, number>> => {
  const tables = await Promise.all(TABLES.map((file) => readFile(file, "latin1").catch(() => "")));
  return new Map(tables.flatMap((table) => [...parsePeers(table, port)]));
};
