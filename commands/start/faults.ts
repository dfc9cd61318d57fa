/** `npm start -- --fault NAME`: the same run with one thing broken, and how it must end. @module */

import { readFileSync } from "node:fs";
import { decoyIdOf } from "../../document/probe-names.ts";
import type { KeylessDocument } from "../../document/schema.ts";
import type { Cause } from "../../document/verdict.ts";
import {
  failing,
  hosts,
  type Interceptor,
  metadataService,
  throttling,
} from "../../local/gateway/interceptors.ts";
import type { LocalOci } from "../../local/index.ts";
import type { LocalSettings } from "../../local/state/settings.ts";
import type { OciClient } from "../../oci/client.ts";

/** Parts of a run that a fault can reach. */
export interface FaultContext {
  local: LocalOci;
  /** Signed as the deployer. */
  client: OciClient;
  administrator: OciClient;
  /** The document in the machine's metadata. */
  document: KeylessDocument;
}

/** Facts that a changed write may name. */
export interface Knowledge {
  tenancyId: string;
  administrator: OciClient;
  document(): KeylessDocument;
}

/** One thing broken in a run, and its expected end. */
export interface Fault {
  name: string;
  broken: string;
  /** The causes that the verdict may name; none where the run must end well all the same. */
  end: readonly Cause[];
  settings?: Partial<LocalSettings>;
  clockOffsetMs?: number;
  /** Interceptors with responses in place of the local OCI's; called with the bundle's path. */
  interceptors?: (bundlePath: string) => readonly Interceptor[];
  /** Changes what is written, as if somebody had deployed something else. */
  alter?: (operation: string, body: Record<string, unknown>, know: Knowledge) => void | Promise<void>;
  /** Changes the disk (raw ext4) that a virtual machine starts from. */
  alterDisk?: (disk: string) => Promise<void>;
  /** Called before the machine is switched on. */
  beforeBoot?: (context: FaultContext) => Promise<void>;
  /** Makes good what would keep the teardown from its end. */
  afterwards?: (context: FaultContext) => Promise<void>;
}

type Alter = NonNullable<Fault["alter"]>;

/** Changes the first statement of the policy that is written: the one for the secret. */
const statement =
  (change: (statement: string, document: KeylessDocument) => string): Alter =>
  (operation, body, know) => {
    if (operation !== "identity.CreatePolicy") return;
    const [first, ...rest] = body["statements"] as string[];
    body["statements"] = [change(first!, know.document()), ...rest];
  };

/** A well-formed OCID like the given one, of nothing that exists. */
const other = (ocid: string): string => `${ocid.slice(0, -6)}zzzzzz`;

const secretParams = (context: FaultContext) => ({ params: { secretId: context.document.check.secretId } });

/** Name of the policy that somebody else writes. */
const WIDE = "keyless-fault-too-wide";

/** Serves the bundle with its last byte changed. */
const tampered = (bundlePath: string): Interceptor => {
  return ({ host, target }) => {
    if (!host.startsWith("objectstorage.") || !target.startsWith("/p/")) return undefined;
    const body = readFileSync(bundlePath);
    body[body.length - 1]! ^= 1;
    return { body };
  };
};

/** The bundle's object, as the pre-authenticated request names it. */
const bundleObject = (url: string): Record<string, string> => {
  const [, namespaceName, bucketName, objectName] = /\/n\/([^/]+)\/b\/([^/]+)\/o\/(.+)$/.exec(url)!;
  return { namespaceName: namespaceName!, bucketName: bucketName!, objectName: objectName! };
};

/** The faults of any machine, in the order of `--list-faults`. */
export const faults: readonly Fault[] = [
  {
    name: "no-policy",
    broken: "the statement is missing",
    end: ["not-authorised"],
    alter: (operation, body) => {
      if (operation !== "identity.CreatePolicy") return;
      const [first, ...rest] = body["statements"] as string[];
      // OCI takes no policy without statements: where there is no other, one that grants nothing stands in.
      body["statements"] = rest.length
        ? rest
        : [first!.replace("SECRET_BUNDLE_READ", "SECRET_BUNDLE_INSPECT")];
    },
  },
  {
    name: "other-instance",
    broken: "the matching rule names another instance",
    end: ["not-authorised"],
    alter: (operation, body) => {
      if (operation !== "identity.CreateDynamicGroup") return;
      body["matchingRule"] = String(body["matchingRule"]).replace(/ocid1\.instance\.[^']*/, other);
    },
  },
  {
    name: "other-secret",
    broken: "the statement names the decoy",
    end: ["not-authorised"],
    alter: statement((s, document) => s.replace(document.check.secretId, decoyIdOf(document)!)),
  },
  {
    name: "secret-pending-deletion",
    broken: "the secret is scheduled for deletion",
    end: ["not-active", "not-authorised"],
    beforeBoot: async (context) => {
      await context.client.call("vault.ScheduleSecretDeletion", { ...secretParams(context), body: {} });
    },
    afterwards: async (context) => {
      await context.client.call("vault.CancelSecretDeletion", secretParams(context));
    },
  },
  {
    name: "no-where",
    broken: "the statement has no where",
    end: ["too-much-allowed"],
    alter: statement((s) => s.replace(/ where .*/, "")),
  },
  {
    name: "too-wide",
    broken: "somebody grants the group manage secret-family in tenancy beside it",
    end: ["too-much-allowed"],
    alter: async (operation, body, know) => {
      const group = /dynamic-group id (\S+)/.exec((body["statements"] as string[])?.[0] ?? "")?.[1];
      if (operation !== "identity.CreatePolicy" || body["name"] === WIDE || !group) return;
      const statements = [`Allow dynamic-group id ${group} to manage secret-family in tenancy`];
      await know.administrator.call("identity.CreatePolicy", {
        body: { compartmentId: know.tenancyId, name: WIDE, description: WIDE, statements },
      });
    },
    afterwards: async ({ local, administrator }) => {
      const wide = local.cloud.store.list("policy").find(({ model }) => model.name === WIDE);
      if (wide) await administrator.call("identity.DeletePolicy", { params: { policyId: wide.id } });
    },
  },
  {
    name: "no-decoy",
    broken: "the decoy does not exist",
    end: ["unproven"],
    beforeBoot: async ({ local, document }) => local.cloud.store.remove(decoyIdOf(document)!),
  },
  {
    name: "clock-skew",
    broken: "the machine's clock is 10 minutes off",
    end: ["clock"],
    clockOffsetMs: 600_000,
  },
  {
    name: "auth-down",
    broken: "the auth service answers 503 throughout",
    end: ["token"],
    interceptors: () => [failing(hosts(/^auth\./))],
  },
  {
    name: "metadata-429",
    broken: "the metadata service answers 429 for 3 s",
    end: [],
    interceptors: () => [throttling(metadataService, 3_000)],
  },
  {
    name: "slow-propagation",
    broken: "group and policy take effect 5 s late",
    end: [],
    settings: { propagationMs: 5_000 },
  },
  {
    name: "foreign-document",
    broken: "somebody who may update the instance puts another bundle and its digest into the metadata",
    end: ["document"],
    beforeBoot: async ({ local, document }) => {
      const metadata = local.cloud.store.list("instance").at(-1)!.model["metadata"] as Record<string, string>;
      const bundle = { url: document.bundle.url, sha256: "0".repeat(64) };
      metadata["keyless"] = JSON.stringify({ ...document, bundle });
    },
  },
  {
    name: "tampered-bundle",
    broken: "one byte of the bundle is changed",
    end: ["bundle"],
    interceptors: (bundlePath) => [tampered(bundlePath)],
  },
  {
    name: "missing-bundle",
    broken: "somebody has deleted the bundle",
    end: ["bundle"],
    beforeBoot: async ({ client, document }) => {
      await client.call("objectstorage.DeleteObject", { params: bundleObject(document.bundle.url) });
    },
  },
];

/** The fault's expected end, for people. */
export const endOf = (fault: Fault): string =>
  fault.end.length ? `exit 1, ${fault.end.join(" or ")}` : "exit 0";
