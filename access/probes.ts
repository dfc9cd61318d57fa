import { covers } from "../document/rules/covers.ts";
import type { ProbeInput } from "../document/schema.ts";
import { type Declared, declared } from "./declared.ts";
import type { StackIds } from "./ids.ts";
import { ownGrants, ownProbes } from "./own.ts";
import type { Access } from "./schema.ts";

const throughProxy = (client: string, probe: ProbeInput): ProbeInput => ({
  ...probe,
  name: `${client}/${probe.name}`,
  says: `${client}: ${probe.says}`,
  client,
});

/**
 * The first call that another client may make and this one may not: refused, it shows that the proxy tells
 * clients apart. Empty without one. Looked for in the order of names from this client on, so that over all of
 * them each kind of grant is refused to somebody.
 */
const othersGrant = (client: string, all: readonly Declared[], ids: StackIds): ProbeInput[] => {
  const own = all.filter((d) => d.client === client).flatMap((d) => d.kind.allow(d.grant, ids));
  const others = all.filter((d) => d.client && d.client !== client);
  const after = others.filter((d) => d.client! > client);
  for (const other of [...after, ...others.filter((d) => d.client! < client)]) {
    const found = other.kind
      .probes(other.grant, ids)
      // A refusal proves something only of what is known to exist.
      .allowed.find((p) => p.target.seen !== "nobody" && !own.some((rule) => covers(rule, p)));
    if (found) return [{ ...throughProxy(client, found), expected: "refused" }];
  }
  return [];
};

/** A call that OCI allows every instance, and the proxy only clients that are granted it. */
const whatOciAllows = (client: string, all: readonly Declared[], ids: StackIds): ProbeInput => {
  const probe = ownProbes(ids).find((p) => p.name === "compartments-list")!;
  const rules = all.filter((d) => d.client === client).flatMap((d) => d.kind.allow(d.grant, ids));
  const granted = rules.some((rule) => covers(rule, probe));
  return { ...throughProxy(client, probe), expected: granted ? "allowed" : "refused" };
};

/**
 * Probes of the check, beside reading the own secret: what must be refused with nothing granted, each grant
 * and its neighbours, and for the proxy's clients each grant in the client's name and one of another's. A
 * neighbour that another grant allows is left out. The sibling secret is refused whatever is granted.
 */
export const probes = (access: Access, ids: StackIds): ProbeInput[] => {
  const all = [...ownGrants(ids), ...declared(access)];
  const rules = all.flatMap((d) => (d.kind.scope ?? d.kind.allow)(d.grant, ids));
  const open = (probe: ProbeInput) => rules.some((rule) => covers(rule, probe));
  const list: ProbeInput[] = [];
  const add = (probe: ProbeInput) => {
    if (!list.some((p) => p.name === probe.name)) list.push(probe);
  };
  for (const probe of ownProbes(ids)) if (probe.name === "decoy-content" || !open(probe)) add(probe);
  for (const { grant, kind, client } of all) {
    const { allowed, refused } = kind.probes(grant, ids);
    for (const probe of allowed) add(client ? throughProxy(client, probe) : probe);
    for (const probe of refused) if (!open(probe)) add(probe);
  }
  for (const client of Object.keys(access.clients).sort()) {
    for (const probe of othersGrant(client, all, ids)) add(probe);
    // Something is tried in every client's name: a proxy that is not there, or cannot use a client, is seen.
    if (!list.some((p) => p.client === client)) add(whatOciAllows(client, all, ids));
  }
  return list;
};
