/** Options of commands that write what they found to files for other programs. @module */

/** `--sarif FILE`, `--junit FILE` */
export const FINDING_FILES = { sarif: { type: "string" }, junit: { type: "string" } } as const;
