/** The faults that need a real machine: `npm start -- --machine vm --fault NAME`. @module */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { serviceUnavailable } from "../../local/errors.ts";
import { type Interceptor, metadataService } from "../../local/gateway/interceptors.ts";
import { errorReply } from "../../local/gateway/reply.ts";
import { systemPath } from "../../local/machines/vm/packages.ts";
import { type Fault, faults } from "./faults.ts";

/** Paths of the metadata service that cloud-init reads. */
const CLOUD_INIT = /^\/opc\/v2\/(instance|vnics)\/?$/;

/** Interceptor: the metadata service gives cloud-init what it needs, and then nothing more. */
const silentAfterwards: Interceptor = (arrival) =>
  metadataService(arrival) && !CLOUD_INIT.test(arrival.target) ? errorReply(serviceUnavailable()) : undefined;

const environment = (): NodeJS.ProcessEnv => ({ ...process.env, PATH: systemPath() });

const tool = async (program: string, ...args: string[]): Promise<string> =>
  (await promisify(execFile)(program, args, { env: environment() })).stdout;

/** Room that root alone may use: enough for cloud-init, none for the app. */
const ROOT_ONLY = "64M";

/** Takes away all room but root's. */
const fillDisk = async (disk: string): Promise<void> => {
  // Ends with 1 when it has put something right.
  await tool("e2fsck", "-fy", disk).catch(() => {});
  await tool("resize2fs", "-M", disk);
  await tool("truncate", "-s", `+${ROOT_ONLY}`, disk);
  await tool("resize2fs", disk);
  const free = /Free blocks:\s+(\d+)/.exec(await tool("tune2fs", "-l", disk))![1]!;
  await tool("tune2fs", "-r", free, disk);
};

const machineFaults: readonly Fault[] = [
  {
    name: "no-metadata",
    broken: "the metadata service answers nobody but cloud-init",
    end: ["metadata"],
    interceptors: () => [silentAfterwards],
  },
  {
    name: "no-packages",
    broken: "Node is not on the image, and no package mirror is reached",
    end: ["boot"],
    alterDisk: async (disk) => void (await tool("debugfs", "-w", "-R", "unlink /usr/bin/node", disk)),
  },
  {
    name: "disk-full",
    broken: "the boot volume has no room for the app",
    end: ["boot"],
    alterDisk: fillDisk,
  },
];

/** Every fault of a kind of machine. */
export const faultsOf = (machine: "process" | "vm"): readonly Fault[] =>
  machine === "vm" ? [...faults, ...machineFaults] : faults;
