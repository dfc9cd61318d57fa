/** The proxy's metrics for Prometheus. @module */
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { Histogram, type Observations } from "./histogram.ts";

/** Values that are read when they are asked for. */
export interface Gauges {
  inFlight(): number;
  connections(): number;
  unauthenticatedConnections(): number;
  signingPending(): number;
  bufferedBytes(): number;
  tokenAgeS(): number | undefined;
  tokenExpiresInS(): number | undefined;
  clockOffsetS(): number | undefined;
  auditDropped(): number;
  auditSummarised(): number;
  auditShipQueue(): number;
}

const BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

const SIGNING_BUCKETS_S = [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5];

/** Requests that share one set of labels. */
interface Series {
  labels: { client: string; service: string; decision: string; status: string };
  count: number;
  seconds: Observations;
}

/** Counters and histograms of one proxy. */
export class Metrics {
  readonly registry = new Registry();
  readonly #seconds: Histogram;
  readonly #signing: Observations;
  readonly #refreshes: Counter;
  readonly #refreshFailures: Counter;
  readonly #series = new Map<string, Series>();

  constructor(gauges: Gauges) {
    const registers = [this.registry];
    const series = this.#series;
    collectDefaultMetrics({ register: this.registry });
    new Counter({
      name: "keyless_proxy_requests_total",
      help: "Requests by client, service, decision and the status that the caller got",
      labelNames: ["client", "service", "decision", "status"],
      registers,
      collect() {
        this.reset();
        for (const { labels, count } of series.values()) this.inc(labels, count);
      },
    });
    this.#seconds = new Histogram(this.registry, {
      name: "keyless_proxy_request_seconds",
      help: "From a request's headers to the last byte of its response",
      bounds: BUCKETS_S,
      label: "service",
    });
    this.#signing = new Histogram(this.registry, {
      name: "keyless_proxy_signing_seconds",
      help: "Time to make one signature, the wait for a thread included",
      bounds: SIGNING_BUCKETS_S,
    }).series();
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
    gauge("keyless_proxy_connections", "Open connections of callers", gauges.connections);
    gauge(
      "keyless_proxy_unauthenticated_connections",
      "Open connections to the loopback port that have shown no client's token",
      gauges.unauthenticatedConnections,
    );
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
    gauge(
      "keyless_proxy_audit_summarised_refusals",
      "Refusals that are counted in summaries of the audit and have no line of their own",
      gauges.auditSummarised,
    );
    gauge("keyless_proxy_audit_ship_queue", "Audit lines waiting to be shipped", gauges.auditShipQueue);
  }

  request(of: { client: string; service: string; decision: string; status: number }, tookMs: number): void {
    const { client, service, decision, status } = of;
    const key = `${client} ${service} ${decision} ${status}`;
    let series = this.#series.get(key);
    if (!series) {
      const labels = { client, service, decision, status: String(status) };
      series = { labels, count: 0, seconds: this.#seconds.series(service) };
      this.#series.set(key, series);
    }
    series.count += 1;
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
