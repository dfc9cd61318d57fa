/** `npm run -s iam -- parse|lint|decide|diff|…`: the policy language from the command line. @module */
import { readFileSync } from "node:fs";
import { iamCommand } from "./iam/command.ts";
import { runCommand } from "./shared/exit.ts";

// A reader that has seen enough (`… | head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

await runCommand(() =>
  iamCommand(process.argv.slice(2), {
    input: () => readFileSync(0, "utf8"),
    print: (text) => void process.stdout.write(`${text}\n`),
    terminal: process.stdout.isTTY === true,
  }),
);
