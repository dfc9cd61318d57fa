/** The pipelines: valid, pinned, with the least rights, and their steps run as they are written. */
import { execFile, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { verdictWithinS } from "../../commands/shared/verdict/await.ts";
import { settingsTable } from "../../infra/settings/table.ts";
import { checkout } from "../support/checkout.ts";
import { BASE } from "./changes/pull-requests.ts";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "../..");
const folder = join(root, ".github/workflows");
const { validateWorkflow } = createRequire(import.meta.url)("@action-validator/core") as {
  validateWorkflow(text: string): { errors: unknown[] };
};

interface WorkflowStep {
  name?: string;
  uses?: string;
  run?: string;
  env?: Record<string, string>;
}
interface Job {
  if?: string;
  permissions?: Record<string, string>;
  env?: Record<string, string>;
  environment?: string;
  steps: WorkflowStep[];
}
/** A step or job with a limit of its own. */
interface Limited {
  "timeout-minutes"?: number;
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

it("a pull request is checked by every script that checks the sources", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const checks = Object.keys(scripts).filter((name) => /^(types|lint(:\w+)?|format)$/.test(name));
  expect(checks).toHaveLength(5);
  const [, , { jobs }] = workflows.find(([file]) => file === "pull-request.yml")!;
  const lines = Object.values(jobs).flatMap((job) =>
    job.steps.flatMap((step) => step.run?.split("\n") ?? []),
  );
  expect(checks.filter((name) => !lines.includes(`npm run -s ${name}`))).toEqual([]);
  // Each is run here by a line of its own, which ends all where it fails: no test need do it again.
  const own = readFileSync(join(root, ".ci/run"), "utf8").split("\n");
  expect(own).toContain("set -euo pipefail");
  expect(checks.filter((name) => !own.includes(`step npm run -s ${name}`))).toEqual([]);
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
    // A secret is seen by the step that needs it, and by no package's or installer's script.
    expect(JSON.stringify(job.env ?? {})).not.toContain("secrets.");
    for (const { run: script = "", env } of job.steps) {
      if (JSON.stringify(env ?? {}).includes("secrets."))
        expect(script).toMatch(/^(pulumi |npm run -s (verify|teardown) )/);
      if (job.permissions?.["id-token"] && script.startsWith("npm ci"))
        expect(script).toContain("--ignore-scripts");
    }
  });

  it("a pull request's code sees no secret of another environment", () => {
    const secretsOf = (file: string) =>
      [...workflows.find(([name]) => name === file)![1].matchAll(/secrets\.(\w+)/g)].map(([, name]) => name!);
    const preview = secretsOf("pull-request.yml");
    expect(preview.length).toBeGreaterThan(0);
    expect(preview.filter((name) => !name.startsWith("PREVIEW_"))).toEqual([]);
    for (const file of ["deploy.yml", "nightly.yml"])
      expect(secretsOf(file).filter((name) => name.startsWith("PREVIEW_"))).toEqual([]);
  });

  it("the nightly stack is torn down whatever happens", () => {
    const steps = workflows.find(([file]) => file === "nightly.yml")![2].jobs["ephemeral"]!
      .steps as (WorkflowStep & {
      if?: string;
    })[];
    const after = steps.slice(steps.findIndex((s) => s.name === "verify") + 1);
    expect(after.map((s) => s.if)).toEqual(after.map(() => "always()"));
    expect(after.at(-1)!.run).toContain("teardown -- --stack");
    // Time is left for it, whatever hangs before.
    const job = workflows.find(([file]) => file === "nightly.yml")![2].jobs["ephemeral"] as Job & {
      "timeout-minutes": number;
    };
    const before = job.steps.slice(0, -after.length) as (WorkflowStep & { "timeout-minutes"?: number })[];
    const most = before.reduce((sum, s) => sum + (s["timeout-minutes"] ?? 0), 0);
    expect(most).toBeLessThan(job["timeout-minutes"] - 20);
    expect(before.filter((s) => /^(up|verify)$/.test(s.name ?? "")).every((s) => s["timeout-minutes"])).toBe(
      true,
    );
  });
});

it("verify waits as long as the deployed check may take, and its job lasts as long", () => {
  // The longest deadline that the setting allows.
  const deadlineS = 7200;
  expect(settingsTable.deadlineS.schema.safeParse(deadlineS).success).toBe(true);
  expect(settingsTable.deadlineS.schema.safeParse(deadlineS + 1).success).toBe(false);
  const document = {
    version: 1,
    bundle: { url: "https://example.com/b", sha256: "a".repeat(64) },
    check: { secretId: "s", deadlineS, probes: [] },
  };
  const waitMinutes = verdictWithinS(JSON.stringify(document)) / 60;
  const verifying = jobs.filter(([, { steps }]) => steps.some((step) => step.name === "verify"));
  expect(verifying).toHaveLength(2);
  for (const [, job] of verifying as [string, Job & Limited, unknown][]) {
    const at = job.steps.findIndex((step) => step.name === "verify");
    const steps = job.steps as (WorkflowStep & Limited)[];
    expect(steps[at]!.run).not.toContain("--timeout");
    expect(steps[at]!["timeout-minutes"] ?? Infinity).toBeGreaterThan(waitMinutes);
    const before = steps.slice(0, at).reduce((sum, step) => sum + (step["timeout-minutes"] ?? 0), 0);
    expect(job["timeout-minutes"]).toBeGreaterThan(Math.max(before, 40) + waitMinutes);
  }
});

const stepOf = (name: string): string =>
  jobs.flatMap(([, job]) => job.steps).find((step) => step.name === name)!.run!;

describe("steps", () => {
  const temporary = mkdtempSync(join(tmpdir(), "keyless-workflow-"));
  afterAll(() => rmSync(temporary, { recursive: true, force: true }));
  /** As the runner does where a step names no shell. */
  const shell = (script: string, env: Record<string, string> = {}, cwd = root) =>
    run("bash", ["-e", "-c", script], { cwd, env: { ...process.env, ...env } });

  /** Steps that no test runs as they are written, and why. */
  const NOT_HERE: Readonly<Record<string, string>> = {
    packages: "needs the registry; nothing here runs without it",
    tests: "is this",
  };
  /** The first two: workflows-proof.slow.test.ts. */
  const executed = new Set([
    "types and style",
    "local proof",
    "change of access",
    "snapshots of access and findings",
    "policy pack",
    "one comment, updated in place",
    "Pulumi",
    "workload identity",
    "workload identity, for teardown",
  ]);

  it("those that need no credentials are run here", () => {
    const open = jobs
      .flatMap(([, job]) => job.steps)
      .filter((s) => s.run && !JSON.stringify(s.env ?? {}).includes("secrets."));
    const names = open.map((step) => String(step.name)).filter((name) => !(name in NOT_HERE));
    expect([...new Set(names)].sort()).toEqual([...executed].sort());
    expect(stepOf("workload identity, for teardown")).toBe(stepOf("workload identity"));
  });

  it("every npm script that they call is there", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    for (const [, job] of jobs)
      for (const { run: script = "" } of job.steps)
        for (const [, name] of script.matchAll(/npm run -s ([\w-]+)/g)) expect(scripts).toHaveProperty(name!);
  });

  it("the change of access is written, for the comment and the summary", { timeout: 120_000 }, async () => {
    const { folder: at, git, commit, remove } = await checkout();
    try {
      writeFileSync(join(at, "Pulumi.test.yaml"), BASE);
      await commit("base");
      await git("checkout", "-qb", "change");
      writeFileSync(join(at, "Pulumi.test.yaml"), BASE.replace("to use keys", "to manage keys"));
      await shell("npm run -s access -- --write", {}, at);
      await commit("change");
      await git("checkout", "-q", "-");
      // What a pull request's run checks out.
      await git("merge", "-q", "--no-ff", "-m", "merge", "change");
      const summary = join(at, "summary.md");
      const RUN = "https://github.com/o/r/actions/runs/7";
      await shell(stepOf("change of access"), { GITHUB_STEP_SUMMARY: summary, RUN }, at);
      expect(readFileSync(summary, "utf8")).toMatch(
        /^<!-- keyless: change of access -->\n## Access, compared with `[0-9a-f]{40}`\n\n\[As a page, with a picture\]\(<https:\/\/github\.com\/o\/r\/actions\/runs\/7#artifacts>\)\n[\s\S]*Stack `test`: 1 gained/,
      );
      expect(readFileSync(join(at, "access.md"), "utf8")).toBe(readFileSync(summary, "utf8"));
      expect(readFileSync(join(at, "access.html"), "utf8")).toMatch(
        /^<!doctype html>[\s\S]*Content-Security-Policy/,
      );
      await shell(stepOf("snapshots of access and findings"), {}, at);
    } finally {
      remove();
    }
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

  it("the Pulumi CLI is installed when its archive is signed, and otherwise not", async () => {
    const at = mkdtempSync(join(temporary, "pulumi-"));
    const fake = (name: string, text: string) => {
      writeFileSync(join(at, name), `#!/bin/bash\n${text}\n`);
      chmodSync(join(at, name), 0o755);
    };
    // As a release's archive is: everything in one folder.
    fake(
      "curl",
      `echo "$*" >> ${at}/curl.log; url=\${!#}; name=\${url##*/}
       case $name in *.sig) touch $name ;; *) mkdir pulumi && echo x > pulumi/pulumi && tar -czf $name pulumi ;; esac`,
    );
    const install = (home: string) =>
      shell(stepOf("Pulumi"), {
        PATH: `${at}:${process.env["PATH"]}`,
        HOME: join(at, home),
        GITHUB_PATH: join(at, `${home}.path`),
      });
    fake("cosign", `echo "$*" > ${at}/cosign.log`);
    await install("good");
    expect(readFileSync(join(at, "good/.pulumi/bin/pulumi"), "utf8")).toBe("x\n");
    expect(readFileSync(join(at, "good.path"), "utf8")).toBe(`${at}/good/.pulumi/bin\n`);
    const [archive] = /\S+\.tar\.gz$/.exec(readFileSync(join(at, "cosign.log"), "utf8").trim())!;
    expect(readFileSync(join(at, "curl.log"), "utf8")).toContain(`/v3.259.0/${archive}\n`);
    fake("cosign", "exit 1");
    await expect(install("bad")).rejects.toThrow();
    expect(existsSync(join(at, "bad"))).toBe(false);
  });

  it("the pipeline's token lands in a file that only its user reads, and stays new", async () => {
    const file = join(temporary, "token.jwt");
    const fake = (name: string, text: string) => {
      writeFileSync(join(temporary, name), text);
      chmodSync(join(temporary, name), 0o755);
    };
    fake(
      "curl",
      `#!/bin/sh\necho "$*" >> ${temporary}/curl.log\necho "{\\"value\\":\\"a.b.$(wc -l < ${temporary}/curl.log)\\"}"\n`,
    );
    fake("jq", "#!/usr/bin/env node\nprocess.stdin.on('data', (d) => console.log(JSON.parse(d).value));\n");
    const child = spawn("bash", ["-e", "-c", stepOf("workload identity")], {
      cwd: root,
      // A group of its own: what it leaves running ends with it.
      detached: true,
      env: {
        ...process.env,
        PATH: `${temporary}:${process.env["PATH"]}`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request",
        ACTIONS_ID_TOKEN_REQUEST_URL: "https://example.com/?a=b",
        OCI_WORKLOAD_IDENTITY_TOKEN_PATH: file,
        RENEW_S: "0.2",
      },
    });
    try {
      // The step ends, what keeps the token new stays.
      expect(await new Promise((done) => child.on("close", done))).toBe(0);
      expect(readFileSync(file, "utf8")).toMatch(/^a\.b\.\d+\n$/);
      expect(statSync(file).mode & 0o077).toBe(0);
      const first = readFileSync(file, "utf8");
      await vi.waitFor(() => expect(readFileSync(file, "utf8")).not.toBe(first), { timeout: 20_000 });
      expect(readFileSync(join(temporary, "curl.log"), "utf8")).toContain(
        "https://example.com/?a=b&audience=oci",
      );
    } finally {
      process.kill(-child.pid!);
    }
  });
});
