/** Settings of one client of the proxy beside its rules, as declaration and document have them. @module */
import { isIP } from "node:net";
import { z } from "zod";

/** Longest interval between two tokens, in s. */
const YEAR_S = 366 * 24 * 3600;

/** True for an address that only this machine reaches. */
export const isLoopback = (address: string): boolean =>
  address === "::1" || /^127(\.\d{1,3}){3}$/.test(address);

const isAnyAddress = (address: string): boolean => /^[0.:]+$/.test(address);

/**
 * A further entrance of a client. With an address or a port it is a port, where its token is shown; with a service
 * alone a socket of its own. With a service, whole paths are that service's.
 */
const listenSchema = z
  .strictObject({
    /** One address of this machine, as docker0's `172.17.0.1`. @default 127.0.0.1 */
    address: z
      .string()
      .refine((text) => isIP(text) !== 0 && !isAnyAddress(text), {
        error: "must be one address of the machine, as 172.17.0.1; not a name, and not all addresses",
      })
      .optional(),
    /** @default that of the proxy's loopback port, 8480 */
    port: z.int().min(1).max(65535).optional(),
    /** The service that whole paths at this entrance are for: `objectstorage`. */
    service: z
      .string()
      .regex(/^[a-z0-9]+$/, { error: "must be a service, as objectstorage" })
      .optional(),
  })
  .refine(
    ({ address, port, service }) => address !== undefined || port !== undefined || service !== undefined,
    {
      error: "must have an address, a port, or a service",
    },
  )
  .refine(({ address, port }) => port !== undefined || address === undefined || !isLoopback(address), {
    error: "must have a port: that of the proxy is open at the loopback already",
  });
export type Listen = z.infer<typeof listenSchema>;

const members = {
  /** User of the machine whom socket and token are for. @default the user of the client's name */
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_.-]{0,31}$/, { error: "must be the name of a user of the machine" })
    .optional(),
  /** `never`: the token stays the same as long as the machine runs. */
  rotation: z.literal("never", { error: "must be never; an interval is rotateS" }).optional(),
  /** Interval between new tokens, in s. @default the proxy's, 43200 */
  rotateS: z.int().min(60).max(YEAR_S).optional(),
  /** Time for which the token before is still accepted, in s. @default the proxy's, 600 */
  overlapS: z.int().min(0).max(YEAR_S).optional(),
  limits: z
    .strictObject({
      /** Requests at once. */
      requests: z.int().min(1).max(100_000).optional(),
      /** Connections open at once, at each of the client's listeners. */
      connections: z.int().min(1).max(100_000).optional(),
      /** Size of one body that is held in memory, in bytes. */
      bufferedBodyBytes: z
        .int()
        .min(1)
        .max(32 * 1024 * 1024)
        .optional(),
    })
    .optional(),
  /** Further Host names under which this client knows the proxy, with or without a port. */
  hosts: z
    .array(
      z
        .string()
        .regex(/^[A-Za-z0-9.-]+(:\d{1,5})?$/, { error: "must be a host name, as proxy.internal:8480" }),
    )
    .optional(),
  listen: z.array(listenSchema).optional(),
};

/** Members of a client's settings. */
export const CLIENT_SETTINGS: readonly string[] = Object.keys(members);

/** A schema of what a client is, with these settings beside its own members. */
export const withClientSettings = <S extends z.ZodRawShape>(shape: S) =>
  z.strictObject({ ...shape, ...members }).refine(
    (client) => {
      const { rotation, rotateS, overlapS } = client as ClientSettings;
      return rotation === undefined || (rotateS === undefined && overlapS === undefined);
    },
    { error: "has rotation: never, and an interval beside it: rotateS and overlapS", path: ["rotation"] },
  );

const settingsOnly = z.object(members);
export type ClientSettings = z.infer<typeof settingsOnly>;

/** The settings of a client that may have anything else beside them; none where they cannot be used. */
export const settingsOf = (client: unknown): ClientSettings => {
  const parsed = settingsOnly.safeParse(client);
  return parsed.success ? parsed.data : {};
};
