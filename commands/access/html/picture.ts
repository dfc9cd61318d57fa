/** The picture: instance, clients, dynamic group, statements and resources, as SVG. @module */
import { html, type Markup, visible } from "./escape.ts";
import { type Box, COLUMNS, layout, line, WIDTH } from "./layout.ts";
import type { Fate, ShownStack, ShownStatement } from "./model.ts";

/** A letter's width of the picture's font, generous: fonts of fixed width differ a little. */
const LETTER = 7.3;
const LINE = 17;
const PAD = 10;
/** Lines of a box's text; what is longer stands in full in the tables. */
const MOST_LINES = 6;

/** A box of the picture. */
interface PictureNode extends Box {
  fate: Fate;
  kind: string;
  /** The first line is the title. */
  lines: { text: string; class: string }[];
  /** The whole text, for the panel; a statement's stands in the page's list. */
  full?: string;
  client?: string;
}

/** Marks of fates, which no reader needs to tell by colour. */
export const MARKS: Readonly<Record<Fate, string>> = { same: "", gained: "+", lost: "−", changed: "~" };

/** Words of what happens to a statement, a client or a group; what that does to access is another question. */
export const FATE_WORDS: Readonly<Record<Fate, string>> = {
  same: "as before",
  gained: "added",
  lost: "removed",
  changed: "changed",
};

/** The end of an OCID tells it apart; other names stand whole. */
const shortName = (name: string): string =>
  name.replace(/ocid1\.([a-z0-9]+)\.[\w.-]*?([\w-]{8})(?![\w.-])/g, "$1 …$2");

/** Breaks a text into lines, at blanks and after commas, slashes and dots where there are any. */
export const wrap = (text: string, width: number, most = MOST_LINES): string[] => {
  const letters = Math.floor((width - 2 * PAD - 14) / LETTER);
  const lines: string[] = [];
  let line = "";
  for (const word of visible(text).split(/(?<=[\s,/._])/u)) {
    const parts =
      [...word.trimEnd()].length > letters ? (word.match(new RegExp(`.{1,${letters}}`, "gu")) ?? []) : [word];
    for (const part of parts) {
      if ([...(line + part).trimEnd()].length > letters && line) {
        lines.push(line.trimEnd());
        line = "";
      }
      line += part;
    }
  }
  if (line.trim()) lines.push(line.trimEnd());
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), "… in full when selected"];
};

const texts = (column: number, parts: readonly (readonly [string, string])[]): PictureNode["lines"] =>
  parts.flatMap(([text, name]) => wrap(text, COLUMNS[column]!.width).map((t) => ({ text: t, class: name })));

const node = (
  given: Omit<PictureNode, "lines" | "height">,
  parts: readonly (readonly [string, string])[],
): PictureNode => {
  const lines = texts(given.column, parts);
  return { ...given, lines, height: lines.length * LINE + 2 * PAD - 3 };
};

/** Who a statement is declared for. */
export const ownerWords = ({ client }: ShownStatement): string =>
  client === undefined ? "for the app itself" : `for client ${client}`;

const statementNode = (s: ShownStatement, resource: string): PictureNode =>
  node(
    {
      id: s.id,
      column: 3,
      resource,
      fate: s.fate,
      kind: s.kind,
      ...(s.client !== undefined && { client: s.client }),
    },
    [
      [`${s.number} ${s.effect === "deny" ? "DENY " : ""}${s.action}`, "title"],
      ...s.further.map((f): [string, string] => [`only if ${shortName(f)}`, "small"]),
      [ownerWords(s), "small"],
    ],
  );

/** A resource's key: one of the same name elsewhere is another. */
export const resourceKey = (s: ShownStatement): string => JSON.stringify([s.kind, s.resource, s.place]);

const fateOf = (fates: readonly Fate[]): Fate => {
  const [first = "same", ...others] = new Set(fates);
  return others.length ? "changed" : first;
};

/** The boxes in their order: statements by resource. */
const nodesOf = (shown: ShownStack): PictureNode[] => {
  const { report, statements, clients, group } = shown;
  const [principal] = report.principals;
  const byResource = new Map<string, ShownStatement[]>();
  for (const s of statements) byResource.set(resourceKey(s), [...(byResource.get(resourceKey(s)) ?? []), s]);
  return [
    node({ id: "instance", column: 0, fate: "same", kind: "", full: principal?.selects ?? "" }, [
      ["Instance", "title"],
      [principal?.selects ?? "", "small"],
    ]),
    node(
      { id: "app", column: 1, fate: "same", kind: "", full: "the app itself: it signs its own requests" },
      [
        ["the app itself", "title"],
        ["not through the proxy", "small"],
      ],
    ),
    ...clients.map(({ name, fate }) =>
      node(
        {
          id: `client ${name}`,
          column: 1,
          fate,
          kind: "",
          client: name,
          full: report.clients.find((c) => c.name === name)?.grants.join("; ") ?? "",
        },
        [[name, "title"]],
      ),
    ),
    node({ id: "group", column: 2, fate: group, kind: "", full: principal?.rule ?? "" }, [
      [shortName(principal?.group ?? "dynamic group"), "title"],
      [principal?.rule ? shortName(principal.rule) : "its rule is its owner's", "small"],
    ]),
    ...[...byResource.values()].flatMap((list, i) => {
      const [first] = list as [ShownStatement];
      const id = `r${i + 1}`;
      return [
        ...list.map((s) => statementNode(s, id)),
        node(
          {
            id,
            column: 4,
            fate: fateOf(list.map((s) => s.fate)),
            kind: first.kind,
            full: `${first.kind} ${first.resource}, in ${first.place}`,
          },
          [
            ...(first.resource.startsWith("all ") ? [] : [[first.kind, "small"] as const]),
            [shortName(first.resource), "title"],
            [first.place && `in ${first.place}`, "small"],
          ],
        ),
      ];
    }),
  ];
};

/** Lines of the picture, from box to box. */
const linesOf = (nodes: readonly PictureNode[]): [PictureNode, PictureNode][] => {
  const at = (column: number): PictureNode[] => nodes.filter((n) => n.column === column);
  const [instance, group] = [at(0)[0]!, at(2)[0]!];
  const resources = new Map(at(4).map((r) => [r.id, r]));
  return [
    ...at(1).flatMap((c): [PictureNode, PictureNode][] => [
      [instance, c],
      [c, group],
    ]),
    ...at(3).flatMap((s): [PictureNode, PictureNode][] => [
      [group, s],
      [s, resources.get(s.resource!)!],
    ]),
  ];
};

const fateOfLine = (from: PictureNode, to: PictureNode): Fate =>
  from.column === 3 ? from.fate : to.column === 3 || to.column === 1 ? to.fate : from.fate;

const drawn = (n: PictureNode, top: number): Markup => {
  const { x, width } = COLUMNS[n.column]!;
  // What stands in the box is its name; only what a mark says has to be put into words.
  const label = n.fate !== "same" && `${n.lines.map((l) => l.text).join(" ")}, ${FATE_WORDS[n.fate]}`;
  return html`<g class="node ${n.fate}" role="button" aria-pressed="false" tabindex="${n.id === "instance" ? 0 : -1}" transform="translate(${x} ${Math.round(top)})"${label && html` aria-label="${label}"`} data-node="${n.id}" data-column="${n.column}" data-height="${n.height}"${n.resource !== undefined && html` data-resource="${n.resource}"`}${n.client !== undefined && html` data-client="${n.client}"`}${n.full !== undefined && html` data-full="${n.full}"`}><rect width="${width}" height="${n.height}" rx="6"/>${
    n.fate !== "same" && html`<text class="mark" x="${width - 9}" y="${PAD + 11}">${MARKS[n.fate]}</text>`
  }<text x="${PAD}">${n.lines.map(
    (l, i) => html`<tspan class="${l.class}" x="${PAD}" y="${PAD + 10 + i * LINE}">${l.text} </tspan>`,
  )}</text></g>`;
};

/** Draws the picture. @param prefix ids of the page's elements for this stack begin with it */
export const picture = (shown: ShownStack, prefix: string): Markup => {
  const nodes = nodesOf(shown);
  const { tops, height } = layout(nodes);
  const middle = (n: PictureNode) => ({ column: n.column, y: tops.get(n.id)! + n.height / 2 });
  // Lines that differ lie above the others.
  const lines = linesOf(nodes).sort(
    (a, b) => Number(fateOfLine(...a) !== "same") - Number(fateOfLine(...b) !== "same"),
  );
  return html`<svg class="picture" role="group" aria-labelledby="${prefix}-picture" viewBox="0 0 ${WIDTH} ${Math.ceil(height)}" width="${WIDTH}" height="${Math.ceil(height)}">
${COLUMNS.map(({ title, x }) => html`<text class="column" x="${x}" y="26">${title}</text>`)}
${lines.map(
  ([from, to]) =>
    html`<path class="line ${fateOfLine(from, to)}" data-from="${from.id}" data-to="${to.id}" d="${line(middle(from), middle(to))}"/>`,
)}
${nodes.map((n) => drawn(n, tops.get(n.id)!))}
</svg>`;
};
