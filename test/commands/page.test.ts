/** The reviewer's page without a browser: what is in it, and that others' texts are texts. */
import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { changesMarkdown } from "../../commands/access/change-markdown.ts";
import { html, visible } from "../../commands/access/html/escape.ts";
import { type Box, layout } from "../../commands/access/html/layout.ts";
import { accessPage } from "../../commands/access/html/page.ts";
import { wrap } from "../../commands/access/html/picture.ts";
import { partsOf } from "../../commands/access/html/resource.ts";
import { changed, HOSTILE, hostile, large, plain } from "./page/stacks.ts";

it("escapes every value, and writes out what cannot be seen", () => {
  expect(html`<b title="${'"'}">${"<i>"}${[1, html`<u>${"&"}</u>`]}${undefined}${false}</b>`.text).toBe(
    '<b title="&quot;">&lt;i&gt;1<u>&amp;</u></b>',
  );
  expect(visible("a\u202Eb\u0000\nü")).toBe("a⟨U+202E⟩b⟨U+0000⟩\nü");
});

it("has a policy that names its one script and its one style, and nothing to load", async () => {
  const page = await accessPage([plain()]);
  const [, policy] = /Content-Security-Policy" content="([^"]*)"/.exec(page)!;
  const digest = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const of = (name: string) => [...page.matchAll(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, "g"))];
  expect([of("script").length, of("style").length]).toEqual([1, 1]);
  expect(policy).toBe(
    `default-src 'none'; script-src ${digest(of("script")[0]![1]!)}; style-src ${digest(of("style")[0]![1]!)}; base-uri 'none'; form-action 'none'`,
  );
  expect(page).not.toMatch(/ (src|style|on[a-z]+)=|href="(?!#)|url\(|@import/);
});

it("shows hostile texts as texts", async () => {
  const page = await accessPage([hostile()], HOSTILE[0], [HOSTILE[1]!]);
  expect([...page.matchAll(/<script|<style|<\/script|<\/style/g)]).toHaveLength(4);
  expect(page.replaceAll(/="[^"]*"/g, "")).not.toMatch(/<img|<[^>]* (onfocus|autofocus)/);
  expect(page).not.toContain("\u202E");
  expect(page).toContain("&lt;img src=x onerror");
});

it("says of a change what the comment says, with the statements of each example", async () => {
  const stack = changed();
  const page = (await accessPage([stack], "main")).replaceAll(/<[^>]+>/g, "").replaceAll("&#39;", "'");
  expect(stack.entries.map(({ fate, through }) => [fate, through.length])).toEqual([["gained", 1]]);
  expect(page).toContain("For example, it may now call BackupKey with target.key.id = 'k' there.");
  expect(page).toMatch(/gained client importer of the proxy: objectstorage.PutObject/);
  expect(page).toMatch(/lost client exporter of the proxy: objectstorage.PutObject/);
  expect(stack.clients.map(({ name, fate }) => `${name} ${fate}`)).toEqual([
    "agent same",
    "exporter lost",
    "importer gained",
  ]);
});

it("links the page in the comment, and nothing in its address is Markdown", () => {
  const { change } = changed();
  const comment = changesMarkdown([change!], "main", [], "https://e.org/a> <b\n");
  expect(comment).toContain("[As a page, with a picture](<https://e.org/a%3E%20%3Cb%0A>)");
  expect(changesMarkdown([change!], "main")).not.toContain("As a page");
});

it("takes a statement apart, and shows what it cannot take apart as it is", () => {
  expect(
    partsOf(
      "Allow dynamic-group id g to use keys in compartment A:B where all {target.key.id = 'k', request.region = 'iad'}",
      "t",
    ),
  ).toMatchObject({
    action: "use keys",
    kind: "key",
    resource: "k",
    place: "compartment A:B",
    further: ["request.region = 'iad'"],
  });
  // A name in an alternative is not the resource: there is another one.
  expect(
    partsOf(
      "Allow group g to read buckets in tenancy where any {target.bucket.name = 'b', request.region = 'iad'}",
      "t",
    ),
  ).toMatchObject({
    resource: "all buckets",
    further: ["any {target.bucket.name = 'b', request.region = 'iad'}"],
  });
  expect(partsOf("nonsense", "t")).toMatchObject({ action: "nonsense", kind: "other" });
});

it("breaks labels and loses nothing of them", () => {
  const text = `OBJECT_CREATE, OBJECT_OVERWRITE ${"x".repeat(90)} a/b/c`;
  const lines = wrap(text, 320, 20);
  expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
  expect(Math.max(...lines.map((l) => l.length)) * 7.3).toBeLessThanOrEqual(320 - 20 - 14);
});

it.each([1, 100, 500])("places %i statements without overlap, in less than 1 MiB", async (count) => {
  const resources = Math.ceil(count / 4);
  const boxes: Box[] = Array.from({ length: count }, (_, i) => ({
    id: `s${i}`,
    column: 3,
    height: 30 + (i % 5) * 17,
    resource: `r${i % resources}`,
  }));
  for (let i = 0; i < resources; i++) boxes.push({ id: `r${i}`, column: 4, height: 40 + (i % 7) * 30 });
  boxes.push({ id: "g", column: 2, height: 50 });
  const { tops, height } = layout(boxes);
  for (const column of [3, 4]) {
    const there = boxes.filter((b) => b.column === column).sort((a, b) => tops.get(a.id)! - tops.get(b.id)!);
    for (const [i, box] of there.entries()) {
      const next = there[i + 1];
      if (next) expect(tops.get(box.id)! + box.height).toBeLessThan(tops.get(next.id)!);
      expect(tops.get(box.id)! + box.height).toBeLessThan(height);
    }
  }
  expect(Buffer.byteLength(await accessPage([large(count)]))).toBeLessThan(1024 * 1024);
});
