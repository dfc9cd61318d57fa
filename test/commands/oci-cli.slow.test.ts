/** The pages' commands of OCI's command line, run with the real one: its parser, and the requests that follow. */
import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect } from "vitest";
import { writeClientFiles } from "../../commands/local/files.ts";
import type { LocalOci } from "../../local/index.ts";
import { startTestOci } from "../support/local-oci.ts";
import { noOciCli, pathWithOciCli } from "../support/oci-cli.ts";
import { signedCall } from "../support/signed-call.ts";
import { skipFor } from "../support/skip.ts";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "../..");

/** Every fenced block with a command of OCI's command line in it, by page. */
const pages = ["README.md", ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`)]
  .filter((page) => page.endsWith(".md"))
  .map((page): [string, string[]] => {
    const text = readFileSync(join(root, page), "utf8");
    const blocks = [...text.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].map(([, block]) => block!);
    return [page, blocks.filter((block) => /(^|\(|\s)oci [a-z-]+ [a-z-]+ /m.test(block))];
  })
  .filter(([, blocks]) => blocks.length > 0);

const { it, describe } = skipFor(noOciCli);

describe("the pages' commands, with the real OCI CLI", () => {
  const folder = mkdtempSync(join(tmpdir(), "keyless-oci-cli-"));
  let oci: LocalOci;
  /** What the identity domain was asked for: SCIM collection and resource. */
  let created: [string, Record<string, unknown>][] = [];
  const domain = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const [, collection] = /^\/admin\/v1\/(\w+)$/.exec(request.url!.split("?")[0]!) ?? [];
    if (request.method !== "POST" || !collection || !request.headers["authorization"]) {
      response.writeHead(400).end();
      return;
    }
    const resource = JSON.parse(text) as Record<string, unknown>;
    created.push([collection, resource]);
    response.writeHead(201, { "content-type": "application/json" });
    response.end(JSON.stringify({ name: "app-name", ...resource, id: `id-${created.length}` }));
  });

  beforeAll(async () => {
    oci = await startTestOci({ settings: { transitionMs: 0 } });
    writeClientFiles(folder, oci);
    await new Promise<void>((done) => domain.listen(0, "127.0.0.1", done));
  });
  afterAll(async () => {
    domain.close();
    await oci.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Writes a program that stands on PATH before all others. */
  const program = (name: string, text: string): void => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  const shell = async (script: string, env: Record<string, string>): Promise<string> => {
    const { stdout } = await run("bash", ["-c", `. ./env.sh\nset -eo pipefail\n${script}`], {
      cwd: folder,
      env: { ...process.env, PATH: `${folder}:${pathWithOciCli()}`, ...env },
    });
    return stdout;
  };

  it("are found", () => {
    expect(pages.map(([page]) => page)).toEqual([
      "docs/alarms.md",
      "docs/local.md",
      "docs/pipelines.md",
      "docs/rotation.md",
    ]);
  });

  const environments = ["preview", "production", "nightly"];
  /** The settings that the page names. */
  const settings = () => ({
    DOMAIN: `http://127.0.0.1:${(domain.address() as AddressInfo).port}`,
    REPOSITORY: "acme/app",
    TENANCY: oci.cloud.tenancy.id,
  });
  const setup = (): string => pages.find(([page]) => page === "docs/pipelines.md")![1][0]!;
  /** A repository as GitHub's endpoint describes it. */
  const repository = (customization: object): void =>
    program(
      "gh",
      `test "$*" = "api repos/acme/app/actions/oidc/customization/sub" && echo '${JSON.stringify(customization)}'`,
    );
  const immutable = "repo:acme@41/app@42";

  it("docs/pipelines.md sets a tenancy up", async () => {
    created = [];
    repository({ use_default: true, use_immutable_subject: true, sub_claim_prefix: immutable });
    for (const name of environments)
      writeFileSync(
        join(folder, `statements-${name}.json`),
        '["Allow any-user to inspect tenancies in tenancy"]',
      );
    await shell(setup(), settings());
    const of = (collection: string) =>
      created.filter(([name]) => name === collection).map(([, body]) => body);
    expect(created).toHaveLength(10);
    expect(of("Apps")[0]).toMatchObject({ isOAuthClient: true, clientType: "confidential", active: true });
    expect(of("Users")).toEqual(
      environments.map((name) =>
        expect.objectContaining({
          userName: `keyless-${name}`,
          "urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User": { serviceUser: true },
        }),
      ),
    );
    expect(of("Groups").map(({ displayName, members }) => [displayName, members])).toEqual(
      environments.map((name, i) => [`keyless-${name}`, [{ value: `id-${2 + 3 * i}`, type: "User" }]]),
    );
    expect(of("IdentityPropagationTrusts")).toEqual([
      expect.objectContaining({
        type: "JWT",
        active: true,
        issuer: "https://token.actions.githubusercontent.com",
        clientClaimName: "aud",
        clientClaimValues: ["oci"],
        oauthClients: environments.map(() => "app-name"),
        subjectType: "User",
        allowImpersonation: true,
        impersonationServiceUsers: environments.map((name, i) => ({
          rule: `sub eq ${immutable}:environment:${name}`,
          value: `id-${2 + 3 * i}`,
        })),
      }),
    ]);
    const target = `/20160918/policies?compartmentId=${oci.cloud.tenancy.id}`;
    const { body } = await signedCall(oci, "identity", "GET", target);
    const made = (body as { id: string; name: string }[]).filter(({ name }) => name.startsWith("keyless-"));
    expect(made.map(({ name }) => name).sort()).toEqual(environments.map((name) => `keyless-${name}`).sort());
    for (const { id } of made) await signedCall(oci, "identity", "DELETE", `/20160918/policies/${id}`);
  });

  it("docs/pipelines.md takes the subject that an older repository has", async () => {
    repository({ use_default: true, use_immutable_subject: false, sub_claim_prefix: "repo:acme/app" });
    program("oci", `echo "$*" >> calls; echo '{"data": {"id": "i", "name": "n"}}'`);
    await shell(setup(), settings());
    rmSync(join(folder, "oci"));
    const rules = environments.map((name) => ({
      rule: `sub eq repo:acme/app:environment:${name}`,
      value: "i",
    }));
    expect(readFileSync(join(folder, "calls"), "utf8")).toContain(JSON.stringify(rules));
  });

  it("docs/pipelines.md makes nothing for a repository with a template of its own", async () => {
    created = [];
    repository({ use_default: false, include_claim_keys: ["repo"] });
    const { stderr } = await shell(setup(), settings()).then(
      () => ({ stderr: "" }),
      (error: { stderr: string }) => error,
    );
    expect(stderr).toContain("a subject template of its own");
    expect(created).toEqual([]);
  });

  it("docs/local.md and docs/rotation.md, and what is named in the text", async () => {
    // What needs a deployed secret is run by docs.slow.test.ts; here is asked whether the command and its options exist.
    const text = readFileSync(join(root, "docs/pipelines.md"), "utf8");
    const inText = [...text.matchAll(/`(oci [^`]+)`/g)].map(([, command]) => command!);
    expect(inText.length).toBeGreaterThan(1);
    const rest = pages
      .filter(([page]) => page !== "docs/pipelines.md")
      .flatMap(([, blocks]) => blocks.flatMap((block) => block.replaceAll("\\\n", " ").split("\n")))
      .map((line) => line.trim())
      .filter((line) => line.startsWith("oci "));
    expect(rest).toHaveLength(3);
    for (const command of [...inText, ...rest]) {
      const words = /^oci((?: [a-z][\w-]*)+)/.exec(command)![1]!;
      const help = await shell(`oci${words} --help`, {});
      for (const [option] of command.matchAll(/--[a-z][\w-]+/g))
        if (option !== "--endpoint") expect(help, command).toMatch(new RegExp(`^ +(-\\w, )?${option} `, "m"));
    }
  });
});
