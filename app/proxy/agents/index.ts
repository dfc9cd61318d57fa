/** The forms in which agents write, by the first segment of their paths: no service has such a name. @module */
import { jsonLines } from "../jsonlines/form.ts";
import { otlp } from "../otlp/form.ts";
import { prometheus } from "../prometheus/form.ts";
import type { AgentForm } from "./form.ts";

const FORMS: ReadonlyMap<string, AgentForm> = new Map([
  ["logs", jsonLines],
  ["otlp", otlp],
  ["prometheus", prometheus],
]);

const SEGMENT = /^\/([a-z]+)(?:[/?]|$)/;

/** The form that a request target is in; undefined for every other one. */
export const agentForm = (url: string): AgentForm | undefined => FORMS.get(SEGMENT.exec(url)?.[1] ?? "");
