/** The picture in the page: what a filter leaves is placed anew, a box that is selected shows its connections. @module */
import { COLUMNS, layout, line, WIDTH } from "../layout.ts";

interface Node {
  element: SVGGElement;
  id: string;
  column: number;
  height: number;
  resource: string;
  client: string;
  shown: boolean;
  top: number;
}

/** A stack's picture. */
export interface Picture {
  /** Draws what the rows of the tables that are not hidden leave. Returns the statements shown, and all of them. */
  filter(): [shown: number, all: number];
  /** Selects a box; none where undefined. */
  select(id: string | undefined): void;
}

const nodeOf = (element: SVGGElement): Node => {
  const { node = "", column, height, resource = "", client = "" } = element.dataset;
  return {
    element,
    id: node,
    column: Number(column),
    height: Number(height),
    resource,
    client,
    shown: true,
    top: Number(/ (\d+)\)/.exec(element.getAttribute("transform") ?? "")?.[1]),
  };
};

/** True where one of the two leads to the other. */
const connected = (a: Node, b: Node): boolean => {
  if (a === b) return true;
  const [left, right] = a.column < b.column ? [a, b] : [b, a];
  if (left.column === right.column) return false;
  // Everything goes through the instance and its group.
  if (left.column === 0 || left.column === 2 || right.column === 2) return true;
  if (left.column === 3) return left.resource === right.id;
  return right.column === 3 && left.client === right.client;
};

/** Makes a stack's picture walkable. */
export const pictureOf = (section: HTMLElement): Picture => {
  const svg = section.querySelector<SVGSVGElement>("svg.picture")!;
  const prefix = section.getAttribute("aria-labelledby") ?? "";
  const panel = section.querySelector<HTMLElement>(".panel")!;
  const nodes = [...svg.querySelectorAll<SVGGElement>("[data-node]")].map(nodeOf);
  const byId = new Map(nodes.map((n) => [n.id, n]));
  const lines = [...svg.querySelectorAll<SVGPathElement>("[data-from]")].map((element) => ({
    element,
    from: byId.get(element.dataset["from"]!)!,
    to: byId.get(element.dataset["to"]!)!,
  }));
  const statements = nodes.filter((n) => n.column === 3);

  const place = (): void => {
    const shown = nodes.filter((n) => n.shown);
    const { tops, height } = layout(shown);
    for (const n of nodes) {
      n.element.setAttribute("display", n.shown ? "inline" : "none");
      n.top = tops.get(n.id) ?? 0;
      if (n.shown)
        n.element.setAttribute("transform", `translate(${COLUMNS[n.column]!.x} ${Math.round(n.top)})`);
    }
    const middle = (n: Node) => ({ column: n.column, y: n.top + n.height / 2 });
    for (const { element, from, to } of lines) {
      const both = from.shown && to.shown;
      element.setAttribute("display", both ? "inline" : "none");
      if (both) element.setAttribute("d", line(middle(from), middle(to)));
    }
    svg.setAttribute("viewBox", `0 0 ${WIDTH} ${Math.ceil(height)}`);
    svg.setAttribute("height", String(Math.ceil(height)));
  };

  /** All that a box is about: of a statement what the list says. */
  const wholeOf = ({ id, column, element }: Node): string =>
    (column === 3
      ? document.getElementById(`${prefix}-${id}`)?.textContent
      : (element.dataset["full"] ?? element.textContent)) ?? "";

  /** Boxes on the way through one: a resource's clients are those of its statements. */
  const relatedTo = (chosen: Node): Set<Node> => {
    const related = new Set(nodes.filter((n) => connected(chosen, n)));
    if (chosen.column === 1 || chosen.column === 4)
      for (const s of statements)
        if (related.has(s)) for (const n of nodes) if (n.column !== 3 && connected(s, n)) related.add(n);
    return related;
  };

  const select = (id: string | undefined): void => {
    const chosen = id === undefined ? undefined : byId.get(id);
    const related = chosen && relatedTo(chosen);
    svg.classList.toggle("selecting", chosen !== undefined);
    for (const n of nodes) {
      n.element.setAttribute("aria-pressed", String(n === chosen));
      n.element.classList.toggle("related", related?.has(n) ?? false);
    }
    for (const { element, from, to } of lines)
      element.classList.toggle("related", !!related && related.has(from) && related.has(to));
    panel.hidden = !chosen;
    panel.textContent = chosen ? `${COLUMNS[chosen.column]!.title}: ${wholeOf(chosen)}` : "";
  };

  const focus = (node: Node | undefined): void => {
    if (!node) return;
    for (const n of nodes) n.element.setAttribute("tabindex", n === node ? "0" : "-1");
    node.element.focus();
    node.element.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  const middleOf = (n: Node): number => n.top + n.height / 2;
  const nearest = (from: Node, list: readonly Node[]): Node | undefined =>
    [...list].sort(
      (a, b) => Math.abs(middleOf(a) - middleOf(from)) - Math.abs(middleOf(b) - middleOf(from)),
    )[0];

  /** The box in a direction: in the column above or below, beside it one that is connected first. */
  const beside = (from: Node, key: string): Node | undefined => {
    const shown = nodes.filter((n) => n.shown);
    const column = shown.filter((n) => n.column === from.column).sort((a, b) => a.top - b.top);
    const at = column.indexOf(from);
    if (key === "ArrowUp") return column[at - 1];
    if (key === "ArrowDown") return column[at + 1];
    if (key === "Home") return column[0];
    if (key === "End") return column.at(-1);
    const step = key === "ArrowRight" ? 1 : -1;
    for (let c = from.column + step; c >= 0 && c < COLUMNS.length; c += step) {
      const there = shown.filter((n) => n.column === c);
      const near = nearest(
        from,
        there.filter((n) => connected(from, n)),
      );
      if (near ?? there[0]) return near ?? nearest(from, there);
    }
    return undefined;
  };

  const targetOf = (event: Event): Node | undefined => {
    const element = (event.target as Element).closest<SVGGElement>("[data-node]");
    return element ? byId.get(element.dataset["node"]!) : undefined;
  };

  const toggle = (node: Node): void =>
    select(node.element.getAttribute("aria-pressed") === "true" ? undefined : node.id);

  svg.addEventListener("click", (event) => {
    const node = targetOf(event);
    if (!node) return select(undefined);
    focus(node);
    toggle(node);
  });
  svg.addEventListener("keydown", (event) => {
    const node = targetOf(event);
    if (!node) return;
    if (event.key === "Enter" || event.key === " ") toggle(node);
    else if (/^(Arrow|Home$|End$)/.test(event.key)) focus(beside(node, event.key));
    else return;
    event.preventDefault();
  });

  const filter = (): [number, number] => {
    const rows = [...section.querySelectorAll<HTMLElement>("[data-statement]")];
    const left = new Set(rows.filter((row) => !row.hidden).map((row) => row.dataset["statement"]!));
    const resources = new Set(statements.filter((s) => left.has(s.id)).map((s) => s.resource));
    const clients = new Set(statements.filter((s) => left.has(s.id)).map((s) => s.client));
    const every = left.size === statements.length;
    for (const n of nodes)
      n.shown =
        every ||
        n.column === 0 ||
        n.column === 2 ||
        (n.column === 1 && clients.has(n.client)) ||
        left.has(n.id) ||
        resources.has(n.id);
    select(undefined);
    place();
    if (!nodes.some((n) => n.shown && n.element.getAttribute("tabindex") === "0"))
      nodes[0]!.element.setAttribute("tabindex", "0");
    return [left.size, statements.length];
  };

  return { filter, select };
};
