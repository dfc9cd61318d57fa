/** Figures of `iam -- export` against the local OCI, which `bench/iam.ts` has among its own. @module */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { clientVariables } from "../commands/local/environment.ts";
import type { Tenancy } from "../iam/index.ts";
import { type LocalOci, startLocal } from "../local/index.ts";
import { type Figure, figureOf } from "./figure.ts";

const COMPARTMENTS = 100;
const GROUPS = 200;
const POLICIES = 100;
const STATEMENTS = 5000;
const INSTANCES = 10_000;
const RUNS = 3;
const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Fills a local OCI's store with a large tenancy: through its operations it would take minutes. */
const fill = ({ cloud }: LocalOci): void => {
  const time = {
    timeCreated: cloud.clock.iso(),
    lifecycleState: "ACTIVE",
    freeformTags: {},
    definedTags: {},
  };
  const root = cloud.tenancy.id;
  const add = (type: string, id: string, model: object, more: object = {}): void =>
    void cloud.store.add({ id, type, model: { id, ...time, ...model }, hidden: {}, ...more } as never);
  const place = (i: number): string => `ocid1.compartment.oc1..bench${i % COMPARTMENTS}`;
  for (let i = 0; i < COMPARTMENTS; i++)
    add("compartment", place(i), { compartmentId: i < 10 ? root : place(i % 10), name: `c${i}` });
  for (let i = 0; i < GROUPS; i++) {
    const userId = `ocid1.user.oc1..bench${i}`;
    const groupId = `ocid1.group.oc1..bench${i}`;
    add("user", userId, { compartmentId: root, name: `u${i}` });
    add("group", groupId, { compartmentId: root, name: `g${i}` });
    add("usergroupmembership", `ocid1.groupmembership.oc1..bench${i}`, {
      ...{ compartmentId: root, userId, groupId },
    });
  }
  for (let p = 0; p < POLICIES; p++) {
    const statements = Array.from({ length: STATEMENTS / POLICIES }, (_, i) => {
      const group = `ocid1.group.oc1..bench${(p * 7 + i) % GROUPS}`;
      return `Allow group id ${group} to read buckets in compartment id ${place(p)} where target.bucket.name = /b${i}*/`;
    });
    add(
      "policy",
      `ocid1.policy.oc1..bench${p}`,
      { compartmentId: place(p), name: `p${p}`, statements },
      {
        hidden: { resolved: statements },
      },
    );
  }
  const user_data = Buffer.alloc(6000, "x").toString("base64");
  for (let i = 0; i < INSTANCES; i++)
    add(
      "instance",
      `ocid1.instance.oc1.iad.bench${i}`,
      {
        ...{ compartmentId: place(i), displayName: `m${i}`, lifecycleState: "RUNNING" },
        ...{ definedTags: { ops: { role: `r${i % 50}` } }, metadata: { user_data } },
      },
      { region: cloud.regions[0] },
    );
};

/** One export by a process of its own: its time, and the most memory that it had. */
const once = async (oci: LocalOci): Promise<{ ms: number; mib: number }> => {
  const { proxyUrl, caFile } = oci.addresses;
  const identity = oci.administrator;
  const script = `process.on("exit", () => process.stderr.write("\\nmaxrss " + process.resourceUsage().maxRSS)); process.argv = [...process.argv.slice(0, 1), "iam", "export"]; await import("./commands/iam.ts");`;
  const start = performance.now();
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ["--import", "tsx", "--input-type=module", "-e", script],
    {
      cwd: ROOT,
      env: { ...process.env, ...clientVariables({ proxyUrl, caFile, configFile: "/nonexistent", identity }) },
      maxBuffer: 256 * 1024 * 1024,
    },
  );
  const ms = performance.now() - start;
  const { policies, instances } = JSON.parse(stdout) as Tenancy;
  const statements = policies!.flatMap((p) => p.statements).length;
  if (statements < STATEMENTS || instances!.length !== INSTANCES)
    throw new Error(`${statements} statements and ${instances!.length} instances were exported`);
  return { ms, mib: Number(/maxrss (\d+)/.exec(stderr)![1]) / 1024 };
};

/** Measures both figures: at most 10 s, and 512 MiB. */
export const exporting = async function* (): AsyncGenerator<Figure> {
  const oci = await startLocal({ log: () => undefined });
  try {
    fill(oci);
    const runs = [];
    for (let i = 0; i < RUNS; i++) runs.push(await once(oci));
    const ms = runs.map((r) => r.ms);
    yield figureOf("export against the local OCI, 5,000 statements", "ms", ms);
    const mib = runs.map((r) => r.mib);
    yield figureOf("most memory of an export of 5,000 statements and 10,000 instances", "MiB", mib);
  } finally {
    await oci.close();
  }
};
