import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localStack } from "../support/local-stack.ts";

describe("one stack, up, destroyed and up again", () => {
  let up: Awaited<ReturnType<typeof localStack>>;
  beforeAll(async () => {
    up = await localStack();
  });
  afterAll(() => up.local.close());

  it("works although the first secret's name stays taken", async () => {
    const nameOf = async (secretId: string) => {
      const { body } = await up.client.call("vault.GetSecret", { params: { secretId } });
      return { name: body["secretName"], state: body["lifecycleState"] };
    };
    const first = up.engine();
    const one = await first.up();
    const name = await nameOf(String(one.outputs["secret"]));
    const left = await first.destroy();
    expect(left).toHaveLength(5);

    const again = up.engine();
    const two = await again.up();
    expect(await nameOf(String(one.outputs["secret"]))).toEqual({ ...name, state: "PENDING_DELETION" });
    expect((await nameOf(String(two.outputs["secret"]))).name).not.toBe(name.name);
    await again.destroy();
  });

  it("works in an existing vault and key, where the taken name would be in the way", async () => {
    const first = up.engine();
    const { outputs } = await first.up();
    const existing = {
      "keyless:vaultId": String(outputs["vault"]),
      "keyless:keyId": String(outputs["key"]),
      "keyless:signingKeyId": String(outputs["signingKey"]),
    };
    const other = () =>
      up.engine({ ...existing, "keyless:name": "keyless-again", "keyless:ephemeral": "true" });
    for (let round = 0; round < 2; round++) {
      const engine = other();
      await engine.up();
      expect((await engine.destroy()).map((l) => l.type)).toEqual([
        "oci:Vault/secret:Secret",
        "oci:Vault/secret:Secret",
      ]);
    }
    await first.destroy();
  });
});
