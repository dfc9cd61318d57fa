/** The reviewer's page in a real Chromium: keyboard, accessibility, policy, speed. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import { accessPage } from "../../commands/access/html/page.ts";
import { skipUnless } from "../support/skip.ts";
import { changed, hostile, large, plain } from "./page/stacks.ts";

const CHROMIUM = "/usr/bin/chromium";
const { describe, it } = skipUnless(existsSync(CHROMIUM), `${CHROMIUM} is not there`);

describe("the page in Chromium", () => {
  const folder = mkdtempSync(join(tmpdir(), "keyless-page-"));
  let browser: Browser;
  /** What the page did that it must not. */
  let amiss: string[] = [];

  const opened = async (html: string, options: Parameters<Browser["newPage"]>[0] = {}): Promise<Page> => {
    const file = join(folder, "page.html");
    writeFileSync(file, html);
    const page = await browser.newPage(options);
    const url = pathToFileURL(file).href;
    page.on("console", (message) => amiss.push(message.text()));
    page.on("pageerror", (error) => amiss.push(error.message));
    page.on("request", (request) => {
      if (request.url() !== url) amiss.push(request.url());
    });
    await page.addInitScript(
      "addEventListener('securitypolicyviolation', (e) => console.log('violates ' + e.violatedDirective))",
    );
    await page.goto(url);
    return page;
  };

  const none = (): void => {
    expect(amiss).toEqual([]);
    amiss = [];
  };

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("is walked with the keyboard alone", { timeout: 60_000 }, async () => {
    const page = await opened(await accessPage([changed()], "main"), { reducedMotion: "reduce" });
    const active = (): Promise<string> =>
      page.evaluate("document.activeElement.dataset.node ?? document.activeElement.name ?? ''");
    const press = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    await press("Tab");
    expect(await active()).toBe("text");
    await page.keyboard.type("no such thing");
    expect(await page.locator("output").innerText()).toMatch(/^0 of \d+ statements$/);
    await press("Tab", "Tab", "Tab", "Enter");
    expect(await page.locator("output").innerText()).toBe("");
    await press("Tab");
    while ((await active()) !== "instance") await press("Tab");
    await press("ArrowRight", "Home", "ArrowDown");
    expect(await active()).toBe("client agent");
    const outline = "getComputedStyle(document.activeElement.querySelector('rect')).strokeWidth";
    expect(await page.evaluate(outline)).toBe("4px");
    await press("Enter");
    expect(await page.locator("svg .node.related").count()).toBeGreaterThan(3);
    expect(await page.locator(".panel").innerText()).toContain("Client of the proxy: ");
    await press("ArrowRight", "ArrowRight");
    expect(await active()).toMatch(/^s\d+$/);
    await press("Space");
    expect(await page.locator(".panel").innerText()).toMatch(/Statement: .*Allow dynamic-group/);
    await press("Escape");
    expect(await page.locator("svg .related").count()).toBe(0);
    await page.selectOption("select[name=fate]", "gained");
    expect(await page.locator("output").innerText()).toMatch(/^1 of \d+ statements$/);
    none();
    await page.close();
  });

  for (const colorScheme of ["light", "dark"] as const)
    it(`has no finding of axe-core, ${colorScheme}`, { timeout: 60_000 }, async () => {
      const page = await opened(await accessPage([changed(), { ...plain(), stack: "other" }], "main"), {
        colorScheme,
      });
      await page.evaluate(axe.source);
      const found = (await page.evaluate(
        "axe.run().then(({ violations }) => violations.map((v) => v.id + ' ' + v.nodes.map((n) => n.target + ' ' + n.failureSummary).join('; ')))",
      )) as string[];
      expect(found).toEqual([]);
      none();
      await page.close();
    });

  it("shows hostile texts as texts", { timeout: 60_000 }, async () => {
    const page = await opened(await accessPage([hostile()], "<img src=x onerror=alert(1)>"));
    expect(await page.locator("img, body script ~ script, main style").count()).toBe(0);
    expect(await page.title()).toContain("<img src=x onerror");
    none();
    await page.close();
  });

  it("draws 500 statements in time, keeps labels in their boxes, and prints all", {
    timeout: 90_000,
  }, async () => {
    const page = await opened(await accessPage([large(500)]));
    // To the first frame after everything is there: parsing, the script, layout and painting.
    const ms = (await page.evaluate(
      "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.getEntriesByType('navigation')[0].loadEventEnd))))",
    )) as number;
    console.log(`500 statements: loaded and laid out after ${Math.round(ms)} ms`);
    expect(ms).toBeLessThan(8_000);
    const outside = `[...document.querySelectorAll("svg .node")].filter((node) => {
      const [box, text] = [node.querySelector("rect"), node.querySelector("text:last-child")].map((e) => e.getBBox());
      return text.x < box.x || text.y < box.y || text.x + text.width > box.x + box.width || text.y + text.height > box.y + box.height;
    }).map((node) => node.dataset.node)`;
    expect(await page.evaluate(outside)).toEqual([]);
    await page.fill("input[name=text]", "bucket-7 folder-7/");
    expect(await page.locator("output").innerText()).toBe("1 of 500 statements");
    expect(await page.locator("svg .node:visible").count()).toBeLessThan(6);
    await page.click("button[type=reset]");
    await page.emulateMedia({ media: "print" });
    expect(await page.locator("form.filters").isVisible()).toBe(false);
    expect(await page.evaluate("getComputedStyle(document.querySelector('.canvas')).overflow")).toBe(
      "visible",
    );
    none();
    await page.close();
  });
});
