/**
 * The reviewer's page: one file of HTML that loads nothing. Its policy lets the one script and the one style run,
 * by their digests, and nothing else (Content-Security-Policy).
 * @module
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { changeSummary } from "../change-markdown.ts";
import { changeSection, findingItems } from "./change.ts";
import { html, Markup } from "./escape.ts";
import type { ShownStack } from "./model.ts";
import { picture } from "./picture.ts";
import { clientTable, probeTable, statementList, whoCan } from "./tables.ts";

/** Statements of a picture that stands whole in the page; a larger one is scrolled. */
const MOST_AT_ONCE = 25;

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const digest = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** The page's script, compiled to one text. */
const script = async (): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [here("browser/page.ts")],
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    target: "es2022",
    // What stands in the page must not end the element that it stands in.
    supported: { "inline-script": false },
    logLevel: "error",
  });
  return outputFiles[0]!.text.trim();
};

const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? "" : "s"}`;

const summaryOf = ({ change, report, statements, clients }: ShownStack): string => {
  const resources = new Set(statements.map((s) => JSON.stringify([s.kind, s.resource, s.place]))).size;
  const errors = report.findings.filter((f) => f.severity === "error").length;
  const what = [
    plural(statements.length, "statement"),
    `about ${plural(resources, "resource")}`,
    plural(clients.length, "client"),
    `${plural(report.findings.length, "finding")}${errors ? `, ${plural(errors, "error")}` : ""}`,
  ].join(", ");
  return change ? `${changeSummary(change)}. ${what}.` : `${what}.`;
};

const legend = html`<ul class="legend"><li><span class="tag gained">+ added</span> thick line</li><li><span class="tag lost">− removed</span> dashed line</li><li><span class="tag changed">~ changed</span> dotted line: a part of it, or other words for the same access</li><li><span class="tag same">as before</span> thin line</li></ul>`;

const stackSection = (stack: ShownStack, i: number): Markup => {
  const prefix = `stack${i + 1}`;
  const { report } = stack;
  return html`<section class="stack" aria-labelledby="${prefix}">
<h2 id="${prefix}">Stack ${stack.stack}</h2>
<p class="summary">${summaryOf(stack)}</p>
${changeSection(stack, prefix)}
<section><h3 id="${prefix}-picture">Who reaches what</h3>
<p>Read from left to right: <b>the instance</b> is a member of <b>the dynamic group</b>, to which <b>statements</b> allow actions on <b>resources</b>. OCI knows the instance only; between its clients the proxy decides by their rules, and a statement says for whom it was declared.</p>
${stack.change && legend}
<p class="hint" hidden>Click a box, or walk with Tab and the arrow keys and press Enter, to see what it is connected with; Escape shows all again.</p>
<div class="panel" role="status" hidden></div>
<div class="scroll ${stack.statements.length > MOST_AT_ONCE ? "tall canvas" : "canvas"}">${picture(stack, prefix)}</div></section>
<section><h3 id="${prefix}-who">Who can do what, by resource</h3>
<p>The dynamic group selects ${report.principals.map((p) => p.selects).join("; ")}. OCI allows a statement to every member; the client is who it was declared for.</p>
${whoCan(stack, prefix)}</section>
${
  report.clients.length > 0 &&
  html`<section><h3 id="${prefix}-clients">What the proxy lets each client do</h3>${clientTable(stack)}</section>`
}
<section><h3 id="${prefix}-findings">Findings</h3>
${report.findings.length ? html`<ul class="entries">${findingItems(report.findings)}</ul>` : html`<p>None.</p>`}</section>
<section><h3 id="${prefix}-statements">Statements in full</h3>${report.principals.map(
    (p) =>
      p.rule !== undefined && html`<p>Matching rule of <code>${p.group}</code>: <code>${p.rule}</code></p>`,
  )}${statementList(stack, prefix)}</section>
<section><h3 id="${prefix}-probes">What the check tries on the instance</h3>${probeTable(stack)}</section>
</section>`;
};

const option = (value: string): Markup => html`<option value="${value}">${value}</option>`;

const filters = (stacks: readonly ShownStack[]): Markup => {
  const kinds = [...new Set(stacks.flatMap((s) => s.statements.map(({ kind }) => kind)))].sort();
  const compared = stacks.some((s) => s.change);
  return html`<search><form class="filters" hidden>
<label>Search <input type="search" name="text" autocomplete="off"></label>
<label>Kind of resource <select name="kind"><option value="">all</option>${kinds.map(option)}</select></label>
${
  compared &&
  html`<label>Change <select name="fate"><option value="">all</option><option value="different">any</option><option value="gained">gained, added</option><option value="lost">lost, removed</option></select></label>`
}
<button type="reset">Show all</button> <output></output></form></search>`;
};

const contents = (stacks: readonly ShownStack[]): Markup | false =>
  stacks.length > 1 &&
  html`<nav aria-label="Stacks"><ul>${stacks.map(
    (s, i) =>
      html`<li><a href="#stack${i + 1}">${s.stack}</a>${s.change && html`: ${changeSummary(s.change)}`}</li>`,
  )}</ul></nav>`;

/**
 * Makes the page.
 * @param base what the stacks are compared with, for people; undefined where nothing is compared
 * @param notes notes for the reader, as of the comment
 */
export const accessPage = async (
  stacks: readonly ShownStack[],
  base?: string,
  notes: readonly string[] = [],
): Promise<string> => {
  const [code, style] = await Promise.all([script(), readFile(here("style.css"), "utf8")]);
  const policy = `default-src 'none'; script-src ${digest(code)}; style-src ${digest(style)}; base-uri 'none'; form-action 'none'`;
  const title = `Access of ${stacks.map((s) => s.stack).join(", ")}`;
  return `${
    html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(policy)}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<header><h1>${title}</h1>
<p>${base === undefined ? "Who may do what, from the stacks’ configuration alone." : html`Compared with <code>${base}</code>: what this change adds to access, and what it takes away.`}</p>
${notes.map((note) => html`<p class="note">${note.replaceAll("`", "")}</p>`)}
${contents(stacks)}</header>
<main>
${filters(stacks)}
${stacks.map(stackSection)}
</main>
<script>${new Markup(code)}</script>
</body>
</html>`.text
  }\n`;
};
