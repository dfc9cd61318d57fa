import { comparedIn, isNamed } from "../facts.ts";
import type { StatementRule } from "../types.ts";

export const regionKey: StatementRule = {
  code: "region-key",
  severity: "warning",
  explanation: "request.region is the region's three-letter key, not its name.",
  fix: "Write the region's key: `iad` for us-ashburn-1.",
  before: "Allow group Ops to manage instances in compartment app where request.region = 'us-ashburn-1'",
  after: "Allow group Ops to manage instances in compartment app where request.region = 'iad'",
  check: (s) =>
    comparedIn(s)
      .filter(
        ({ variable, value }) =>
          isNamed(variable, "request.region") && value.kind === "string" && !/^[a-z]{3}$/i.test(value.text),
      )
      .map(({ value }) => ({ message: `'${value.text}' is no three-letter region key`, at: value })),
};
