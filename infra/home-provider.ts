import * as oci from "@pulumi/oci";
import * as pulumi from "@pulumi/pulumi";
import { seen } from "./seen.ts";
import type { Settings } from "./settings/settings.ts";
import type { StackConfig } from "./settings/stack-config.ts";

/** Settings of the provider that are not text. */
const STRUCTURED = new Set(["ignoreDefinedTags"]);

/**
 * The stack's own `oci:` settings as arguments for a further provider, which reads none of them by itself.
 * Encrypted ones stay encrypted.
 */
const providerArgs = (
  config: Readonly<Record<string, string>>,
  isSecret: (key: string) => boolean,
): oci.ProviderArgs => {
  const args: Record<string, unknown> = {};
  for (const [key, text] of Object.entries(config)) {
    if (!key.startsWith("oci:")) continue;
    const name = key.slice("oci:".length);
    const value = STRUCTURED.has(name) ? JSON.parse(text) : text;
    args[name] = isSecret(key) ? pulumi.secret(value) : value;
  }
  return args as oci.ProviderArgs;
};

/** The tenancy's home region: the setting, or what OCI says. */
export const findHomeRegion = async (settings: Settings): Promise<string> => {
  if (settings.homeRegion) return settings.homeRegion;
  const { regionSubscriptions } = await oci.identity.getRegionSubscriptions({
    tenancyId: settings.tenancyId,
  });
  const home = seen(regionSubscriptions, "keyless:homeRegion", "region subscriptions").find(
    (r) => r.isHomeRegion,
  );
  if (!home) {
    throw new pulumi.RunError(
      "keyless:homeRegion: found nothing, and OCI names none of the tenancy's regions as its home; allowed: a region identifier",
    );
  }
  return home.regionName;
};

/** A provider for the home region; none when the stack is there already. */
export const homeProvider = (
  name: string,
  settings: Settings,
  homeRegion: string,
  stack: StackConfig,
): oci.Provider | undefined =>
  homeRegion === settings.region
    ? undefined
    : new oci.Provider(name, { ...providerArgs(stack.config, stack.isSecret), region: homeRegion });
