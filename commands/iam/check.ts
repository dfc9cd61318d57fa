/** `iam -- check`: a team's assertions about a tenancy. @module */
import { checkAssertions } from "../../iam/index.ts";
import {
  checkedAssertions,
  explainAssertion,
  readAssertionsFile,
  refuseProblems,
  resultLines,
} from "../shared/assertions.ts";
import { FINDING_FILES } from "../shared/findings/options.ts";
import { writeFindings } from "../shared/findings/write.ts";
import { type Io, read } from "./io.ts";
import type { OptionValues, Subcommand } from "./subcommand.ts";
import { readTenancy } from "./tenancy.ts";

const check = (io: Io, tenancyFile: string, file: string, values: OptionValues, json: boolean): number => {
  const tenancy = readTenancy(read(io, tenancyFile), tenancyFile);
  const assertions = readAssertionsFile(read(io, file), file);
  const { results, problems, notes } = checkAssertions(tenancy, assertions.assertions);
  refuseProblems(assertions, problems);
  for (const note of notes) console.error(`note: ${note}`);
  for (const result of results)
    io.print(json ? JSON.stringify(result) : resultLines(assertions, result).join("\n"));
  const { sarif, junit } = values as { sarif?: string; junit?: string };
  writeFindings({ sarif, junit }, "iam check", checkedAssertions(assertions, results), explainAssertion);
  return results.every(({ holds }) => holds) ? 0 : 1;
};

/** `check FILE ASSERTIONS` */
export const checkCommand: Subcommand = {
  usage: "check FILE ASSERTIONS",
  about: [
    "a tenancy (JSON) and a list of assertions (YAML): does each hold for every request (docs/assertions.md)",
  ],
  options: FINDING_FILES,
  optionLines: [
    "--sarif FILE, --junit FILE",
    "          with check and lint: the findings for other programs, as SARIF 2.1.0 or JUnit's XML",
  ],
  takes: { count: 2, what: "file" },
  run: (io, [tenancy, assertions], values, json) => check(io, tenancy!, assertions!, values, json),
};
