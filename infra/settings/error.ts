/** One thing wrong with the settings. */
export interface Problem {
  setting: string;
  message: string;
}

/** Error with everything that is wrong with the settings. */
export class SettingsError extends Error {
  readonly problems: readonly Problem[];
  /** Mark by which Pulumi's host knows an error that it shows without a stack trace (as its own RunError). */
  readonly __pulumiRunError = true;
  constructor(problems: readonly Problem[]) {
    const head =
      problems.length === 1 ? "A setting is not usable:" : `${problems.length} settings are not usable:`;
    super([head, ...problems.map((p) => `  ${p.setting}: ${p.message}`)].join("\n"));
    this.name = "SettingsError";
    this.problems = problems;
  }
}
