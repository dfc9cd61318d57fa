/**
 * Data points as bodies of PostMetricData, within what OCI takes (`PostMetricDataDetails` of Oracle's SDK): 50 streams a
 * call, 1 to 20 dimensions, data points of the last two hours.
 * @module
 */
import { ProxyError } from "../errors.ts";
import { MAX_ENTRIES, type TranslationInput } from "./form.ts";
import type { MetricsPlace } from "./granted.ts";

const CALL_STREAMS = 50;
const MAX_DIMENSIONS = 20;
const MAX_KEY = 256;
const MAX_VALUE = 512;
const MAX_NAME = 255;
const MAX_METADATA = 256;
const PAST_MS = 2 * 3_600_000;
const FUTURE_MS = 10 * 60_000;

/** A dimension as an agent has it: name and value. */
export type Dimension = readonly [name: string, value: string];

/** One stream as it grows: its data points under one name and set of dimensions. */
interface Stream {
  head: string;
  points: string[];
}

/** The reasons for which a data point cannot be carried. */
export const REASON = {
  name: "the metric has no name, or one of more than 255 characters",
  dimensions: "it has more than 20 dimensions",
  twice: "two of its dimensions have names that OCI cannot tell apart",
  value: "its value is no finite number",
  past: "its time is more than two hours ago",
  future: "its time is more than ten minutes from now",
  time: "it has no time",
} as const;

/** A metric's name as OCI takes it: a letter first, then letters, digits, `.`, `_`, `-` and `$`; others become `_`. */
const metricName = (name: string): string => {
  const plain = name.replace(/[^A-Za-z0-9._$-]/g, "_");
  return /^[A-Za-z]/.test(plain) ? plain : `m${plain}`;
};

/** A dimension's value as OCI takes it: at most 512 characters. */
const dimensionValue = (value: string): string =>
  value.length > MAX_VALUE ? `${value.slice(0, MAX_VALUE - 1)}…` : value;

/** A dimension's name as OCI takes it: printable ASCII without blanks, at most 256 characters. */
const dimensionName = (name: string): string => name.slice(0, MAX_KEY).replace(/[^!-~]/g, "_");

/** Dimensions within OCI's limits, or the reason why there cannot be such. */
export type OwnDimensions = readonly Dimension[] | string;

/**
 * A data point's own dimensions as OCI takes them; an empty name or value is the same as none. Once for all points that
 * have them: what is as long as the body must not be gone through again for each of its points.
 * @param known dimensions that are within the limits already, to which the others are added
 */
export const ownDimensions = (own: readonly Dimension[], known: OwnDimensions = []): OwnDimensions => {
  if (typeof known === "string") return known;
  const dimensions = [...known];
  // Parsers that ignore case take one for the other, and so does the check of the body.
  const names = new Set(known.map(([name]) => name.toLowerCase()));
  for (const [of, value] of own) {
    if (of === "" || value === "") continue;
    const name = dimensionName(of);
    if (names.has(name.toLowerCase())) return REASON.twice;
    if (dimensions.length === MAX_DIMENSIONS) return REASON.dimensions;
    names.add(name.toLowerCase());
    dimensions.push([name, dimensionValue(value)]);
  }
  return dimensions;
};

/** All streams of one request. */
export class MetricStreams {
  readonly #place: MetricsPlace;
  readonly #input: TranslationInput;
  readonly #byKey = new Map<string, Stream>();
  readonly #streams: Stream[] = [];
  #points = 0;

  constructor(place: MetricsPlace, input: TranslationInput) {
    this.#place = place;
    this.#input = input;
  }

  /**
   * Adds a data point.
   * @param own its dimensions, or why it can have none
   * @param further dimensions of what it comes from, as many as there is room for
   * @param key equal for all points of the same further dimensions
   * @returns why it cannot be carried; undefined when it is
   * @throws ProxyError `BodyTooLarge`
   */
  add(
    name: string,
    own: OwnDimensions,
    { further, key, unit }: { further: readonly Dimension[]; key: string; unit: string },
    timeMs: number,
    value: number,
  ): string | undefined {
    if (!Number.isFinite(value)) return REASON.value;
    if (!(timeMs > 0)) return REASON.time;
    if (timeMs < this.#input.nowMs - PAST_MS) return REASON.past;
    if (timeMs > this.#input.nowMs + FUTURE_MS) return REASON.future;
    if (typeof own === "string") return own;
    // One more may come in front.
    if (name === "" || name.length > MAX_NAME || metricName(name).length > MAX_NAME) return REASON.name;
    const whole = `${key}\n${name}\n${JSON.stringify(own)}`;
    let stream = this.#byKey.get(whole);
    if (stream === undefined) {
      stream = this.#open(name, own, further, unit);
      this.#byKey.set(whole, stream);
      this.#streams.push(stream);
    }
    if (this.#points === MAX_ENTRIES)
      throw new ProxyError(
        "BodyTooLarge",
        `the body has more than ${MAX_ENTRIES} data points: send fewer at once`,
      );
    this.#points += 1;
    // -0 is written as 0.
    const point = `{"timestamp":"${new Date(timeMs).toISOString()}","value":${JSON.stringify(value)}}`;
    this.#input.take(point.length + 1);
    stream.points.push(point);
    return undefined;
  }

  /** The calls' bodies, one after the other. */
  *bodies(): Generator<Buffer> {
    for (let at = 0; at < this.#streams.length; at += CALL_STREAMS) {
      const data = this.#streams
        .slice(at, at + CALL_STREAMS)
        .map(({ head, points }) => `${head}${points.join(",")}]}`);
      yield Buffer.from(`{"metricData":[${data.join(",")}],"batchAtomicity":"NON_ATOMIC"}`);
    }
  }

  /** A new stream. */
  #open(name: string, own: readonly Dimension[], further: readonly Dimension[], unit: string): Stream {
    const dimensions = [...own];
    const names = new Set(own.map(([of]) => of.toLowerCase()));
    for (const [of, value] of further) {
      if (dimensions.length === MAX_DIMENSIONS) break;
      if (value !== "" && !names.has(of.toLowerCase())) dimensions.push([of, dimensionValue(value)]);
    }
    if (dimensions.length === 0) dimensions.push(["client", this.#input.client]);
    const members = dimensions.map(([of, value]) => `${JSON.stringify(of)}:${JSON.stringify(value)}`);
    const about = JSON.stringify({
      ...this.#place,
      name: metricName(name),
      ...(unit !== "" && { metadata: { unit: unit.slice(0, MAX_METADATA) } }),
    });
    const head = `${about.slice(0, -1)},"dimensions":{${members.join(",")}},"datapoints":[`;
    this.#input.take(Buffer.byteLength(head) + 3);
    return { head, points: [] };
  }
}
