/** The pipelines: valid, pinned, with the least rights, and their steps run as they are written. */
import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "../..");
const folder = join(root, ".github/workflows");
const { validateWorkflow } = createRequire(import.meta.url)("@action-validator/core") as {
  validateWorkflow(text: string): { errors: unknown[] };
};

interface Step {
  name?: string;
  uses?: string;
  run?: string;
}
interface Job {
  if?: string;
  permissions?: Record<string, string>;
  env?: Record<string, string>;
  environment?: string;
  steps: Step[];
}
interface Workflow {
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

const files = readdirSync(folder).filter((name) => name.endsWith(".yml"));
const workflows = files.map((file): [string, string, Workflow] => {
  const text = readFileSync(join(folder, file), "utf8");
  return [file, text, parse(text) as Workflow];
});
const jobs = workflows.flatMap(([file, , { on, jobs }]) =>
  Object.entries(jobs).map(([name, job]): [string, Job, Workflow["on"]] => [`${file} ${name}`, job, on]),
);

describe.each(workflows)("%s", (_, text, workflow) => {
  it("is a workflow, by its schema", () => expect(validateWorkflow(text).errors).toEqual([]));
  it("gives no rights but a job's own", () => expect(workflow.permissions).toEqual({}));
  it("uses actions by commit", () => {
    for (const [, action] of text.matchAll(/uses: (.*)/g))
      expect(action).toMatch(/^[\w/-]+@[0-9a-f]{40} # v\d/);
  });
  it("puts nothing that others write into a script", () => {
    for (const job of Object.values(workflow.jobs))
      for (const step of job.steps) expect(step.run ?? "").not.toContain("${{");
  });
});

describe("rights", () => {
  it.each(jobs)("%s", (_, job, on) => {
    expect(on).not.toHaveProperty("pull_request_target");
    const writes = Object.entries(job.permissions ?? {}).filter(([, right]) => right === "write");
    const secret = JSON.stringify(job).includes("secrets.") || writes.length > 0;
    if ("pull_request" in on && secret)
      expect(job.if).toContain("github.event.pull_request.head.repo.full_name == github.repository");
    if (JSON.stringify(job).includes("secrets.")) expect(job.environment).toBeDefined();
    for (const [right] of writes) expect(["id-token", "pull-requests"]).toContain(right);
  });

  it("the nightly stack is torn down whatever happens", () => {
    const steps = workflows.find(([file]) => file === "nightly.yml")![2].jobs["ephemeral"]!.steps as (Step & {
      if?: string;
    })[];
    const after = steps.slice(steps.findIndex((s) => s.name === "verify") + 1);
    expect(after.map((s) => s.if)).toEqual(after.map(() => "always()"));
    expect(after.at(-1)!.run).toContain("teardown -- --stack");
  });
});

const stepOf = (name: string): string =>
  jobs.flatMap(([, job]) => job.steps).find((step) => step.name === name)!.run!;

describe("steps", () => {
  const temporary = mkdtempSync(join(tmpdir(), "keyless-workflow-"));
  afterAll(() => rmSync(temporary, { recursive: true, force: true }));
  /** As the runner does. */
  const shell = (script: string, env: Record<string, string> = {}, cwd = root) =>
    run("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script], {
      cwd,
      env: { ...process.env, ...env },
    });

  it("every npm script that they call is there", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    for (const [, job] of jobs)
      for (const { run: script = "" } of job.steps)
        for (const [, name] of script.matchAll(/npm run -s ([\w-]+)/g)) expect(scripts).toHaveProperty(name!);
  });

  it("the change of access is written, for the comment and the summary", { timeout: 60_000 }, async () => {
    const summary = join(temporary, "summary.md");
    const script = stepOf("change of access").replaceAll("access.md", join(temporary, "access.md"));
    await shell(script, { BASE: "HEAD", GITHUB_STEP_SUMMARY: summary });
    expect(readFileSync(summary, "utf8")).toMatch(/^<!-- keyless: change of access -->\n## Access/);
  });

  it("the policy pack is built", { timeout: 60_000 }, async () => {
    await shell(stepOf("policy pack"));
    expect(readdirSync(join(root, ".keyless/policy-pack"))).toContain("PulumiPolicy.yaml");
  });

  it("the comment is made once, then updated", async () => {
    const gh = join(temporary, "gh");
    const log = join(temporary, "gh.log");
    writeFileSync(join(temporary, "access.md"), "<!-- keyless: change of access -->\n");
    const env = {
      PATH: `${temporary}:${process.env["PATH"]}`,
      REPOSITORY: "o/r",
      NUMBER: "7",
      GH_TOKEN: "t",
    };
    const made = async (id: string): Promise<string> => {
      writeFileSync(
        gh,
        `#!/bin/sh\ncase "$*" in *--jq*) printf '%s' "${id}";; *) echo "$*" >> ${log};; esac\n`,
      );
      chmodSync(gh, 0o755);
      writeFileSync(log, "");
      await shell(stepOf("one comment, updated in place"), env, temporary);
      return readFileSync(log, "utf8").trim();
    };
    expect(await made("")).toBe("api --method POST repos/o/r/issues/7/comments --field body=@access.md");
    expect(await made("42")).toBe("api --method PATCH repos/o/r/issues/comments/42 --field body=@access.md");
  });

  it("the pipeline's token lands in a file that only its user reads", async () => {
    const file = join(temporary, "token.jwt");
    const curl = join(temporary, "curl");
    writeFileSync(curl, `#!/bin/sh\necho "$*" > ${temporary}/curl.log\necho '{"value":"a.b.c"}'\n`);
    chmodSync(curl, 0o755);
    const jq = join(temporary, "jq");
    writeFileSync(
      jq,
      "#!/usr/bin/env node\nprocess.stdin.on('data', (d) => console.log(JSON.parse(d).value));\n",
    );
    chmodSync(jq, 0o755);
    await shell(stepOf("workload identity"), {
      PATH: `${temporary}:${process.env["PATH"]}`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request",
      ACTIONS_ID_TOKEN_REQUEST_URL: "https://example.com/?a=b",
      OCI_WORKLOAD_IDENTITY_TOKEN_PATH: file,
    });
    expect(readFileSync(file, "utf8")).toBe("a.b.c\n");
    expect(readFileSync(join(temporary, "curl.log"), "utf8")).toContain(
      "https://example.com/?a=b&audience=oci",
    );
  });
});
