/** Lines of things in a text of YAML or JSON, by their path. @module */
import { isNode, LineCounter, parseDocument } from "yaml";

/** A text that was read, with the line of each thing in it. */
export interface Lined {
  value: unknown;
  /** What keeps it from being read. */
  errors: readonly { line: number; message: string }[];
  /** The line of what stands at a path, from 1; of what is above it where nothing does. */
  lineOf: (path: readonly (string | number)[]) => number;
}

/** Reads a text with the lines of what is in it. */
export const linedYaml = (text: string): Lined => {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  const at = (offset: number): number => counter.linePos(offset).line;
  const errors = document.errors.map(({ message, pos }) => ({
    line: at(pos[0]),
    message: message.split("\n")[0]!,
  }));
  const lineOf = (path: readonly (string | number)[]): number => {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return at(node.range[0]);
    }
    return 1;
  };
  return { value: errors.length > 0 ? undefined : document.toJS(), errors, lineOf };
};
