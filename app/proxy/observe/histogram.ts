/** Histograms that are counted with plain numbers: a request costs more to count with labels than to authorise. @module */
import type { Histogram as PromHistogram, Registry } from "prom-client";

/** The observations under one set of labels. */
export class Observations {
  readonly #bounds: readonly number[];
  /** Counts by bucket: values at most as large as its bound and larger than the one before. */
  readonly #counts: number[];
  #count = 0;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.#count += 1;
    this.#sum += value;
    for (let i = 0; i < this.#bounds.length; i += 1) {
      if (value > this.#bounds[i]!) continue;
      this.#counts[i]! += 1;
      return;
    }
  }

  /** The values as Prometheus reads them: each bucket counts those of the ones before, too. */
  values(name: string, labels: Readonly<Record<string, string>>) {
    let upTo = 0;
    const buckets = this.#bounds.map((le, i) => {
      upTo += this.#counts[i]!;
      return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: upTo };
    });
    return [
      ...buckets,
      { metricName: `${name}_bucket`, labels: { le: "+Inf", ...labels }, value: this.#count },
      { metricName: `${name}_sum`, labels, value: this.#sum },
      { metricName: `${name}_count`, labels, value: this.#count },
    ];
  }
}

/** Name, labels and bucket bounds of a histogram. */
export interface HistogramOptions {
  name: string;
  help: string;
  bounds: readonly number[];
  /** The label that tells its series apart; without it there is one series. */
  label?: string;
}

/** A histogram in a registry. */
export class Histogram {
  readonly #options: HistogramOptions;
  readonly #series = new Map<string, Observations>();

  constructor(registry: Registry, options: HistogramOptions) {
    this.#options = options;
    const { name, help } = options;
    const metric = { name, help, type: "histogram", aggregator: "sum", get: async () => this.#read() };
    // A registry asks its metrics for nothing else.
    registry.registerMetric(metric as unknown as PromHistogram);
  }

  /** The series of a label's value. */
  series(value = ""): Observations {
    let series = this.#series.get(value);
    if (!series) {
      series = new Observations(this.#options.bounds);
      this.#series.set(value, series);
    }
    return series;
  }

  #read() {
    const { name, help, label } = this.#options;
    const values = [...this.#series].flatMap(([value, series]) =>
      series.values(name, label === undefined ? {} : { [label]: value }),
    );
    return { name, help, type: "histogram", aggregator: "sum", values };
  }
}
