/**
 * Removes what OCI has of a stack, until nothing is left but what OCI itself keeps. It starts from what OCI lists,
 * never from a record of its own: interrupted at any call and run again, it goes on.
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { CallError } from "../../oci/client.ts";
import { type Inventory, inventory, type Owner } from "./inventory.ts";
import type { RemovableResource, Scope } from "./removable-kind.ts";
import { earliest } from "./removable-kinds.ts";

/** Options of a sweep. */
export interface SweepOptions {
  scope: Scope;
  owner: Owner;
  progress: (line: string) => void;
  /** Pause between passes, in ms. @default 2000 */
  pauseMs?: number;
  /** Passes without any progress after which it gives up. @default 60 */
  mostIdleRounds?: number;
  signal?: AbortSignal;
}

/** Result of a sweep: what is left, and why. */
export interface Swept extends Inventory {
  /** True when only what OCI keeps is left, each scheduled for the earliest date, and everything was looked at. */
  done: boolean;
  errors: string[];
}

const isKept = (item: RemovableResource): boolean =>
  item.kind.scheduled !== undefined && item.state === "PENDING_DELETION";

const IN_TRANSIT = /ING$/;
/** States in which a resource is there and at rest, though they end in -ING. */
const AT_REST = new Set(["RUNNING"]);
const isMoving = ({ state }: RemovableResource): boolean => IN_TRANSIT.test(state) && !AT_REST.has(state);

/** Room for clocks and for the time since it was scheduled. */
const TOLERANCE_MS = 2 * 3_600_000;

/** True when OCI would accept an earlier date of deletion than the one it has. */
const isLate = (item: RemovableResource): boolean =>
  isKept(item) &&
  item.until !== undefined &&
  Date.parse(item.until) > earliest(item.kind.scheduled!) + TOLERANCE_MS;

/**
 * Resources whose deletion must be cancelled, to be scheduled again earlier: what is late, and a vault whose
 * keys or secrets are. The vault comes first: nothing in it can be changed while it waits for its deletion.
 */
const toCancel = (items: readonly RemovableResource[]): RemovableResource[] => {
  const late = items.filter(isLate);
  const vaults = new Set(late.map((i) => String(i.model["vaultId"] ?? i.id)));
  const first = items.filter((i) => i.kind.name === "vault" && isKept(i) && vaults.has(i.id));
  return first.length ? first : late;
};

/**
 * Removes what can be removed now, kind by kind, going on after errors.
 * @returns how many calls succeeded, and whether one was given up
 */
const pass = async (
  items: readonly RemovableResource[],
  options: SweepOptions,
  errors: Map<string, string>,
): Promise<{ done: number; exhausted: boolean }> => {
  const { scope, progress, signal } = options;
  let done = 0;
  let exhausted = false;
  const act = async (item: RemovableResource, what: string, work: () => Promise<void>): Promise<void> => {
    signal?.throwIfAborted();
    // OCI was waited for until the deadline: what comes next would wait as long.
    if (exhausted) return;
    try {
      await work();
      progress(`${what} ${item.kind.name} ${item.name}`);
      errors.delete(item.id);
      done += 1;
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      // Absent or forbidden: what is absent is not in the next list, and its error goes with it.
      errors.set(item.id, `${item.kind.name} ${item.name}: ${error.message}`);
      exhausted ||= error.exhausted;
    }
  };
  const cancel = toCancel(items);
  for (const item of cancel)
    await act(item, "  ~ earlier deletion of", () => item.kind.scheduled!.cancel(item, scope));
  const waiting = new Set(cancel);
  for (const item of items)
    if (!isKept(item) && !isMoving(item) && !waiting.has(item))
      await act(item, "  -", () => item.kind.remove(item, scope));
  return { done, exhausted };
};

/**
 * Resources without the vaults that wait for another pass: a vault is scheduled only when its keys and
 * secrets are.
 */
const withoutEarlyVaults = (items: readonly RemovableResource[]): RemovableResource[] => {
  const busy = new Set(
    items
      .filter((i) => i.kind.name === "key" || i.kind.name === "secret")
      .filter((i) => !isKept(i) || isLate(i))
      .map((i) => String(i.model["vaultId"])),
  );
  return items.filter((i) => !(i.kind.name === "vault" && i.state === "ACTIVE" && busy.has(i.id)));
};

/**
 * Removes the stack's resources in passes. The client waits for OCI where it throttles, fails or cannot be
 * reached; when it gives up, so does this.
 * @throws what is no failure of a call; run it again then
 */
export const sweep = async (options: SweepOptions): Promise<Swept> => {
  const { scope, owner, pauseMs = 2_000, mostIdleRounds = 60, signal } = options;
  const errors = new Map<string, string>();
  let exhausted = false;
  for (let idle = 0; ; ) {
    const found = await inventory(scope, owner);
    const open = found.items.filter((i) => !isKept(i) || isLate(i));
    if (open.length === 0 || idle >= mostIdleRounds || exhausted || found.unreachable) {
      const strange = found.strangers.filter((i) => !isKept(i));
      const said = open.flatMap(({ id }) => errors.get(id) ?? []);
      return { ...found, done: [open, strange, found.unread].every((l) => l.length === 0), errors: said };
    }
    const held = new Set(found.endangered.map((i) => String(i.model["vaultId"])));
    for (const { id, name } of found.items.filter((i) => held.has(i.id)))
      errors.set(id, `vault ${name}: there are keys or secrets in it that are not the stack's`);
    const safe = found.items.filter((i) => !held.has(i.id));
    const acted = await pass(withoutEarlyVaults(safe), options, errors);
    exhausted = acted.exhausted;
    idle = acted.done > 0 ? 0 : idle + 1;
    await sleep(pauseMs, undefined, signal ? { signal } : {});
  }
};
