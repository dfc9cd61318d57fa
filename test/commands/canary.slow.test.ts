import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { readStackConfig } from "../../commands/shared/stack-config.ts";
import { readConsole } from "../../commands/shared/verdict/console-history.ts";
import { verdictLines } from "../../commands/shared/verdict/show-verdict.ts";
import { runScenario } from "../../commands/start/scenario.ts";
import { buildBundle } from "../../infra/bundle.ts";
import { formsOf, leaksOf } from "../support/leaks.ts";

const canary = 'c4n4ry/+ü?&"-in-the-vault';

/** Everything that a run writes or keeps, by place. */
const placesOfRun = async (): Promise<Record<string, string>> => {
  const places: Record<string, string> = {};
  const logs: string[] = [];
  let journal = "";
  const outcome = await runScenario({
    config: {
      ...readStackConfig(resolve(import.meta.dirname, "../../Pulumi.local.yaml")),
      "keyless:secretContent": canary,
    },
    secretKeys: ["keyless:secretContent"],
    stack: "local",
    engine: "embedded",
    machine: "process",
    signal: new AbortController().signal,
    progress: (line) => logs.push(line),
    journal: (text) => {
      journal += text;
    },
    onVerdict: async ({ local, client, stack }) => {
      const id = String(stack.outputs["instance"]);
      places["console"] = await readConsole(client, id);
      const metadata = local.cloud.store.get(id, "instance")!.model.metadata;
      places["decoded user_data"] = Buffer.from(metadata["user_data"]!, "base64").toString();
      places["metadata"] = JSON.stringify(metadata);
      places["outputs"] = JSON.stringify(stack.outputs);
      places["engine's state"] = JSON.stringify(stack);
      places["models of all resources"] = JSON.stringify(local.cloud.store.all().map((r) => r.model));
      places["audit"] = JSON.stringify(local.cloud.audit.entries());
      const refused = await client
        .call("vault.UpdateSecret", {
          params: { secretId: String(stack.outputs["secret"]) },
          body: {
            secretContent: {
              contentType: "BASE64",
              content: Buffer.from(canary).toString("base64"),
              stage: "?",
            },
          },
        })
        .catch((error: unknown) => error);
      places["errors"] = String(refused);
    },
  });
  expect(outcome.ok, JSON.stringify(outcome)).toBe(true);
  places["logs"] = logs.join("\n");
  places["journal"] = journal;
  places["report"] = JSON.stringify(outcome) + verdictLines(outcome.verdict!, false).join("\n");
  places["bundle"] = await readFile((await buildBundle()).path, "utf8");
  return places;
};

describe("the secret's value", () => {
  it("is nowhere in what a run writes or keeps, in no form", async () => {
    const places = await placesOfRun();
    expect(Object.values(places).every((text) => text.length > 0 || text === places["journal"])).toBe(true);
    for (const place of Object.keys(places))
      for (const [form, needle] of Object.entries(formsOf(canary)))
        expect(leaksOf(canary, { ...places, [place]: `${places[place]}x${needle}` })).toContain(
          `${place}: ${form}`,
        );
    for (const offset of [0, 1, 2])
      expect(
        leaksOf(canary, { text: Buffer.from(`${"x".repeat(offset)}${canary}.`).toString("base64") }),
      ).toEqual([`text: base64, offset ${offset}`]);
    expect(leaksOf(canary, places)).toEqual([]);
  });
});
