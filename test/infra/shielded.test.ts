/** An instance is shielded by its shape's platform: another one is refused before anything is made. */
import { expect, test, vi } from "vitest";
import { shieldedProblem } from "../../infra/shielded.ts";
import { localStack } from "../support/local-stack.ts";
import { minimal, only, results, runProgram } from "./support/run-program.ts";

vi.mock("../../infra/bundle.ts", () => ({
  buildBundle: async () => ({ path: "/x", content: "// app\n", sha256: "ab".repeat(32) }),
}));

const shape = (name: string, type?: string, secureBoot = true) => ({
  name,
  platformConfigOptions: type
    ? [{ type, secureBootOptions: [{ allowedValues: secureBoot ? [true, false] : [false] }] }]
    : [],
});
const shapes = [
  shape("VM.Standard.A1.Flex"),
  shape("VM.Standard.E5.Flex", "AMD_VM"),
  shape("VM.Standard.E5.Flex", "AMD_VM"),
  shape("VM.Standard3.Flex", "INTEL_VM"),
  shape("VM.Old", "INTEL_VM", false),
  shape("BM.Standard.E5.192", "GENERIC_BM"),
  shape("BM.Standard.E3.128", "AMD_ROME_BM"),
];

test.each([
  ["AMD_VM", "VM.Standard.E5.Flex", undefined],
  ["none", "VM.Standard.A1.Flex", undefined],
  ["GENERIC_BM", "BM.Standard.E5.192", undefined],
  ["AMD_VM", "VM.Not.Listed", undefined],
  ["AMD_VM", "VM.Standard.A1.Flex", "which has no secure boot; allowed: none, or another keyless:shape"],
  ["INTEL_VM", "VM.Old", "which has no secure boot; allowed: none, or another keyless:shape"],
  [
    "AMD_VM",
    "VM.Standard3.Flex",
    "whose platform is INTEL_VM; allowed: INTEL_VM or none, or another keyless:shape",
  ],
  [
    "GENERIC_BM",
    "BM.Standard.E3.128",
    "whose platform is AMD_ROME_BM; allowed: none, or another keyless:shape",
  ],
] as const)("%s with %s: %s", (shielded, name, problem) => {
  const found = `found ${shielded} with shape ${name}, `;
  expect(shieldedProblem({ shielded, shape: name }, shapes)).toBe(problem && found + problem);
});

const shieldedRun = (shielded: string, name: string) =>
  runProgram(
    { ...minimal, "keyless:shielded": shielded, "keyless:shape": name },
    { results: { ...results, getShapes: () => ({ shapes }) } },
  );

test.each([
  [
    "AMD_VM",
    "VM.Standard3.Flex",
    /keyless:shielded: found AMD_VM with shape VM\.Standard3\.Flex, whose platform is INTEL_VM/,
  ],
  [
    "AMD_VM",
    "BM.Standard.E5.192",
    /keyless:shielded: found AMD_VM beside keyless:shape BM\.Standard\.E5\.192; allowed: GENERIC_BM or none/,
  ],
  ["GENERIC_BM", "VM.Standard.E5.Flex", /allowed: AMD_VM, INTEL_VM or none/],
])("the program refuses %s with %s", async (shielded, name, message) => {
  await expect(shieldedRun(shielded, name)).rejects.toThrow(message);
});

test("the local OCI's shapes have their platforms, as the provider shows them", async () => {
  const { local, engine } = await localStack();
  const settings = { "keyless:shielded": "AMD_VM", "keyless:shape": "VM.Standard3.Flex" };
  await expect(engine(settings).up()).rejects.toThrow(
    /whose platform is INTEL_VM; allowed: INTEL_VM or none/,
  );
  await local.close();
});

test("bare metal has no measured boot", async () => {
  const run = await shieldedRun("GENERIC_BM", "BM.Standard.E5.192");
  expect(only(run, "Instance").inputs["platformConfig"]).toEqual({
    type: "GENERIC_BM",
    isSecureBootEnabled: true,
    isMeasuredBootEnabled: false,
    isTrustedPlatformModuleEnabled: true,
  });
});
