import { isAllow, permissionsIn } from "../facts.ts";
import type { StatementRule } from "../types.ts";

export const secretsForBundles: StatementRule = {
  code: "secrets-for-bundles",
  severity: "warning",
  explanation:
    "A secret's content is its bundle: reading it takes SECRET_BUNDLE_READ and nothing else. `secrets` gives only what describes the secret; `secret-family` gives both, and with use and manage changes to them.",
  fix: "Grant `{SECRET_BUNDLE_READ}`, with `target.secret.id` in the condition.",
  before: "Allow dynamic-group readers to read secrets in compartment app",
  after: "Allow dynamic-group readers to {SECRET_BUNDLE_READ} in compartment app",
  check: (s) => {
    if (!isAllow(s) || s.action.kind !== "verb" || s.subject.kind === "group") return [];
    const { verb, resource } = s.action;
    const name = resource.text.toLowerCase();
    if (verb !== "read" && verb !== "use") return [];
    if (name === "secrets" && !permissionsIn(s)?.has("SECRET_BUNDLE_READ")) {
      return [
        {
          message: `${verb} secrets does not give the secrets' content: that is secret-bundles`,
          at: s.action,
        },
      ];
    }
    if (name !== "secret-family") return [];
    return [
      {
        message: `${verb} secret-family is more than reading content takes: {SECRET_BUNDLE_READ}`,
        at: s.action,
      },
    ];
  },
};
