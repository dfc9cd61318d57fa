/** What Prometheus is told. @module */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** Values that are read when they are asked for. */
export interface Gauges {
  inFlight(): number;
  signingPending(): number;
  bufferedBytes(): number;
  tokenAgeS(): number | undefined;
  tokenExpiresInS(): number | undefined;
  clockOffsetS(): number | undefined;
  auditDropped(): number;
  auditShipQueue(): number;
}

const BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Counters and histograms of one proxy. */
export class Metrics {
  readonly registry = new Registry();
  readonly #requests: Counter<"client" | "service" | "decision" | "status">;
  readonly #seconds: Histogram<"service">;
  readonly #signing: Histogram;
  readonly #refreshes: Counter;
  readonly #refreshFailures: Counter;
  /** Counter and histogram by their labels: looking them up costs more than counting. */
  readonly #series = new Map<string, { count: Counter.Internal; seconds: Histogram.Internal<"service"> }>();

  constructor(gauges: Gauges) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.#requests = new Counter({
      name: "keyless_proxy_requests_total",
      help: "Requests by client, service, decision and the status that the caller got",
      labelNames: ["client", "service", "decision", "status"],
      registers,
    });
    this.#seconds = new Histogram({
      name: "keyless_proxy_request_seconds",
      help: "From a request's headers to the last byte of its answer",
      labelNames: ["service"],
      buckets: BUCKETS_S,
      registers,
    });
    this.#signing = new Histogram({
      name: "keyless_proxy_signing_seconds",
      help: "Time to make one signature, the wait for a thread included",
      buckets: [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5],
      registers,
    });
    this.#refreshes = new Counter({
      name: "keyless_token_refreshes_total",
      help: "Tokens obtained",
      registers,
    });
    this.#refreshFailures = new Counter({
      name: "keyless_token_refresh_failures_total",
      help: "Tries that obtained no token",
      registers,
    });
    const gauge = (name: string, help: string, read: () => number | undefined): void => {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          const value = read();
          if (value !== undefined) this.set(value);
        },
      });
    };
    gauge("keyless_proxy_requests_in_flight", "Requests under way", gauges.inFlight);
    gauge(
      "keyless_proxy_signing_queue",
      "Signatures being made or waiting for a thread",
      gauges.signingPending,
    );
    gauge("keyless_proxy_buffered_bytes", "Bytes of request bodies held to be signed", gauges.bufferedBytes);
    gauge("keyless_token_age_seconds", "Age of the token", gauges.tokenAgeS);
    gauge("keyless_token_expires_in_seconds", "Until the token expires", gauges.tokenExpiresInS);
    gauge(
      "keyless_clock_offset_seconds",
      "The auth service's clock minus this machine's",
      gauges.clockOffsetS,
    );
    gauge("keyless_proxy_audit_dropped_lines", "Audit lines lost", gauges.auditDropped);
    gauge("keyless_proxy_audit_ship_queue", "Audit lines waiting to be shipped", gauges.auditShipQueue);
  }

  request(of: { client: string; service: string; decision: string; status: number }, tookMs: number): void {
    const { client, service, decision, status } = of;
    const key = `${client} ${service} ${decision} ${status}`;
    let series = this.#series.get(key);
    if (!series) {
      series = {
        count: this.#requests.labels({ client, service, decision, status: String(status) }),
        seconds: this.#seconds.labels({ service }),
      };
      this.#series.set(key, series);
    }
    series.count.inc();
    series.seconds.observe(tookMs / 1000);
  }

  signed(tookMs: number): void {
    this.#signing.observe(tookMs / 1000);
  }

  refreshed(): void {
    this.#refreshes.inc();
  }

  refreshFailed(): void {
    this.#refreshFailures.inc();
  }
}
