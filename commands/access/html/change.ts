/** What a change does, as the comment on a pull request says it, with every entry and in full. @module */
import { clientGroups } from "../change-markdown.ts";
import { whereWords } from "../markdown.ts";
import { shown } from "../placeholders.ts";
import type { AccessReport } from "../report.ts";
import { html, type Markup } from "./escape.ts";
import type { ShownEntry, ShownStack } from "./model.ts";
import { MARKS } from "./picture.ts";
import { filtered, statementLinks } from "./tables.ts";

const entry = (e: ShownEntry, prefix: string): Markup => {
  const [now, through, denied] =
    e.fate === "gained"
      ? ["may now call", "It is allowed through", "It was denied by"]
      : ["may no longer call", "It was allowed through", "It is denied by"];
  return html`<li ${filtered("", e.fate)}><span class="tag ${e.fate}">${MARKS[e.fate]} ${e.fate}</span> <b>${e.who}</b>: ${e.what} in ${e.where}${
    e.condition !== undefined && html` where <code>${e.condition}</code>`
  }.<br><span class="witness">For example, it ${now} <code>${e.example}</code> there.${
    e.through.length > 0 && html` ${through} ${statementLinks(e.through, prefix)}.`
  }${e.denied.length > 0 && html` ${denied} ${statementLinks(e.denied, prefix)}.`}</span></li>`;
};

const clientEntries = ({ change }: ShownStack, fate: "gained" | "lost"): Markup[] =>
  clientGroups(change!.clients[fate]).map(({ client, operations, where }) => {
    const words = whereWords(where, (text) => `“${text}”`) || "whatever the request asks for";
    return html`<li ${filtered("", fate)}><span class="tag ${fate}">${MARKS[fate]} ${fate}</span> client <b>${client}</b> of the proxy: ${operations.join(", ")}: ${words}.</li>`;
  });

const list = (title: string, items: readonly Markup[]): Markup | false =>
  items.length > 0 && html`<h4>${title}</h4><ul class="entries">${items}</ul>`;

/** Findings as items of a list. */
export const findingItems = (findings: AccessReport["findings"]): Markup[] =>
  findings.map(
    (f) =>
      html`<li ${filtered("", "same")}><span class="severity ${f.severity}">${f.severity}</span> <code>${f.code}</code> (${f.where}): ${shown(f.message)}</li>`,
  );

/** The section about a change; nothing where nothing is compared. */
export const changeSection = (stack: ShownStack, prefix: string): Markup | undefined => {
  const { change, entries } = stack;
  if (!change) return undefined;
  const of = (fate: "gained" | "lost"): Markup[] => [
    ...entries.filter((e) => e.fate === fate).map((e) => entry(e, prefix)),
    ...clientEntries(stack, fate),
  ];
  const [gained, lost] = [of("gained"), of("lost")];
  return html`<section><h3 id="${prefix}-change">What changes</h3>
${gained.length + lost.length === 0 && html`<p>Nobody gains or loses access.</p>`}
${list("Gained, widest first", gained)}
${list("Lost", lost)}
${list(
  "Not to be compared, so look at it yourself",
  change.undecided.map((text) => html`<li><code>${text}</code></li>`),
)}
${list("New findings", findingItems(change.findings))}
${list("Findings switched off", findingItems(change.silenced))}
${list(
  "Replaced",
  change.replaced.map((r) => html`<li>${r.resource}: ${r.because.join(" and ")} cannot change in place</li>`),
)}
${list("Whom the dynamic group selects", [
  ...change.principals.before.map(
    (t) => html`<li><span class="tag lost">− before</span> <code>${t}</code></li>`,
  ),
  ...change.principals.after.map(
    (t) => html`<li><span class="tag gained">+ after</span> <code>${t}</code></li>`,
  ),
])}
</section>`;
};
