/** Stacks whose pages the tests look at. @module */
import { accessChange } from "../../../commands/access/change.ts";
import { type ShownStack, shownStack } from "../../../commands/access/html/model.ts";
import { type AccessReport, accessReport } from "../../../commands/access/report.ts";
import { settingsIn } from "../../../commands/access/stack-file.ts";
import { BASE } from "../changes/pull-requests.ts";

const report = (text: string): AccessReport => accessReport(settingsIn("Pulumi.test.yaml", text));

/** The stack as it is. */
export const plain = (): ShownStack => shownStack(undefined, report(BASE));

/** A change: keys may be managed, one client comes and one goes. */
export const changed = (): ShownStack => {
  const after = report(
    BASE.replace("to use keys", "to manage keys").replace("      exporter:\n", "      importer:\n"),
  );
  return shownStack(report(BASE), after, accessChange(report(BASE), after));
};

/** Texts that would do something where they were taken for HTML, for a script or for a style. */
export const HOSTILE = [
  "<img src=x onerror=document.title='owned'>",
  "</script><script>document.title='owned'</script>",
  '" onfocus="document.title=1" autofocus x="',
  "</style><style>*{display:none}</style>",
  "a\u202Eb",
];

/** The stack with hostile texts wherever somebody else's text can stand. */
export const hostile = (): ShownStack => {
  const given = report(BASE);
  const evil = HOSTILE.join(" ");
  const text = `Allow dynamic-group id ${given.tenancy.dynamicGroups![0]!.id} to read buckets in tenancy where target.bucket.name = '${evil.replaceAll("'", "")}'`;
  return shownStack(undefined, {
    ...given,
    stack: evil,
    principals: [{ group: evil, rule: evil, selects: evil }],
    statements: [...given.statements, { attachedTo: evil, text, grant: evil }],
    clients: [{ name: evil, grants: [evil], allow: [{ operations: [evil], where: { [evil]: evil } }] }],
    findings: [{ ...given.findings[0]!, message: evil, where: evil }],
    probes: [{ says: evil, operation: evil, target: evil, expected: "refused", client: evil }],
    secret: evil,
  });
};

/** A stack with so many statements about fewer resources. */
export const large = (count: number): ShownStack => {
  const given = report(BASE);
  const [group] = given.tenancy.dynamicGroups!;
  const texts = Array.from(
    { length: count },
    (_, i) =>
      `Allow dynamic-group id ${group!.id} to {OBJECT_READ, OBJECT_INSPECT} in tenancy where all {target.bucket.name = 'bucket-${i % 150}', target.object.name = 'folder-${i}/*'}`,
  );
  const statements = texts.map((text, i) => ({
    attachedTo: given.tenancy.tenancy,
    text,
    grant: `${given.clients[i % 2]!.name}: bucket ${i}`,
  }));
  return shownStack(undefined, { ...given, statements });
};
