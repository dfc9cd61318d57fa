/**
 * The program: an instance with an identity and no keys, exactly the access it needs, and the secret that it reads.
 * The default export is run by Pulumi's engine; what it returns are the stack's outputs.
 * @module
 */
import * as pulumi from "@pulumi/pulumi";
import { findings } from "../access/index.ts";
import { buildBundle } from "./bundle.ts";
import { readGrants } from "./grant-lookups.ts";
import { findHomeRegion, homeProvider } from "./home-provider.ts";
import { readLookups } from "./lookups.ts";
import { withoutStack } from "./seen.ts";
import { readSettings, type Settings, SettingsError } from "./settings/settings.ts";
import { stackConfig } from "./settings/stack-config.ts";
import { misplacedInStack } from "./settings/stack-file.ts";
import { settingsTable } from "./settings/table.ts";
import { workload } from "./workload.ts";

/**
 * Evaluates the findings about the declaration of access, and logs warnings.
 * @throws SettingsError for errors
 */
const refuseWhatIsTooWide = async (settings: Settings): Promise<void> => {
  const all = findings(settings.access, settings, settings.severities);
  const lines = (errors: boolean) =>
    all
      .filter((f) => (f.severity === "error") === errors)
      .map((f) => ({
        setting: f.where in settingsTable ? `keyless:${f.where}` : `keyless:access.${f.where}`,
        message: `${f.message} (${f.code})`,
        severity: f.severity,
      }));
  for (const { setting, message, severity } of lines(false)) {
    if (severity === "warning") await pulumi.log.warn(`${setting}: ${message}`);
  }
  const errors = lines(true);
  if (errors.length > 0) throw new SettingsError(errors);
};

/** Reads, checks, looks up, registers; returns the stack's outputs. */
const deploy = async (): Promise<Record<string, unknown>> => {
  const stack = stackConfig();
  const settings = readSettings({
    ...stack,
    project: pulumi.getProject(),
    stack: pulumi.getStack(),
    env: process.env,
    calls: true,
    problems: misplacedInStack(pulumi.getStack()),
  });
  await refuseWhatIsTooWide(settings);
  const bundle = await buildBundle();
  const [found, homeRegion] = await Promise.all([readLookups(settings), findHomeRegion(settings)]);
  const endpoints = await readGrants(found.namespace, settings);

  const home = homeProvider("home", settings, homeRegion, stack);
  const made = workload({
    settings,
    found: { ...found, endpoints },
    bundle,
    atHome: home ? { provider: home } : {},
  });

  return {
    instance: made.instanceId,
    region: settings.region,
    homeRegion,
    group: made.groupId,
    ...(made.matchingRule && { matchingRule: made.matchingRule }),
    statements: made.statements,
    policies: made.policyIds,
    secret: made.secret.id,
    decoy: made.secret.decoy.id,
    vault: made.secret.vault.id,
    key: made.secret.key.id,
    ...(made.signingKeyId && { signingKey: made.signingKeyId }),
    subnet: made.subnetId,
    deployed: made.deployed,
    bundleSha256: bundle.sha256,
    nextCommand: `npm run verify -- --stack ${pulumi.getStack()}`,
  };
};

export default (): Promise<Record<string, unknown>> => withoutStack(deploy);
