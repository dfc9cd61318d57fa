/** `npm run access`: who may do what, from the configuration alone; what a change does; what has drifted. @module */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { SettingsError } from "../infra/settings/error.ts";
import type { AccessChange } from "./access/change.ts";
import { checkStacks, snapshotOf } from "./access/check.ts";
import { reportMarkdown } from "./access/markdown.ts";
import type { Surroundings } from "./access/presence.ts";
import { type AccessReport, accessReport, type StackSettings } from "./access/report.ts";
import { settingsIn, stackOf } from "./access/stack-file.ts";
import { commandLine, runCommand, UsageError } from "./shared/exit.ts";
import { FINDING_FILES } from "./shared/findings/options.ts";
import { ConfigError } from "./shared/stack-config.ts";

const HELP = `Usage: npm run -s access -- [--stack NAME | --config FILE]… [--json] [--write | --check | --base REF] [--tenancy FILE] [--html FILE]
       npm run -s access -- drift [--stack NAME | --config FILE] [--instance OCID] [--tenancy FILE] [--json]

Says who may do what, from the stacks' configuration alone: no account, no engine, no secrets.

  --stack NAME   the stack of Pulumi.NAME.yaml; may be repeated (default: every stack here)
  --config FILE  another stack file; may be repeated
  --json         JSON in place of Markdown
  --write        writes each report beside its stack file: Pulumi.NAME.access.md
  --check        exit 1 and a diff where such a snapshot is not current, a finding is an error, or an
                 assertion of the stack does not hold (docs/assertions.md)
  --base REF     what the change from that commit does: access gained and lost, for a pull request; exit 0
  --html FILE    the report, or with --base the change, as one page that loads nothing (docs/page.md)
  --html-url URL where the page will be: --base links it in its Markdown
  --sarif FILE, --junit FILE
                 with --check: what was found, for other programs, as SARIF 2.1.0 or JUnit's XML
  --tenancy FILE with --check: the assertions are checked of that tenancy with the stack in it, as iam -- export
                 writes it; with --base and drift: compares in the presence of the tenancy's other policies, as iam -- export
                 writes them: which of it is new, and which others already allow or deny, by policy (docs/review.md)
  drift          compares what is deployed with what is declared; exit 1 where it differs (docs/review.md)

Exit codes: 0 good, 1 not current, a finding is an error, an assertion does not hold, or drift; 2 wrong use or broken settings.`;

const OPTIONS = {
  stack: { type: "string", multiple: true },
  config: { type: "string", multiple: true },
  json: { type: "boolean", default: false },
  write: { type: "boolean", default: false },
  check: { type: "boolean", default: false },
  base: { type: "string" },
  html: { type: "string" },
  "html-url": { type: "string" },
  tenancy: { type: "string" },
  ...FINDING_FILES,
  instance: { type: "string" },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** The stack files asked for, or every one here. */
const filesOf = (stacks: readonly string[] = [], configs: readonly string[] = []): string[] => {
  const named = [...configs, ...stacks.map((stack) => `Pulumi.${stack}.yaml`)];
  if (named.length) return named.map((file) => resolve(file));
  const found = readdirSync(".").filter((name) => stackOf(name));
  if (found.length === 0) throw new UsageError("there is no Pulumi.<stack>.yaml here; --config names one");
  return found.sort().map((file) => resolve(file));
};

const readStack = (file: string): StackSettings => {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError(`${file}: ${(error as Error).message}`);
  }
  try {
    return settingsIn(file, text);
  } catch (error) {
    if (error instanceof SettingsError) throw new ConfigError(`${relative(".", file)}: ${error.message}`);
    throw error;
  }
};

const readReport = (file: string): AccessReport => accessReport(readStack(file));

/** Where the page goes, and where people will find it. */
interface PageTarget {
  html: string | undefined;
  url: string | undefined;
}

/** Writes the page; loaded only here, since a report needs no picture. */
const writePage = async (
  file: string,
  stacks: readonly { before?: AccessReport; after?: AccessReport; change?: AccessChange }[],
  base?: string,
  notes: readonly string[] = [],
): Promise<void> => {
  const [{ accessPage }, { shownStack }] = await Promise.all([
    import("./access/html/page.ts"),
    import("./access/html/model.ts"),
  ]);
  const shown = stacks.map(({ before, after, change }) => shownStack(before, after, change));
  writeFileSync(file, await accessPage(shown, base, notes));
  console.error(`${relative(".", file)} is written`);
};

const tenancyIn = async (file: string): Promise<Surroundings> => {
  const { readTenancy } = await import("./iam/tenancy.ts");
  let text: string;
  try {
    text = readFileSync(file, "utf8").replace(/^\ufeff/, "");
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as Error).message}`);
  }
  return { tenancy: readTenancy(text, file), file };
};

const compare = async (
  files: readonly string[],
  ref: string,
  json: boolean,
  all: boolean,
  page: PageTarget,
  tenancy: string | undefined,
): Promise<void> => {
  const surroundings = tenancy === undefined ? undefined : await tenancyIn(tenancy);
  // Loaded only here: comparing needs the whole policy language, a report does not.
  const [{ reportsAt }, { accessChange, changesAccess }, { changesMarkdown }] = await Promise.all([
    import("./access/base.ts"),
    import("./access/change.ts"),
    import("./access/change-markdown.ts"),
  ]);
  const root = dirname(files[0]!);
  const after = new Map(files.map((file) => [stackOf(file) ?? "stack", readReport(file)]));
  const before = await reportsAt(root, ref, all ? undefined : (stack) => after.has(stack));
  const stacks = [...new Set([...after.keys(), ...(all ? before.reports.keys() : [])])].sort();
  const changes = stacks.map((stack) =>
    accessChange(before.reports.get(stack), after.get(stack), surroundings),
  );
  if (page.html !== undefined) {
    const inputs = stacks.map((stack, i) => {
      const [was, is] = [before.reports.get(stack), after.get(stack)];
      return { ...(was && { before: was }), ...(is && { after: is }), change: changes[i]! };
    });
    await writePage(page.html, inputs, ref, before.notes);
  }
  console.log(
    json
      ? JSON.stringify(changes.map((change) => ({ ...change, changesAccess: changesAccess(change) })))
      : changesMarkdown(changes, ref, before.notes, page.url),
  );
};

/** Compares one stack with what is deployed. @returns the exit code */
const drift = async (
  files: readonly string[],
  { instance, stack, tenancy }: Record<"instance" | "stack" | "tenancy", string | undefined>,
  json: boolean,
): Promise<number> => {
  const [file, ...others] = files as [string];
  if (others.length) throw new UsageError("drift is of one stack: --stack NAME or --config FILE");
  const [{ driftOf }, { findStack }, { clientWith, readOciConfig }] = await Promise.all([
    import("./access/drift.ts"),
    import("./shared/stack.ts"),
    import("./shared/oci-config.ts"),
  ]);
  const surroundings = tenancy === undefined ? undefined : await tenancyIn(tenancy);
  const settings = settingsIn(file, readFileSync(file, "utf8"), { calls: true });
  const { instanceId, env } = await findStack({ instance, stack: stack ?? settings.stack });
  const config = await readOciConfig(env);
  const { client, close } = clientWith({ ...config, region: settings.region }, env);
  try {
    const found = await driftOf(client, settings, config.tenancyId, instanceId, surroundings);
    if (json) console.log(JSON.stringify({ ok: found.drift.length === 0, ...found }));
    else {
      for (const { kind, where, says } of found.drift) console.log(`${kind.padEnd(18)} ${where}\n  ${says}`);
      for (const { where, says } of found.withoutEffect ?? [])
        console.log(`without effect     ${where}\n  ${says}`);
      for (const what of found.unread) console.log(`not compared: ${what}`);
      if (found.drift.length === 0) console.log("no drift in what was compared");
    }
    return found.drift.length > 0 ? 1 : 0;
  } finally {
    await close();
  }
};

const main = async (): Promise<number> => {
  const { values, positionals } = commandLine({ options: OPTIONS, allowPositionals: true }, HELP);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const modes = [values.write, values.check, values.base !== undefined, positionals.length > 0];
  if (modes.filter(Boolean).length > 1) throw new UsageError("one of --write, --check, --base, drift", HELP);
  const [command, ...rest] = positionals;
  if (rest.length || (command !== undefined && command !== "drift"))
    throw new UsageError(`found ${positionals.join(" ")}; allowed: drift, or nothing`, HELP);
  if (values.html !== undefined && (values.check || command === "drift"))
    throw new UsageError("--html goes with a report or --base", HELP);
  const url = values["html-url"];
  if (url !== undefined && values.base === undefined)
    throw new UsageError("--html-url goes with --base", HELP);
  if (url !== undefined && !/^https?:\/\//.test(url))
    throw new UsageError(`--html-url is ${url}; allowed: an address that begins with https://`, HELP);
  if (values.tenancy !== undefined && !values.check && values.base === undefined && command !== "drift")
    throw new UsageError("--tenancy goes with --check, --base and drift", HELP);
  for (const name of ["sarif", "junit"] as const)
    if (values[name] !== undefined && !values.check)
      throw new UsageError(`--${name} goes with --check`, HELP);
  const files = filesOf(values.stack, values.config);
  const all = !values.stack && !values.config;
  if (values.check) {
    const surroundings = values.tenancy === undefined ? undefined : await tenancyIn(values.tenancy);
    const { sarif, junit } = values;
    return (await checkStacks(files, readStack, { surroundings, sarif, junit })) ? 0 : 1;
  }
  if (values.base !== undefined) {
    await compare(files, values.base, values.json, all, { html: values.html, url }, values.tenancy);
    return 0;
  }
  if (command === "drift")
    return await drift(
      files,
      { instance: values.instance, stack: values.stack?.[0], tenancy: values.tenancy },
      values.json,
    );
  const reports = files.map(readReport);
  if (values.html !== undefined)
    await writePage(
      values.html,
      reports.map((after) => ({ after })),
    );
  if (values.write)
    for (const [i, file] of files.entries()) writeFileSync(snapshotOf(file), reportMarkdown(reports[i]!));
  else if (values.json) console.log(JSON.stringify(reports));
  else if (values.html === undefined) console.log(reports.map(reportMarkdown).join("\n"));
  return reports.some((r) => r.findings.some((f) => f.severity === "error")) ? 1 : 0;
};

await runCommand(main);
