/** `docs/errors.md`: every code that a person may meet. @module */
import { FINDING_CODES } from "../../access/index.ts";
import { PROXY_ERRORS } from "../../app/proxy/errors.ts";
import { CAUSES } from "../../document/causes.ts";
import { type ExplainedCode, explainedCodes } from "../../iam/index.ts";
import { EXPLANATIONS } from "../shared/explain/codes.ts";
import { RUN_CAUSES } from "../start/causes.ts";
import { code, table } from "./table.ts";

const proxyErrors = (): string =>
  table(
    ["status", "code", "meaning"],
    Object.entries(PROXY_ERRORS)
      .sort(([, a], [, b]) => a.status - b.status)
      .map(([name, { status, meaning }]) => [String(status), code(name), meaning]),
  );

const causes = (): string =>
  table(
    ["cause", "meaning", "what to do"],
    Object.entries(CAUSES).map(([name, { meaning, advice }]) => [code(name), meaning, advice]),
  );

/** A table of names and what they mean. */
const meanings = (column: string, entries: Readonly<Record<string, string>>): string =>
  table(
    [column, "meaning"],
    Object.entries(entries).map(([name, meaning]) => [code(name), meaning]),
  );

const accessFindings = (): string =>
  table(
    ["code", "severity", "meaning"],
    Object.entries(FINDING_CODES).map(([name, { severity, meaning }]) => [code(name), severity, meaning]),
  );

const lint = (about: ExplainedCode["about"]): string =>
  table(
    ["code", "severity", "why", "what to do", "example"],
    explainedCodes
      .filter((c) => c.about === about)
      .map((c) => [code(c.code), c.severity, c.explanation, c.fix, code(c.before)]),
  );

/** Makes the page. */
export const errorsPage = (): string => `# Codes

Every code that the proxy, the check, the declaration of access and the policy language's lint can answer with.
\`npm run reference\` makes this page from the tables in the code.

## The proxy's responses

The body is \`{"code","message"}\`, as OCI's; the message says what was found. A code that is not here is OCI's own.

${proxyErrors()}

## Causes of a bad verdict

\`cause\` in the verdict of \`npm run verify\` and \`npm start\`. [verify.md](verify.md) says what is looked at to explain
it.

${causes()}

A run that comes to no verdict, or not to its end, has one of these:

${meanings("cause", RUN_CAUSES)}

## Explanations

\`code\` in the explanation of a bad or missing verdict, of \`npm run verify\` and \`npm start\`: what was found by looking
at what is deployed. A cause of the table above stands there where no more could be found.

${meanings("code", EXPLANATIONS)}

## Findings about access

Of \`keyless:access\`, in \`npm run access\` and before a deployment: an error stops it. \`keyless:severities\` sets
others; \`off\` leaves one out. Findings of the lint below about a hand-written statement have \`iam/\` before their code.

${accessFindings()}

## Lint of the policy language

Of \`npm run -s iam -- lint\`. A finding's own severity may differ from its code's, where the message says why.
\`--explain\` prints the example put right, too.

### Statements

${lint("statement")}

### Matching rules

${lint("matching rule")}

### Text, policies and tenancies

${lint("text, policy or tenancy")}
`;
