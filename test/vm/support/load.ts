/** Callers of the proxy on the virtual machine, whose requests must not be cut. @module */
import { instanceId, output } from "./machine.ts";

const PATH = `/core/20160918/instances/${"$INSTANCE"}`;
const LOAD = `#!/bin/sh
INSTANCE=$1
PAUSE=$2
rm -f /run/keyless-load/*
while [ ! -e /run/keyless-load/stop ]; do
  curl -s -m 60 -o /dev/null -w '%{http_code}\\n' --unix-socket /run/keyless-proxy/check/operator.sock "http://localhost${PATH}" || echo cut
  curl -s -m 60 -o /dev/null -w '%{http_code}\\n' -H "X-Api-Key: $(cat /run/keyless-proxy/operator.token)" "http://127.0.0.1:8480${PATH}" || echo cut
  curl -s -m 60 -o /dev/null http://127.0.0.1:8482/ && echo 200 || echo cut
  sleep $PAUSE
done >>/run/keyless-load/statuses
`;

/** What the proxy's audit says of requests that were not answered 200, and its journal, for people. */
const notServed = (): Promise<string> =>
  output(
    `grep -hv '"status":200' /var/log/keyless-proxy/audit.jsonl | tail -n 20; journalctl -u keyless-proxy --no-pager -o short-precise | tail -n 40`,
  );

/**
 * Calls the proxy by socket and by both ports again and again while something is done; how often which status came.
 * At the port for S3 every answer counts as 200.
 * @param pauseS between two pairs of calls
 */
export const underLoad = async (work: () => Promise<void>, pauseS = 0): Promise<Record<string, number>> => {
  await output(`mkdir -p /run/keyless-load; cat >/run/keyless-load.sh <<'SCRIPT'\n${LOAD}SCRIPT`);
  await output(`systemd-run -q --unit=keyless-load /bin/sh /run/keyless-load.sh ${instanceId()} ${pauseS}`);
  try {
    await work();
  } finally {
    await output(
      "touch /run/keyless-load/stop; while systemctl -q is-active keyless-load; do sleep 1; done",
      120_000,
    );
  }
  const statuses = (await output("cat /run/keyless-load/statuses")).split("\n");
  const counts: Record<string, number> = {};
  for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1;
  if (Object.keys(counts).join() !== "200") console.error(await notServed());
  return counts;
};
