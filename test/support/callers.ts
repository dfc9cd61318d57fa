/** Callers that send one request after the other over connections of their own. @module */
import { Agent, request } from "node:http";

/** What became of the requests. */
export interface Outcomes {
  ok: number;
  /** Responses that are not 200, by status. */
  statuses: Map<number, number>;
  /** Broken off after the request was sent. */
  cut: string[];
  /** Not accepted: nobody listens any more. */
  unreachable: number;
}

/** One request over an agent's connection. Rejects with the connection's error. */
const send = (
  agent: Agent,
  options: { socketPath: string; path: string; method?: string; body?: string },
): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const { body, ...rest } = options;
    const outgoing = request({ agent, host: "localhost", ...rest }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode!, text }));
      response.on("error", reject);
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });

/**
 * Starts callers; each goes on until it is told to stop or cannot connect any more.
 * @param target path of the n-th request
 */
export const startCallers = (
  count: number,
  socketPath: string,
  target: (n: number) => string,
  pauseMs = 0,
): { tally: Outcomes; stop: () => Promise<Outcomes> } => {
  const tally: Outcomes = { ok: 0, statuses: new Map(), cut: [], unreachable: 0 };
  let going = true;
  let n = 0;
  const one = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (going) {
      n += 1;
      try {
        const { status } = await send(agent, { socketPath, path: target(n) });
        if (status === 200) tally.ok += 1;
        else tally.statuses.set(status, (tally.statuses.get(status) ?? 0) + 1);
      } catch (error) {
        const { code = "", message } = error as NodeJS.ErrnoException;
        if (code === "ECONNREFUSED" || code === "ENOENT") {
          tally.unreachable += 1;
          break;
        }
        tally.cut.push(`${code} ${message}`);
      }
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    agent.destroy();
  };
  const all = Promise.all(Array.from({ length: count }, one));
  return {
    tally,
    stop: async () => {
      going = false;
      await all;
      return tally;
    },
  };
};
