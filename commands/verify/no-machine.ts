/** An instance of the local OCI behind which nothing runs: there is no verdict to wait for. @module */
import type { OciClient } from "../../oci/client.ts";
import { readable } from "../shared/explain/deployed.ts";
import { because, type Explanation } from "../shared/explain/explanation.ts";

/**
 * Says that no machine runs. By a system tag, which OCI alone can write: nobody in a tenancy can fake it.
 * @returns undefined for every other instance, and for one that may not be read
 */
export const explainNoMachine = async (
  client: OciClient,
  instanceId: string,
): Promise<Explanation | undefined> => {
  const found = await readable(client.call("core.GetInstance", { params: { instanceId } }));
  const tags = found?.body["systemTags"] as Record<string, Record<string, unknown>> | undefined;
  if (tags?.["keyless-local"]?.["machine"] !== "none") return undefined;
  return because(
    "no-machine",
    `No machine runs behind ${instanceId}: it is a resource of a local OCI that was started without --machine.`,
    "npm run local -- --machine process, and deploy again; or npm start -- --keep",
  );
};
