/** Codes of explanations, in one table. docs/errors.md is made from this. @module */
import type { Cause } from "../../../document/causes.ts";

/** Meaning of each code of an explanation: where the looking ended. */
export const EXPLANATIONS = {
  "no-machine":
    "Nothing runs behind the instance: it is of a local OCI that was started without `--machine`.",
  "not-running": "The instance is not running, is absent, or may not be read.",
  "console-unreadable": "The instance's serial console may not be read with your rights.",
  "no-user-data": "The instance has no user_data, so that nothing starts the check.",
  "no-document": "The metadata key `keyless` is absent, or is not of this version.",
  "not-said-since-change":
    "The check has come to no verdict about the deployed document; its last one is of before the change.",
  "proof-too-old":
    "The verdict is good, and the check has not said again that it is so: it does not run any more.",
  "document-replaced":
    "The document in the metadata is not the one that the stack deployed last: somebody put another one there, or an older one back.",
  "boot-volume-replaced": "The instance has another boot volume than the stack gave it.",
  "agent-changed": "Plugins of Oracle Cloud Agent are on that the stack has turned off.",
  silent: "Nothing is found that stands in the check's way: the console's last lines are shown.",
  "no-route": "The instance's subnet has no route to Oracle's services.",
  "gateway-blocked": "The service gateway blocks traffic.",
  "auth-service": "The network leads to Oracle's services, and the auth service gave no security token.",
  "no-bundle": "The document names no bundle.",
  "bundle-absent": "The bundle's object is not in its bucket.",
  "document-refused":
    "The document in the metadata is not signed by the stack, is another stack's, or is older than one that was accepted.",
  "bundle-changed": "The bundle that the instance got has another digest than the document says.",
  "request-expired": "The bundle's pre-authenticated request has expired, or is gone.",
  "object-storage": "Object and request are there, and the instance could not fetch the bundle.",
  "secret-absent": "The secret does not exist, or you may not read it.",
  "vault-not-active": "The secret's vault is disabled or pending deletion.",
  "key-not-active": "The secret's key is disabled or pending deletion.",
  "key-version-not-active": "The current version of the secret's key is disabled or pending deletion.",
  "secret-not-active": "The secret is pending deletion, or not active otherwise.",
  "version-expired": "The secret's current version has expired.",
  "granted-now": "What is deployed now grants it: it had not taken effect when the check gave up.",
  denied: "A statement denies it.",
  "no-statement": "No statement that may be read grants it to a group of the instance.",
  "group-not-found": "The nearest statement's dynamic group is absent, or may not be read.",
  "rule-does-not-select": "The matching rule of the nearest statement's group is not true of the instance.",
  "statement-action": "The nearest statement grants other permissions.",
  "statement-location": "The nearest statement is for another compartment.",
  "statement-condition": "The nearest statement has a condition that is not true of the request.",
  "statement-too-wide": "Statements that may be read allow what must be refused.",
  "granted-elsewhere": "What must be refused is allowed, by a statement that you may not read.",
  "target-absent": "What was refused does not exist, or you may not see it: the refusal proves nothing.",
  unknown: "The verdict is bad and names no cause.",
} as const;

/** An explanation's code; a verdict's cause where there is no more to find out. */
export type ExplanationCode = keyof typeof EXPLANATIONS | Cause;
