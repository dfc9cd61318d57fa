/**
 * Real programs that speak S3, as they are, through the door to a local OCI. Each script of `programs/` puts, lists, gets,
 * copies and deletes, also in parts, and compares every byte.
 */
import { execFile, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { type S3World, startS3World } from "../../../support/s3-world.ts";
import { skipFor } from "../../../support/skip.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const SCRIPTS = join(import.meta.dirname, "programs");
/** Where `.ci/programs` installs what is not Debian's. */
const INSTALLED = join(ROOT, ".keyless/s3");
const PYTHON = join(INSTALLED, "python/bin/python");
const PATH = [join(INSTALLED, "bin"), join(INSTALLED, "python/bin"), join(ROOT, ".keyless/rclone/bin")]
  .concat(process.env["PATH"] ?? "")
  .join(delimiter);
const LARGE_BYTES = 20 * 1024 * 1024;
const BUCKET = "exports";

/** The command that runs a script, by the end of its name. */
const RUNNERS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  // Isolated: a script has the name of what it imports.
  py: [PYTHON, "-I"],
  sh: ["sh", "-eu"],
  mjs: [process.execPath],
};

/** A program: its script, and what must be here to run it. */
interface Program {
  script: string;
  /** How it is asked whether it is here. */
  needs: readonly [string, ...string[]];
  lacking: string;
  /** Keys come from where containers' do, with the client's token: nothing is written down. */
  container?: true;
}

const python = (name: string, more: Partial<Program> = {}): Program => ({
  script: `${name}.py`,
  needs: [PYTHON, "-c", `import ${name}`],
  lacking: `${name} is not in .keyless/s3/python`,
  ...more,
});
const onPath = (name: string, script: string, ...args: string[]): Program => ({
  script,
  needs: [name, ...args],
  lacking: `${name} is not on PATH`,
});

const PROGRAMS: Readonly<Record<string, Program>> = {
  boto3: python("boto3", { container: true }),
  "minio-py": python("minio"),
  pyarrow: python("pyarrow"),
  DuckDB: python("duckdb", {
    needs: [PYTHON, "-c", "import duckdb, duckdb_extension_httpfs"],
    lacking: "duckdb with duckdb-extension-httpfs is not in .keyless/s3/python",
  }),
  "AWS CLI": onPath("aws", "awscli.sh", "--version"),
  "AWS SDK for JavaScript v3": {
    script: "sdk.mjs",
    needs: ["test", "-d", join(INSTALLED, "node_modules/@aws-sdk/lib-storage")],
    lacking: "@aws-sdk/lib-storage is not in .keyless/s3",
    container: true,
  },
  "AWS SDK for Go v2": {
    script: "sdk-go",
    needs: ["test", "-x", join(INSTALLED, "bin/sdk-go")],
    lacking: "the program of test/app/proxy/s3/programs/go is not built in .keyless/s3/bin",
    container: true,
  },
  rclone: onPath("rclone", "rclone.sh", "version"),
  s5cmd: onPath("s5cmd", "s5cmd.sh", "version"),
  s3cmd: onPath("s3cmd", "s3cmd.sh", "--version"),
  restic: onPath("restic", "restic.sh", "version"),
  "Terraform's S3 backend": onPath("terraform", "terraform.sh", "version"),
};

const env = { ...process.env, PATH };
/** The reason why a program cannot be run here; undefined when it can. */
const reasonOf = ({ needs, lacking }: Program): string | undefined => {
  const [program, ...args] = needs;
  return spawnSync(program, args, { env }).status === 0 ? undefined : lacking;
};

let world: S3World;
let home: string;
beforeAll(async () => {
  world = await startS3World();
  home = mkdtempSync(join(tmpdir(), "keyless-s3-"));
  writeFileSync(join(home, "large.bin"), randomBytes(LARGE_BYTES));
  // Node looks for packages beside the script.
  writeFileSync(join(home, "sdk.mjs"), readFileSync(join(SCRIPTS, "sdk.mjs")));
  const packages = join(INSTALLED, "node_modules");
  if (existsSync(packages)) symlinkSync(packages, join(home, "node_modules"));
}, 60_000);
afterAll(async () => {
  rmSync(home, { recursive: true, force: true });
  await world.close();
});

/** What a program is given to find the door, and the keys of a client. */
const accessOf = (client: string, container: boolean): NodeJS.ProcessEnv => {
  const { proxy } = world.proxy;
  const keys = world.keysOf(client);
  return {
    AWS_ENDPOINT_URL: world.url,
    // By the name us-east-1 alone boto3 presigns with the older signature, which the door does not take.
    AWS_REGION: "eu-frankfurt-1",
    AWS_DEFAULT_REGION: "eu-frankfurt-1",
    AWS_EC2_METADATA_DISABLED: "true",
    ...(container
      ? {
          AWS_CONTAINER_CREDENTIALS_FULL_URI: `${proxy.url}/s3/credentials`,
          AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: proxy.clients[client]!.tokenFile,
        }
      : { AWS_ACCESS_KEY_ID: keys.accessKeyId, AWS_SECRET_ACCESS_KEY: keys.secretAccessKey }),
  };
};

/** Runs a program's script. */
const run = (name: string, { script, container }: Program): Promise<{ code: number; out: string }> => {
  const work = join(home, script.replace(/\W/g, "-"));
  mkdirSync(work);
  const [, ending = ""] = script.split(".");
  const file = ending === "mjs" ? join(home, script) : join(SCRIPTS, script);
  const [program, ...args] = RUNNERS[ending] ? [...RUNNERS[ending], file] : [join(INSTALLED, "bin", script)];
  const own = {
    PATH,
    HOME: work,
    WORK: work,
    BUCKET,
    PREFIX: `${script.replace(/\W/g, "-")}/`,
    LARGE: join(home, "large.bin"),
    ...accessOf("app", container === true),
  };
  return new Promise((resolve) => {
    execFile(program!, args, { env: own, cwd: work, timeout: 170_000 }, (error, stdout, stderr) =>
      resolve({
        code: error ? ((error.code as unknown as number) ?? 1) : 0,
        out: `${name}:\n${stdout.slice(-3000)}${stderr.slice(-5000)}`,
      }),
    );
  });
};

for (const [name, program] of Object.entries(PROGRAMS)) {
  skipFor(reasonOf(program)).it(name, { timeout: 180_000 }, async () => {
    const { code, out } = await run(name, program);
    expect(code, out).toBe(0);
  });
}
