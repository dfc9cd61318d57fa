/** The command line of `npm run verify`. @module */
import { commandLine, UsageError } from "../shared/exit.ts";

export const HELP = `Usage: npm run verify -- [--stack NAME | --instance OCID] [--watch] [--json] [--timeout S]

Reads the verdict of a deployed stack's check from the instance's serial console, looks whether what was refused
exists, and explains a bad or missing verdict from what is deployed. Only a verdict about the document that is in
the instance's metadata now counts, and only while the check says again that it is so: after a change it waits for
the next one.

  --stack NAME     a stack of the Pulumi CLI (default: a run kept by npm start -- --keep, else the selected stack)
  --instance OCID  the instance itself, with any engine
  --watch          stay, and say each new verdict, and when the last one is too old, until Ctrl-C
  --timeout S      how long to wait for a verdict, in seconds (default: as long as the deployed check does by
                   keyless:deadlineS, and 900 for a machine to boot)
  --json           the last line of standard output is {"ok","cause"?,"documentSha256"?,"ageS"?,"provedBy"?,
                   "verdict"?,"before"?,"explanation"?,"update"?}

Credentials: OCI_* variables or ~/.oci/config. Exit codes: 0 good, 1 not, 2 wrong use or broken settings.`;

const OPTIONS = {
  stack: { type: "string" },
  instance: { type: "string" },
  watch: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  timeout: { type: "string" },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** Parses the process's arguments. @throws UsageError saying what is allowed */
export const parseOptions = () => {
  const { values } = commandLine({ options: OPTIONS }, HELP);
  if (values.timeout !== undefined && !/^\d+$/.test(values.timeout))
    throw new UsageError(`--timeout is ${values.timeout}; allowed: whole seconds`, HELP);
  if (values.instance && !/^ocid1\.instance\./.test(values.instance))
    throw new UsageError(
      `--instance is ${values.instance}; allowed: an OCID that begins with ocid1.instance.`,
      HELP,
    );
  return values;
};
