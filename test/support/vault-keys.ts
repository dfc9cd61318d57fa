/** A vault with keys in it, made by somebody else than the stack. @module */
import { setTimeout as sleep } from "node:timers/promises";
import type { OciClient } from "../../oci/client.ts";

/** Makes a vault and keys of these shapes (algorithm, bytes), and waits until they can be used. @returns OCIDs */
export const makeKeys = async (
  client: OciClient,
  compartmentId: string,
  shapes: readonly (readonly [algorithm: string, length: number])[],
  regionId?: string,
): Promise<{ vaultId: string; keys: string[] }> => {
  const until = async (state: string, read: () => Promise<{ body: Record<string, unknown> }>) => {
    for (;;) {
      const { body } = await read();
      if (body["lifecycleState"] === state) return body;
      await sleep(10);
    }
  };
  const at = regionId === undefined ? {} : { regionId };
  const { body } = await client.call("keymanagement.CreateVault", {
    ...at,
    body: { compartmentId, displayName: "theirs", vaultType: "DEFAULT" },
  });
  const vaultId = String(body["id"]);
  const vault = await until("ACTIVE", () =>
    client.call("keymanagement.GetVault", { params: { vaultId }, ...at }),
  );
  const endpoint = String(vault["managementEndpoint"]);
  const keys = await Promise.all(
    shapes.map(async ([algorithm, length]) => {
      const made = await client.call("keymanagement.CreateKey", {
        body: { compartmentId, displayName: "theirs", keyShape: { algorithm, length } },
        endpoint,
        ...at,
      });
      const params = { keyId: String(made.body["id"]) };
      await until("ENABLED", () => client.call("keymanagement.GetKey", { params, endpoint, ...at }));
      return params.keyId;
    }),
  );
  return { vaultId, keys };
};
