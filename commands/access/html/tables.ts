/** The page's tables: who can do what by resource, the proxy's clients, statements, what the check tries. @module */
import { whereWords } from "../markdown.ts";
import { shown } from "../placeholders.ts";
import { html, type Markup } from "./escape.ts";
import type { Fate, ShownStack } from "./model.ts";
import { FATE_WORDS, MARKS, ownerWords, resourceKey } from "./picture.ts";

/** Attributes by which the page's filters find a row. */
export const filtered = (kind: string, fate: Fate): Markup => html`data-kind="${kind}" data-fate="${fate}"`;

/** Links to statements by their numbers. */
export const statementLinks = (numbers: readonly number[], prefix: string): Markup[] =>
  numbers.map((n, i) => html`${i > 0 && ", "}<a href="#${prefix}-s${n}">statement ${n}</a>`);

const tag = (fate: Fate): Markup | false =>
  fate !== "same" && html`<span class="tag ${fate}">${MARKS[fate]} ${FATE_WORDS[fate]}</span> `;

const table = (heads: readonly string[], rows: readonly Markup[], label: string): Markup =>
  html`<div class="scroll" role="region" tabindex="0" aria-label="${label}"><table><thead><tr>${heads.map(
    (h) => html`<th scope="col">${h}</th>`,
  )}</tr></thead><tbody>${rows}</tbody></table></div>`;

/** Who can do what, by resource: a row for each statement, the rows of a resource together. */
export const whoCan = ({ stack, statements }: ShownStack, prefix: string): Markup => {
  const order = [...new Set(statements.map(resourceKey))];
  const sorted = [...statements].sort(
    (a, b) => order.indexOf(resourceKey(a)) - order.indexOf(resourceKey(b)),
  );
  const rows = sorted.map(
    (s) =>
      html`<tr ${filtered(s.kind, s.fate)} data-statement="${s.id}"><th scope="row">${s.resource.startsWith("all ") ? s.resource : html`${s.kind} <code>${s.resource}</code>`}${
        s.place !== "" && html`<br><span class="quiet">in ${s.place}</span>`
      }</th><td>${tag(s.fate)}the dynamic group<br><span class="quiet">${ownerWords(s)}</span></td><td>${
        s.effect === "deny" && html`<b>must not</b> `
      }<code>${s.action}</code></td><td>${
        s.condition === undefined ? "always" : html`<code>${s.condition}</code>`
      }</td><td>${statementLinks([s.number], prefix)}</td></tr>`,
  );
  return table(
    ["Resource", "Who", "May", "Only when", "Through"],
    rows,
    `Table: who can do what in ${stack}`,
  );
};

/** What the proxy lets each client do. */
export const clientTable = ({ stack, report }: ShownStack): Markup =>
  table(
    ["Client", "Operations", "Only where"],
    report.clients.flatMap(({ name, allow }) =>
      allow.map(({ operations, where }) => {
        const words = whereWords(where, (text) => `“${text}”`) || "anything";
        return html`<tr ${filtered("", "same")}><th scope="row">${name}</th><td>${operations.map((o) => html`<code>${o}</code> `)}</td><td>${words}</td></tr>`;
      }),
    ),
    `Table: clients of the proxy in ${stack}`,
  );

/** The statements in full. */
export const statementList = ({ statements }: ShownStack, prefix: string): Markup =>
  html`<ol class="statements">${statements.map(
    (s) =>
      html`<li id="${prefix}-s${s.number}" tabindex="-1" ${filtered(s.kind, s.fate)}>${tag(s.fate)}<code>${s.text}</code><br><span class="quiet">${ownerWords(s)}: ${s.grant}; attached to ${s.attachedTo}</span></li>`,
  )}</ol>`;

/** The calls that the check makes on the instance. */
export const probeTable = ({ stack, report }: ShownStack): Markup =>
  table(
    ["Call", "Target", "Must be"],
    [
      html`<tr><td>read the secret</td><td><code>${report.secret}</code></td><td>allowed</td></tr>`,
      ...report.probes.map(
        (p) =>
          html`<tr><td>${p.says}${p.client !== undefined && " (through the proxy)"}</td><td><code>${shown(p.target)}</code></td><td>${p.expected === "always" ? "allowed (OCI allows it to every instance)" : p.expected}</td></tr>`,
      ),
    ],
    `Table: what the check tries in ${stack}`,
  );
