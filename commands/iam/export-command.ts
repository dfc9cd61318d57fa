/** The command line of `iam -- export`. @module */
import { exportTenancy } from "./export.ts";
import type { Subcommand } from "./subcommand.ts";

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** `export` */
export const exportCommand: Subcommand = {
  usage: "export [--profile P] [--compartment C] [--region R]… [--deny-enabled] [--partial] [--redact]",
  about: ["the live tenancy as JSON, for decide, diff and lint; needs read-only rights (docs/export.md)"],
  options: {
    profile: { type: "string" },
    compartment: { type: "string" },
    region: { type: "string", multiple: true },
    "deny-enabled": { type: "boolean" },
    partial: { type: "boolean" },
    redact: { type: "boolean" },
  },
  optionLines: [
    "--profile       the profile of OCI's configuration file; without it OCI_* variables come first, then DEFAULT",
    "--compartment   OCID of a compartment: it, what is below it, and the policies above it",
    "--region        a region whose instances are read; without it all that are subscribed. May be repeated",
    "--deny-enabled  deny statements are enabled in the tenancy: no operation says so",
    "--partial       what may not be read becomes a note, and is no error",
    "--redact        OCIDs and names are replaced by invented ones; what is decided stays",
  ],
  takes: { count: 0, what: "file" },
  run: (io, _, values) => {
    const regions = values["region"];
    return exportTenancy(
      {
        profile: text(values["profile"]),
        compartment: text(values["compartment"]),
        regions: Array.isArray(regions) ? regions.map(String) : undefined,
        partial: values["partial"] === true,
        redact: values["redact"] === true,
        denyEnabled: values["deny-enabled"] === true,
      },
      io.print,
      (line) => console.error(line),
      process.env,
    );
  },
};
