/** Prometheus' `WriteRequest` as bodies of PostMetricData. @module */
import {
  type AgentReply,
  type CallResponse,
  type Translate,
  type TranslationInput,
  TURN_ENTRIES,
} from "../agents/form.ts";
import type { MetricsPlace } from "../agents/granted.ts";
import { type Dimension, MetricStreams, ownDimensions, REASON } from "../agents/metric-streams.ts";
import { type MessageType, readProtobuf } from "../agents/protobuf.ts";
import { Rejected } from "../agents/rejected.ts";
import { addRejected, failureHeaders, failureText } from "../agents/service-answers.ts";

/** Field numbers of remote_write 1.0, of what is translated. A native histogram is only counted. */
const label: MessageType = { 1: ["name", "string"], 2: ["value", "string"] };
const sample: MessageType = { 1: ["value", "double"], 2: ["timestamp", "int64"] };
const histogram: MessageType = {};
const series: MessageType = {
  1: ["labels[]", () => label],
  2: ["samples[]", () => sample],
  4: ["histograms[]", () => histogram],
};
const writeRequest: MessageType = { 1: ["timeseries[entry]", () => series] };

interface Series {
  labels?: { name?: string; value?: string }[];
  samples?: { value?: number; timestamp?: string }[];
  histograms?: unknown[];
}

const NAME = "__name__";
const NOTHING_FURTHER = { further: [], key: "", unit: "" };

const text = (message: string): Pick<AgentReply, "headers" | "body"> => ({
  headers: ["content-type", "text/plain; charset=utf-8"],
  body: `${message}\n`,
});

/** All series of a request, and what of them is left out. */
class Written {
  readonly #streams: MetricStreams;
  readonly rejected = new Rejected();
  /** Samples without a number, markers of staleness among them: no reason to refuse the others. */
  withoutNumber = 0;

  constructor(place: MetricsPlace, input: TranslationInput) {
    this.#streams = new MetricStreams(place, input);
  }

  *bodies(timeseries: readonly (() => Series)[]): Generator<Buffer | undefined> {
    for (const [at, read] of timeseries.entries()) {
      this.#add(read());
      if (at % TURN_ENTRIES === 0) yield;
    }
    yield* this.#streams.bodies();
  }

  #add({ labels = [], samples = [], histograms }: Series): void {
    const name = labels.find((one) => one.name === NAME)?.value ?? "";
    const own = ownDimensions(
      labels.filter((one) => one.name !== NAME).map((one): Dimension => [one.name ?? "", one.value ?? ""]),
    );
    for (const { value = 0, timestamp = "0" } of samples) {
      const why = this.#streams.add(name, own, NOTHING_FURTHER, Number(timestamp), value);
      if (why === REASON.value) this.withoutNumber += 1;
      else if (why !== undefined) this.rejected.add(why, name);
    }
    if (histograms) this.rejected.add("native histograms are not read", name, histograms.length);
  }
}

const answer = ({ rejected, withoutNumber }: Written, responses: readonly CallResponse[]): AgentReply => {
  for (const one of responses) if (one.status < 300) addRejected(rejected, one);
  const all = rejected.count + withoutNumber;
  const last = responses.at(-1);
  if (last && last.status >= 300) {
    const { headers, body } = text(failureText(last));
    return { status: last.status, headers: [...headers, ...failureHeaders(last)], body, rejected: all };
  }
  if (rejected.text() === "") return { status: 204, headers: [], body: "", rejected: all };
  // What could be taken has been: the sender does not repeat a 400, and logs why.
  return { status: 400, ...text(`not taken: ${rejected.text()}`), rejected: all };
};

/** Translates `WriteRequest`. */
export const translateWrite =
  (place: MetricsPlace): Translate =>
  (body, input) => {
    const { timeseries = [] } = readProtobuf(body, writeRequest) as { timeseries?: (() => Series)[] };
    const written = new Written(place, input);
    return { bodies: written.bodies(timeseries), answer: (responses) => answer(written, responses) };
  };
