import { expect, it } from "vitest";
import { isForwarded } from "../../../document/rules/forwarded-headers.ts";

it("headers that go on are HTTP's own and Object Storage's of users' own, which have a name", () => {
  expect(["if-match", "range", "opc-meta-a"].map(isForwarded)).toEqual([true, true, true]);
  expect(["opc-meta-", "opc-meta", "x-if-match", "authorization"].map(isForwarded)).toEqual(
    Array(4).fill(false),
  );
});
