/**
 * Places of the picture's boxes. Columns are fixed; resources and statements lie as a tidy tree, so that no two lines
 * between them cross. Runs when the page is made, and in the page for what a filter leaves.
 * @module
 */
import { type HierarchyNode, hierarchy, tree } from "d3-hierarchy";

/** Columns from left to right, in the picture's units. */
export const COLUMNS = [
  { title: "Instance", x: 12, width: 168 },
  { title: "Client of the proxy", x: 228, width: 172 },
  { title: "Dynamic group", x: 448, width: 200 },
  { title: "Statement", x: 700, width: 320 },
  { title: "Resource", x: 1084, width: 260 },
] as const;

/** Width of the whole picture. */
export const WIDTH = 1356;
/** Space above the boxes, for the columns' titles. */
const TOP = 48;
const GAP = 10;
/** Space between the statements of two resources. */
const GROUP_GAP = 22;
/** Middle of the left columns in a high picture: they stay at the top, where a reader begins. */
const MOST_MIDDLE = 280;

/** A box to place. */
export interface Box {
  id: string;
  column: number;
  height: number;
  /** The resource that a statement leads to. */
  resource?: string | undefined;
}

/** A place's upper edge, by the box's id; and the whole height. */
export interface Layout {
  tops: Map<string, number>;
  height: number;
}

interface Branch {
  id: string;
  height: number;
  children?: Branch[];
}

const between = (a: HierarchyNode<Branch>, b: HierarchyNode<Branch>): number =>
  (a.data.height + b.data.height) / 2 + (a.parent === b.parent && a.depth === 2 ? GAP : GROUP_GAP);

/** Stacks boxes around a middle, not above the top. */
const stack = (boxes: readonly Box[], middle: number, tops: Map<string, number>): number => {
  const total = boxes.reduce((sum, { height }) => sum + height + GAP, -GAP);
  let y = Math.max(TOP, middle - total / 2);
  for (const { id, height } of boxes) {
    tops.set(id, y);
    y += height + GAP;
  }
  return y;
};

/** Places boxes. Statements of resources that are not among the boxes are left out. */
export const layout = (boxes: readonly Box[]): Layout => {
  const statements = new Map<string | undefined, Branch[]>();
  for (const { id, column, height, resource } of boxes)
    if (column === 3) statements.set(resource, [...(statements.get(resource) ?? []), { id, height }]);
  const branches = boxes
    .filter((b) => b.column === 4)
    .map(({ id, height }): Branch => ({ id, height, children: statements.get(id) ?? [] }));
  const tops = new Map<string, number>();
  let bottom = TOP;
  if (branches.length) {
    const root = tree<Branch>().nodeSize([1, 1]).separation(between)(
      hierarchy<Branch>({ id: "", height: 0, children: branches }),
    );
    const nodes = root.descendants().filter((node) => node.depth > 0);
    const least = Math.min(...nodes.map(({ x, data }) => x - data.height / 2));
    for (const { x, data } of nodes) {
      const top = x - data.height / 2 - least + TOP;
      tops.set(data.id, top);
      bottom = Math.max(bottom, top + data.height);
    }
  }
  const middle = Math.min(MOST_MIDDLE, (TOP + bottom) / 2);
  for (const column of [0, 1, 2])
    bottom = Math.max(
      bottom,
      stack(
        boxes.filter((b) => b.column === column),
        middle,
        tops,
      ),
    );
  return { tops, height: bottom + 16 };
};

/** A line's path from the right edge of one box to the left edge of another, in the next column. */
export const line = (from: { column: number; y: number }, to: { column: number; y: number }): string => {
  const start = COLUMNS[from.column]!;
  const [x1, x2] = [start.x + start.width, COLUMNS[to.column]!.x];
  const bend = (x1 + x2) / 2;
  const [y1, y2] = [Math.round(from.y), Math.round(to.y)];
  return `M${x1} ${y1}C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}`;
};
