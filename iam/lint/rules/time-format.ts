import { parseInstant, parseTimeOfDay } from "../../decide/time.ts";
import { atomsOf } from "../conditions.ts";
import { comparedIn } from "../facts.ts";
import type { LintProblem, StatementRule } from "../types.ts";

const ALLOWED: Record<string, RegExp> = {
  "request.utc-timestamp.month-of-year": /^([1-9]|1[0-2])$/,
  "request.utc-timestamp.day-of-month": /^([1-9]|[12]\d|3[01])$/,
  "request.utc-timestamp.day-of-week": /^(mon|tues|wednes|thurs|fri|satur|sun)day$/i,
};

export const timeFormat: StatementRule = {
  code: "time-format",
  severity: "error",
  explanation:
    "Times are ISO 8601 in UTC: '2022-01-01T00:00Z', '2022-01-01Z', '17:00:00Z'; months '1' to '12', days '1' to '31', weekdays in English. What is none of these never matches.",
  fix: "Write the time in ISO 8601 and UTC: `'2022-01-31T00:00Z'`.",
  before:
    "Allow group Ops to read buckets in compartment app where request.utc-timestamp before '01/02/2022'",
  after:
    "Allow group Ops to read buckets in compartment app where request.utc-timestamp before '2022-02-01T00:00Z'",
  check: (s) => {
    const problems: LintProblem[] = [];
    for (const atom of atomsOf(s.condition)) {
      const texts = atom.kind === "time" ? [atom.value] : atom.kind === "between" ? [atom.from, atom.to] : [];
      const instants = atom.kind === "time" ? texts.every((t) => parseInstant(t.text) !== undefined) : true;
      const both = [parseInstant, parseTimeOfDay].some((read) =>
        texts.every((t) => read(t.text) !== undefined),
      );
      const bad =
        texts.find((t) => parseInstant(t.text) === undefined && parseTimeOfDay(t.text) === undefined) ??
        texts[0];
      if (bad && (!instants || !both))
        problems.push({ message: `'${bad.text}' is no time that can stand here`, at: bad });
    }
    for (const { variable, value } of comparedIn(s)) {
      const allowed = ALLOWED[variable.name.toLowerCase()];
      if (allowed && !allowed.test(value.text))
        problems.push({ message: `${variable.name} is never '${value.text}'`, at: value });
    }
    return problems;
  },
};
