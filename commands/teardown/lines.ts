/**
 * Output of a teardown, about what it found and left: lines for people, and the result for programs.
 * @module
 */
import { type Inventory, seenWords } from "./inventory.ts";
import type { RemovableResource } from "./removable-kind.ts";
import { earliest } from "./removable-kinds.ts";
import type { Swept } from "./sweep.ts";

const day = (time: string | number): string => new Date(time).toISOString().slice(0, 10);

const planLine = ({ kind, name, id, state, until }: RemovableResource): string => {
  const kept = kind.scheduled
    ? `OCI keeps it until ${day(until && state === "PENDING_DELETION" ? Math.min(Date.parse(until), earliest(kind.scheduled)) : earliest(kind.scheduled))}`
    : "goes at once";
  return `  ${kind.name.padEnd(16)} ${name.padEnd(36)} ${state.padEnd(18)} ${kept}  ${id}`;
};

const leftLine = ({ kind, name, state, until }: RemovableResource): string =>
  `  ${kind.name} ${name}: ${state}${until ? ` until ${day(until)}` : ""}${kind.scheduled ? `; counts against ${kind.scheduled.counts}` : ""}`;

const strangerLine = (item: RemovableResource): string =>
  `  ${item.kind.name} ${item.name}: carries the stack's tag and not its name, and is not touched. If it is the stack's from before it was renamed: --former-name; if not, take the tag keyless-stack off it. ${item.id}`;

const endangeredLine = ({ kind, name, id, model }: RemovableResource): string =>
  `  ${kind.name} ${name} is not the stack's, and would go with its vault ${model["vaultId"]}: ${id}`;

/** Lines about what is there and what would happen to it. @param tag the stack's, as in `Owner` */
export const planLines = (found: Inventory, tag: string): string[] => [
  seenWords(found, tag),
  ...found.items.map(planLine),
  ...found.strangers.map(strangerLine),
  ...found.unread.map((line) => `  could not be looked at: ${line}`),
  ...found.endangered.map(endangeredLine),
];

const leftHead = (swept: Swept, tag: string): string => {
  if (swept.items.length) return "left:";
  return swept.unread.length ? seenWords(swept, tag) : "left: nothing";
};

/** Lines about what is left after a sweep, and why. */
export const leftLines = (swept: Swept, tag: string): string[] => [
  leftHead(swept, tag),
  ...swept.items.map(leftLine),
  ...swept.strangers.map(strangerLine),
  ...[...swept.errors, ...swept.unread].map((line) => `  ${line}`),
];

/** The result as `--json` prints it. @param before what there was: what is not left of it was removed */
export const teardownResult = (swept: Swept, before: readonly RemovableResource[]) => ({
  ok: swept.done,
  removed: before
    .filter(({ id }) => !swept.items.some((i) => i.id === id))
    .map(({ id, kind }) => ({ ocid: id, type: kind.name })),
  leftovers: [...swept.items, ...swept.strangers].map((i) => ({
    ocid: i.id,
    type: i.kind.name,
    state: i.state,
    ...(i.until && { until: i.until }),
    ...(i.kind.scheduled && { counts: i.kind.scheduled.counts }),
  })),
  errors: [...swept.errors, ...swept.unread],
});
