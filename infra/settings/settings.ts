/**
 * The settings of a stack, read and checked before any resource is registered: every error at once.
 * @module
 */
import { nearestWord } from "../../oci/nearest.ts";
import { type Problem, SettingsError } from "./error.ts";
import { inventedIn } from "./invented.ts";
import { type RawSettings, type Setting, type SettingName, settingsTable } from "./table.ts";
import { contradictions } from "./together.ts";

export { type Problem, SettingsError } from "./error.ts";

/** Inputs from which settings are read. */
export interface SettingsSource {
  /** The stack's whole configuration, `namespace:key` → text (objects as JSON), as `pulumi.runtime.allConfig()`. */
  config: Readonly<Record<string, string>>;
  /** True when the configuration keeps a key encrypted. */
  isSecret: (key: string) => boolean;
  project: string;
  stack: string;
  env: Readonly<Record<string, string | undefined>>;
  /** True when OCI is going to be called: then the example's invented OCIDs are an error. */
  calls?: boolean;
  /** Problems that the reader of the configuration has found already. */
  problems?: readonly Problem[];
}

/** The settings, checked, with what follows from them. */
export interface Settings extends RawSettings {
  deadlineS: number;
  project: string;
  stack: string;
  /** Beginning of the resources' names. */
  name: string;
  /** The stack's region, `us-ashburn-1`. */
  region: string;
  compartments: { network: string; security: string; workload: string };
}

const NAMESPACE = "keyless:";

/**
 * Default wait of the check, in s. Oracle's page on dynamic groups gives about an hour for a matching rule;
 * policies take minutes. A rule by OCID is written anew for each instance, one by tag or compartment with the
 * first deployment: the document does not know which one it is.
 */
const WAIT_FOR_RULE_S = 4500;
const WAIT_FOR_POLICY_S = 1800;

const shown = (text: string): string => {
  const one = JSON.stringify(text);
  return one.length > 80 ? `${one.slice(0, 77)}…"` : one;
};

/**
 * Parses the configuration's text into the value that the schema checks.
 * @throws Error saying what is wrong
 */
const parsed = (text: string, as: Setting["as"]): unknown => {
  if (as === "text" || (as === "text or object" && !/^\s*[[{]/.test(text))) return text;
  if (as === "number") {
    if (!/^-?\d+(\.\d+)?$/.test(text.trim())) throw new Error("not a number");
    return Number(text);
  }
  if (as === "boolean") {
    if (text !== "true" && text !== "false") throw new Error("not true or false");
    return text === "true";
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("not a structured value (set it in the stack's YAML, or with --path)");
  }
};

const read = (
  name: SettingName,
  source: SettingsSource,
  fallback: string | undefined,
): unknown | Problem[] => {
  const setting: Setting = settingsTable[name];
  const key = `${NAMESPACE}${name}`;
  const text = source.config[key] ?? fallback;
  const problem = (message: string): Problem[] => [{ setting: key, message }];
  if (setting.secret && source.config[key] !== undefined && !source.isSecret(key)) {
    return problem(
      "found in clear in the configuration; allowed only encrypted: `pulumi config set --secret`",
    );
  }
  const found = text === undefined ? "nothing" : setting.secret ? "a value that is not shown" : shown(text);
  let value: unknown;
  try {
    value = text === undefined ? undefined : parsed(text, setting.as);
  } catch (error) {
    return problem(`found ${found}, ${(error as Error).message}; allowed: ${setting.allowed}`);
  }
  const result = setting.schema.safeParse(value);
  if (result.success) return { value: result.data };
  if (!setting.as.endsWith("object") || text === undefined) {
    return problem(`found ${found}; allowed: ${setting.allowed}`);
  }
  return result.error.issues.map((issue) => ({
    setting: [key, ...issue.path].join("."),
    message: `${issue.message}; allowed: ${setting.allowed}`,
  }));
};

const unknownKeys = (source: SettingsSource): Problem[] =>
  Object.keys(source.config)
    .filter((key) => key.startsWith(NAMESPACE) && !(key.slice(NAMESPACE.length) in settingsTable))
    .map((key) => {
      const near = nearestWord(key.slice(NAMESPACE.length), Object.keys(settingsTable));
      const hint = near ? `did you mean ${NAMESPACE}${near}?` : "the settings are listed in docs/settings.md";
      return { setting: key, message: `no such setting; ${hint}` };
    });

/**
 * Reads and checks the settings of a stack.
 * @throws SettingsError naming every setting that is wrong, what was found and what is allowed
 */
export const readSettings = (source: SettingsSource): Settings => {
  const problems = [...(source.problems ?? []), ...unknownKeys(source)];
  if (source.calls) problems.push(...inventedIn(source.config));
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(settingsTable) as SettingName[]) {
    const fallback =
      name === "tenancyId"
        ? (source.config["oci:tenancyOcid"] ??
          source.env["OCI_TENANCY_OCID"] ??
          source.env["TF_VAR_tenancy_ocid"])
        : undefined;
    const result = read(name, source, fallback);
    if (Array.isArray(result)) problems.push(...result);
    else values[name] = (result as { value: unknown }).value;
  }
  const raw = values as RawSettings;
  const region = source.config["oci:region"] ?? source.env["OCI_REGION"] ?? source.env["TF_VAR_region"];
  if (!region || !/^[a-z]{2,}(-[a-z0-9]+)+-\d+$/.test(region)) {
    const found = region === undefined ? "nothing" : shown(region);
    problems.push({
      setting: "oci:region",
      message: `found ${found}; allowed: a region identifier, as us-ashburn-1 (or in OCI_REGION)`,
    });
  }
  problems.push(...contradictions(raw));
  if (problems.length > 0 || !region) throw new SettingsError(problems);
  return {
    ...raw,
    deadlineS: raw.deadlineS ?? (raw.dynamicGroupId ? WAIT_FOR_POLICY_S : WAIT_FOR_RULE_S),
    project: source.project,
    stack: source.stack,
    name: raw.name ?? `keyless-${source.stack.replace(/[^A-Za-z0-9-]/g, "-")}`,
    region,
    compartments: {
      network: raw.networkCompartmentId ?? raw.compartmentId,
      security: raw.securityCompartmentId ?? raw.compartmentId,
      workload: raw.workloadCompartmentId ?? raw.compartmentId,
    },
  };
};
