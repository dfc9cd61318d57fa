/** Reads an instance's serial console through console history, as anybody with the right may. @module */
import { setTimeout as sleep } from "node:timers/promises";
import type { OciClient } from "../../../oci/client.ts";

const POLL_MS = 250;
/** All that a history holds, and the most that one read gives. */
const PIECE_BYTES = 1024 * 1024;

/**
 * Captures the console, reads it to its end and deletes the capture.
 * @returns the console's last MB as text
 * @throws OciError when a call is refused; Error when the capture fails
 */
export const readConsole = async (
  client: OciClient,
  instanceId: string,
  signal?: AbortSignal,
): Promise<string> => {
  const with_ = signal ? { signal } : {};
  const capture = await client.call("core.CaptureConsoleHistory", { body: { instanceId }, ...with_ });
  const params = { instanceConsoleHistoryId: String(capture.body["id"]) };
  try {
    for (let state = capture.body["lifecycleState"]; state !== "SUCCEEDED"; ) {
      if (state === "FAILED") throw new Error(`the capture of the console of ${instanceId} failed`);
      await sleep(POLL_MS, undefined, with_);
      state = (await client.call("core.GetConsoleHistory", { params, ...with_ })).body["lifecycleState"];
    }
    let text = "";
    for (let offset = 0; ; ) {
      const query = { offset, length: PIECE_BYTES };
      const piece = await client.call<unknown>("core.GetConsoleHistoryContent", { params, query, ...with_ });
      text += typeof piece.body === "string" ? piece.body : JSON.stringify(piece.body);
      const remaining = Number(piece.headers["opc-bytes-remaining"] ?? 0);
      // Counted by the server: what is no UTF-8 has another length as text.
      const lengthBytes = Number(piece.headers["content-length"] ?? PIECE_BYTES);
      if (!(remaining > 0 && lengthBytes > 0)) return text;
      offset += lengthBytes;
    }
  } finally {
    await client.call("core.DeleteConsoleHistory", { params }).catch(() => {});
  }
};
