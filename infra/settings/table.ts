/**
 * Every setting of the program: what it may be, what it is when left out, an example. The README's and
 * `docs/settings.md`'s tables are made from this one.
 * @module
 */
import type { z } from "zod";
import { hardeningSettings } from "./table/hardening.ts";
import { identitySettings } from "./table/identity.ts";
import { machineSettings } from "./table/machine.ts";
import { placeSettings } from "./table/place.ts";
import { secretSettings } from "./table/secret.ts";
import type { Setting } from "./table/setting.ts";
import { signingSettings } from "./table/signing.ts";

export type { Setting } from "./table/setting.ts";

/** The table. */
export const settingsTable = {
  ...placeSettings,
  ...secretSettings,
  ...signingSettings,
  ...identitySettings,
  ...machineSettings,
  ...hardeningSettings,
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof settingsTable;
/** The settings as read, defaults filled in. */
export type RawSettings = { [K in SettingName]: z.output<(typeof settingsTable)[K]["schema"]> };
