import { expect, it } from "vitest";
import { bootFiles } from "../../infra/boot/cloud-config.ts";
import { describe, output } from "./support/machine.ts";

const units = bootFiles()
  .map(({ path }) => path)
  .filter((path) => /\/(keyless-[\w-]+\.(service|socket|timer))$/.test(path));

// What can be said of every distribution without booting it.
describe("user_data, statically", () => {
  it("is valid by cloud-init's own schema", async () => {
    expect(await output("cloud-init schema --system 2>&1; true", 120_000)).toMatch(/Valid schema user-data/);
  });

  it("has units that systemd finds nothing wrong with", async () => {
    expect(units.length).toBeGreaterThan(4);
    expect(await output(`systemd-analyze verify ${units.join(" ")} 2>&1`, 120_000)).toBe("");
  });
});
