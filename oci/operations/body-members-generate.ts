/** The text of `body-members.data.json`: the members of each operation's body, from the SDK's declared models. @module */
import { readdirSync, readFileSync } from "node:fs";
import { sdkClients, sdkInstalled, sdkPackage, sdkServices } from "../sdk.ts";

/** A model: the names of its own members, and the model that it is a form of. */
interface BodyModel {
  members: string[];
  base: string | undefined;
}

const DATA = new URL("body-members.data.json", import.meta.url);
const INTERFACE = /export interface (\w+)(?: extends model\.(\w+))? \{([\s\S]*?)^\}/gm;
const MEMBER = /^ {4}"([^"]+)"\??:/gm;
const OPERATION = /const operationName = "(\w+)";([\s\S]*?)makeServiceCall\(/g;
const MODEL = /bodyContent: common\.ObjectSerializer\.serialize\([^,]+, "(\w+)", model\.\w+\.getJsonObj\)/;

const modelsOf = (service: string): Map<string, BodyModel> => {
  const folder = `${sdkPackage(service)}lib/model/`;
  const models = new Map<string, BodyModel>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".d.ts")))
    for (const [, name, base, text] of readFileSync(folder + file, "utf8").matchAll(INTERFACE))
      models.set(name!, { members: [...text!.matchAll(MEMBER)].map(([, member]) => member!), base });
  return models;
};

/** The members of a model, of what it is a form of, and of its forms. Sorted. */
const membersOf = (models: ReadonlyMap<string, BodyModel>, name: string): string[] => {
  const found = new Set<string>();
  for (let at: string | undefined = name; at !== undefined; at = models.get(at)?.base)
    for (const member of models.get(at)?.members ?? []) found.add(member);
  const addForms = (of: string): void => {
    for (const [form, { members, base }] of models)
      if (base === of) {
        for (const member of members) found.add(member);
        addForms(form);
      }
  };
  addForms(name);
  return [...found].sort();
};

const linesOf = (service: string): string[] => {
  const models = modelsOf(service);
  const lines = sdkClients(service).flatMap(({ source }) =>
    [...source.matchAll(OPERATION)].flatMap(([, name, text]) => {
      const model = MODEL.exec(text!)?.[1];
      const members = model === undefined ? [] : membersOf(models, model);
      return members.length > 0 ? [`${name![0]!.toUpperCase()}${name!.slice(1)}: ${members.join(" ")}`] : [];
    }),
  );
  return [...new Set(lines)].sort();
};

/** `body-members.data.json`. Without the SDK it stays as it is. */
export const bodyMembersFile = (): string => {
  if (!sdkInstalled()) return readFileSync(DATA, "utf8");
  const blocks = sdkServices().flatMap((service) => {
    const lines = linesOf(service);
    return lines.length > 0
      ? [`${JSON.stringify(service)}:[\n${lines.map((one) => JSON.stringify(one)).join(",\n")}\n]`]
      : [];
  });
  return `{\n${blocks.join(",\n")}\n}\n`;
};
