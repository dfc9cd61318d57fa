/**
 * A process of its own: `npm start -- --machine vm --keep`, with the guest agent, until standard input closes.
 * Its last line of standard output before that is `UP` and what tests need, as JSON; after it the outcome.
 * @module
 */

import { runScenario } from "../../../commands/start/scenario.ts";
import { localConfig } from "../../support/local-stack.ts";

const stop = new AbortController();
let end = (): void => stop.abort(new Error("no more tests"));
process.stdin.on("end", () => end()).resume();

const outcome = await runScenario({
  // With a script of the user's, as somebody would install what uses the proxy.
  config: {
    ...localConfig(),
    "keyless:bootScript": "test/infra/support/boot.sh",
    // On an emulated processor with other work beside it a call can take longer than all of the local stack's 10 s.
    "keyless:deadlineS": "60",
  },
  stack: "local",
  engine: "embedded",
  machine: "vm",
  vm: { agent: true },
  signal: stop.signal,
  progress: (line) => console.error(line),
  onVerdict: async ({ local, stack, verdict, machine }) => {
    const { addresses, deployer, administrator, cloud } = local;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    console.log(
      `UP ${JSON.stringify({
        ...{ addresses, deployer, administrator, verdict },
        realmDomain: cloud.realm.domain,
        folder: machine.folder,
        outputs: stack.outputs,
      })}`,
    );
    await ended;
  },
});
console.log(`OUTCOME ${JSON.stringify(outcome)}`);
// Where it never came so far as to wait for its end, nothing else would close it, and the tests would wait for ever.
process.stdin.destroy();
