/** `npm run access` as it is called: from the shell, on files, in a repository. */
import { execFile } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AccessReport } from "../../commands/access/report.ts";
import { type Checkout, checkout } from "../support/checkout.ts";
import { BASE } from "./changes/pull-requests.ts";

const run = promisify(execFile);

interface CommandEnd {
  code: number;
  stdout: string;
  stderr: string;
}

let repository: Checkout;
let folder: string;

const access = async (...args: string[]): Promise<CommandEnd> => {
  try {
    const { stdout, stderr } = await run(process.execPath, ["commands/run.mjs", "access", ...args], {
      cwd: folder,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as CommandEnd;
    return { code, stdout, stderr };
  }
};

const git = (...args: string[]) => repository.git(...args);

beforeAll(async () => {
  repository = await checkout();
  folder = repository.folder;
  writeFileSync(join(folder, "Pulumi.test.yaml"), BASE);
  await repository.commit("one");
});
afterAll(() => repository.remove());

describe("npm run access", () => {
  it("reports as JSON: principals, statements, clients, probes, findings", async () => {
    const { code, stdout } = await access("--json");
    expect(code).toBe(0);
    const [report] = JSON.parse(stdout) as [AccessReport];
    expect(report.stack).toBe("test");
    expect(report.principals).toEqual([
      {
        group: expect.stringMatching(/^billing-[0-9a-f]{6}$/),
        rule: "All {instance.id = '<instance>'}",
        selects: "the stack's instance, and no other",
      },
    ]);
    expect(report.statements[0]).toEqual({
      attachedTo: "ocid1.compartment.oc1..aaaaaaaasecurity",
      text: "Allow dynamic-group id <group> to {SECRET_BUNDLE_READ} in compartment id ocid1.compartment.oc1..aaaaaaaasecurity where target.secret.id = '<secret>'",
      grant: "the own secret",
    });
    expect(report.clients.map((c) => c.name)).toEqual(["agent", "exporter"]);
    expect(report.findings.map((f) => f.code)).toContain("raw-grant");
  });

  it("writes a snapshot, and knows when it is not current", async () => {
    expect((await access("--check")).code).toBe(1);
    await access("--write");
    expect(await access("--check")).toMatchObject({ code: 0, stdout: "every snapshot is current\n" });
    const file = join(folder, "Pulumi.test.access.md");
    writeFileSync(file, readFileSync(file, "utf8").replace("to use keys", "to manage keys"));
    const { code, stdout } = await access("--check");
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Pulumi\.test\.access\.md is not current/);
    expect(stdout).toMatch(/^- .*to manage keys/m);
    expect(stdout).toMatch(/^\+ .*to use keys/m);
    // A current snapshot does not make an error good.
    const stack = join(folder, "Pulumi.test.yaml");
    writeFileSync(stack, `${BASE}  keyless:severities: { raw-grant: error }\n`);
    await access("--write");
    expect(await access("--check")).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("Pulumi.test.yaml: error raw-grant (clients.agent[1])"),
    });
    writeFileSync(stack, `${BASE}  keyless:assertions: [{ never: { permissions: [SECRET_BUNDLE_READ] } }]\n`);
    await access("--write");
    expect(await access("--check")).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^broken never any-user: SECRET_BUNDLE_READ \(Pulumi\.test\.yaml:\d+\)/),
    });
    writeFileSync(stack, BASE);
    rmSync(file);
  });

  it("reads encrypted values as encrypted, and takes nothing from the environment", async () => {
    const file = join(folder, "Pulumi.sealed.yaml");
    writeFileSync(file, `${BASE}  keyless:secretContent:\n    secure: v1:abc\n`);
    expect(await access("--stack", "sealed")).toMatchObject({ code: 0 });
    rmSync(file);
  });

  it("names every broken setting, and exits with 2", async () => {
    const file = join(folder, "Pulumi.broken.yaml");
    writeFileSync(file, `${BASE}  keyless:ocpus: many\n  keyless:shap: x\n`);
    const { code, stderr } = await access("--stack", "broken");
    rmSync(file);
    expect(code).toBe(2);
    expect(stderr).toContain("keyless:ocpus");
    expect(stderr).toContain("did you mean keyless:shape");
    expect((await access("--base", "nowhere")).code).toBe(2);
    expect((await access("--bogus")).code).toBe(2);
  });

  it("compares with a commit: configuration, new stacks, and the code that makes the statements", async () => {
    const file = join(folder, "Pulumi.test.yaml");
    writeFileSync(file, BASE.replace("to use keys", "to manage keys"));
    const changed = await access("--base", "HEAD");
    expect(changed.stdout).toContain("### Stack `test`: 1 gained");
    expect(changed.stdout).not.toContain("code");
    writeFileSync(file, BASE);
    expect((await access("--base", "HEAD")).stdout).toContain("No change of access: `test`.");

    writeFileSync(join(folder, "Pulumi.second.yaml"), BASE);
    expect((await access("--base", "HEAD")).stdout).toMatch(/Stack `second`: new; 5 gained/);
    rmSync(join(folder, "Pulumi.second.yaml"));

    const own = join(folder, "access/own.ts");
    const code = readFileSync(own, "utf8");
    writeFileSync(own, code.replace('["SECRET_BUNDLE_READ"]', '["SECRET_BUNDLE_READ", "SECRET_READ"]'));
    const other = await access("--base", "HEAD");
    writeFileSync(own, code);
    expect(other.stdout).toContain("{SECRET_READ}");
    expect(other.stdout).toContain("The code that makes the statements is compared too");
  });

  it("says what a base that cannot be used means, and compares the rest", async () => {
    const { commit } = repository;
    const file = join(folder, "Pulumi.test.yaml");
    writeFileSync(join(folder, "Pulumi.other.yaml"), BASE);
    writeFileSync(file, BASE.replace("access: read", "access: reed"));
    await commit("broken");
    writeFileSync(file, BASE);
    const mended = await access("--base", "HEAD");
    expect(mended.code).toBe(0);
    expect(mended.stdout).toMatch(
      /`Pulumi\.test\.yaml` at the base cannot be used, so that everything in it/,
    );
    expect(mended.stdout).toMatch(/Stack `test`: new; 5 gained/);
    expect(mended.stdout).toContain("No change of access: `other`.");
    // The other way round the change itself is broken.
    await commit("mended");
    writeFileSync(file, BASE.replace("access: read", "access: reed"));
    expect(await access("--base", "HEAD")).toMatchObject({ code: 2, stdout: "" });

    // The base's own code: one broken file, and a finding that is an error there (exit code 1).
    await commit("broken again");
    const loud = "  keyless:severities: { raw-grant: error }\n";
    writeFileSync(join(folder, "Pulumi.other.yaml"), BASE + loud);
    await commit("an error");
    writeFileSync(file, BASE);
    const own = join(folder, "access/own.ts");
    writeFileSync(own, `${readFileSync(own, "utf8")}\n// Another text of the same code.\n`);
    const both = await access("--base", "HEAD");
    expect(both.stdout).toContain("The code that makes the statements is compared too: it changed.");
    expect(both.stdout).toMatch(/`Pulumi\.test\.yaml` at the base cannot be used/);
    expect(both.stdout).toContain("No change of access: `other`.");

    // Code at the base that does not run is not passed over in silence.
    const code = readFileSync(own, "utf8");
    writeFileSync(own, "throw new Error('not today');\n");
    writeFileSync(file, BASE);
    await commit("code that fails");
    writeFileSync(own, code);
    expect((await access("--base", "HEAD")).stdout).toMatch(
      /The code at the base makes no reports \(.*\): its configuration is read with today's code/,
    );
    await commit("code that runs");
  });

  it("takes a renamed stack file for what it is to the engine, and asks only for the stacks named", async () => {
    await git("checkout", "-q", "--force", "HEAD");
    await git("mv", "Pulumi.test.yaml", "Pulumi.renamed.yaml");
    const { stdout } = await access("--base", "HEAD", "--json");
    const changes = JSON.parse(stdout) as { stack: string; kind: string; changesAccess: boolean }[];
    expect(changes.map(({ stack, kind }) => `${stack} ${kind}`)).toEqual([
      "other changed",
      "renamed added",
      "test removed",
    ]);
    expect(Object.keys(changes[0]!)).toEqual(
      "stack kind gained lost clients statements principals replaced findings silenced undecided changesAccess".split(
        " ",
      ),
    );
    const one = await access("--base", "HEAD", "--json", "--stack", "renamed");
    expect(JSON.parse(one.stdout)).toHaveLength(1);
    await git("checkout", "-q", "--force", "HEAD");
  });
});
