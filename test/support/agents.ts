/** What agents send, encoded by others' code. @module */
import { createRequire } from "node:module";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { compress } from "snappyjs";

interface Codec {
  encode: (message: object) => { finish: () => Uint8Array };
  decode: (bytes: Uint8Array) => { toJSON: () => Record<string, unknown> };
}

const require = createRequire(import.meta.url);
// Its generated code is behind no export of the package.
const { collector } = require("@opentelemetry/otlp-transformer/build/src/generated/root.js").opentelemetry
  .proto as {
  collector: Record<"logs" | "metrics", { v1: Record<string, Codec> }>;
};

const codec = (signal: "logs" | "metrics", what: "Request" | "Response"): Codec =>
  collector[signal].v1[`Export${signal === "logs" ? "Logs" : "Metrics"}Service${what}`]!;

/** A request of OTLP in protobuf, by OpenTelemetry's own code. */
export const otlpRequest = (signal: "logs" | "metrics", message: object): Buffer =>
  Buffer.from(codec(signal, "Request").encode(message).finish());

/** A response of OTLP in protobuf, decoded by OpenTelemetry's own code. */
export const otlpResponse = (signal: "logs" | "metrics", body: Buffer): Record<string, unknown> =>
  codec(signal, "Response").decode(body).toJSON();

/** A series of remote_write: labels, and values with times in ms. */
export interface WrittenSeries {
  labels: Record<string, string>;
  samples: [value: number, timeMs: number][];
}

/** A request of remote_write 1.0, before snappy. */
export const writeRequest = (series: readonly WrittenSeries[]): Buffer => {
  const writer = new BinaryWriter();
  for (const { labels, samples } of series) {
    writer.tag(1, WireType.LengthDelimited).fork();
    for (const [name, value] of Object.entries(labels)) {
      writer.tag(1, WireType.LengthDelimited).fork();
      writer
        .tag(1, WireType.LengthDelimited)
        .string(name)
        .tag(2, WireType.LengthDelimited)
        .string(value)
        .join();
    }
    for (const [value, timeMs] of samples) {
      writer.tag(2, WireType.LengthDelimited).fork();
      writer.tag(1, WireType.Bit64).double(value).tag(2, WireType.Varint).int64(timeMs).join();
    }
    writer.join();
  }
  // Metadata, which are not translated.
  writer.tag(3, WireType.LengthDelimited).fork().tag(2, WireType.LengthDelimited).string("up").join();
  return Buffer.from(writer.finish());
};

/** A body of remote_write as Prometheus sends it. */
export const written = (series: readonly WrittenSeries[]): Buffer =>
  Buffer.from(compress(writeRequest(series)));
