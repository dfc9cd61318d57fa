import type { StatementRule } from "../types.ts";

export const domainInQuotes: StatementRule = {
  code: "domain-in-quotes",
  severity: "warning",
  explanation:
    "'Domain/Group' in one pair of quotes is a name in the Default domain that has a slash. Quote the two apart.",
  fix: "Put domain and name in quotes of their own: `'Domain'/'Group'`.",
  before: "Allow group 'Staff/Ops' to read buckets in compartment app",
  after: "Allow group 'Staff'/'Ops' to read buckets in compartment app",
  check: (s) => {
    const names = s.subject.kind === "group" || s.subject.kind === "dynamic-group" ? s.subject.names : [];
    return names.flatMap((e) => {
      if (e.by !== "name" || e.domain !== undefined || !e.name.includes("/")) return [];
      const apart = e.name
        .split("/")
        .map((part) => `'${part}'`)
        .join("/");
      return [{ message: `'${e.name}' is one name in Default; a domain and a name are ${apart}`, at: e }];
    });
  },
};
