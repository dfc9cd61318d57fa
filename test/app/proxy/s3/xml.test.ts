/** Documents that clients send: read as they mean, and refused before they cost time or memory. */
import { describe, expect, it } from "vitest";
import { childText, readXml } from "../../../../app/proxy/s3/xml.ts";

const MOST_MS = 1000;
const MIB = 1024 * 1024;
const filled = (piece: string): string => piece.repeat(Math.floor((8 * MIB) / piece.length));

describe("a document is refused soon", () => {
  const deep = `${"<a>".repeat(30_000)}${"</a>".repeat(30_000)}`;
  it.each([
    ["tags that never end", filled("<a")],
    ["elements beside one another", `<Delete>${filled("<a/>")}</Delete>`],
    ["elements in one another", `<Delete>${deep}</Delete>`],
    [
      "elements in one another, behind ends in text",
      `<Delete><![CDATA[${"</a>".repeat(30_000)}]]>${deep}</Delete>`,
    ],
    [
      "elements in one another, behind ends in an attribute",
      `<Delete b="${"></a".repeat(9)}">${deep}</Delete>`,
    ],
    ["attributes", `<Delete ${Array.from({ length: 500_000 }, (_, i) => `a${i}=""`).join(" ")}/>`],
    ["an attribute that never ends", `<Delete a="${filled("x")}`],
    ["references", `<Delete>${filled("&amp;")}</Delete>`],
    ["comments", `<Delete>${filled("<!---->")}</Delete>`],
    ["a comment that never ends", `<Delete><!--${filled("<!-")}`],
    ["instructions", `<Delete>${filled("<?a?>")}</Delete>`],
    ["a document type", "<!DOCTYPE a [<!ENTITY b 'c'>]><Delete/>"],
  ])("for its %s", (_, text) => {
    const body = Buffer.from(text);
    const startMs = performance.now();
    expect(() => readXml(body, "Delete")).toThrow(/^the body is no Delete: /);
    expect(performance.now() - startMs).toBeLessThan(MOST_MS);
  });
});

it("a thousand of the longest names, and ten thousand parts, are read", () => {
  const key = `${"&quot;".repeat(90)}${"x".repeat(934)}`;
  const object = `<Object xmlns:a="b"><Key>${key}</Key><VersionId/><ETag>e</ETag><Size>1</Size></Object>`;
  const named = readXml(Buffer.from(`<Delete>${object.repeat(1000)}<Quiet>true</Quiet></Delete>`), "Delete");
  expect(childText(named.children[999]!, "Key")).toBe(`${'"'.repeat(90)}${"x".repeat(934)}`);
  const part =
    "<Part><PartNumber>1</PartNumber><ETag>&quot;e&quot;</ETag><ChecksumSHA256>a</ChecksumSHA256></Part>";
  const root = "CompleteMultipartUpload";
  expect(readXml(Buffer.from(`<${root}>${part.repeat(10_000)}</${root}>`), root).children).toHaveLength(
    10_000,
  );
});
