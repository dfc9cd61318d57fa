import { resourceGrant } from "../resource-grant.ts";

/**
 * Invoking one function. The policy reference, "Details for Functions", has only the general variables. A dry run does
 * not execute the function (the SDK's documentation of InvokeFunction), and so shows that it may be invoked.
 */
export const functionGrant = resourceGrant({
  key: "function",
  ocidType: "fnfunc",
  what: "function",
  access: {
    invoke: {
      permissions: ["FN_INVOCATION"],
      operations: ["functions.InvokeFunction"],
      label: "invoke the function",
    },
  },
  param: "functionId",
  lookup: "functions.GetFunction",
  endpoint: "invokeEndpoint",
  needs: [{ action: "read fn-function", why: "functions that are granted exist", optional: true }],
  probes: (short) => ({
    invoke: {
      name: `function-${short}-invoke`,
      says: "invoke the function in a dry run",
      operation: "functions.InvokeFunction",
      headers: { "is-dry-run": "true" },
    },
    read: {
      name: `function-${short}-settings`,
      says: "read the function's settings",
      operation: "functions.GetFunction",
    },
  }),
});
