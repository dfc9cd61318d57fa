/** `npm run -s iam -- parse|lint|decide|diff|permissions|operations|export`: the policy language from the command line. @module */
import { readFileSync } from "node:fs";
import { type Io, iamCommand } from "./iam/command.ts";
import { exportCommand } from "./iam/export-command.ts";
import { runCommand } from "./shared/exit.ts";

// A reader that has seen enough (`… | head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

const io: Io = {
  input: () => readFileSync(0, "utf8"),
  print: (text) => void process.stdout.write(`${text}\n`),
  terminal: process.stdout.isTTY === true,
};

const [command, ...args] = process.argv.slice(2);
await runCommand(() =>
  command === "export" ? exportCommand(args, io) : iamCommand(process.argv.slice(2), io),
);
