/**
 * The table of bodies in OpenAI's form against the types of OpenAI's own client: every member of theirs stands in the
 * table, or is one that a grant must name; and the table has no others but those that stand here.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect } from "vitest";
import { bodyScopeOf } from "../../oci/operations/bodies.ts";
import type { Shape } from "../../oci/operations/body-shape.ts";
import { skipUnless } from "../support/skip.ts";

const ROOT = join(import.meta.dirname, "../..");
const TYPES = join(ROOT, ".keyless/openai/node_modules/openai/resources");
const { it } = skipUnless(existsSync(TYPES), "openai is not in .keyless/openai");

const checked = (file: string, name: string): { checker: ts.TypeChecker; type: ts.Type } => {
  const path = join(TYPES, file);
  const program = ts.createProgram([path], {
    ...{ strict: true, types: [], skipLibCheck: true },
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  });
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(path)!)!;
  const symbol = checker.getExportsOfModule(module).find((one) => one.name === name)!;
  return { checker, type: checker.getDeclaredTypeOfSymbol(symbol) };
};

/** Places where the table and the types differ: `+` for a member that only the types have, `-` for one that only the table has. */
const differences = (operation: string, file: string, name: string): string[] => {
  const { checker, type } = checked(file, name);
  const found: string[] = [];
  const objects = (of: ts.Type): ts.Type[] =>
    (of.isUnion() ? of.types : [of]).filter((one) => (one.flags & ts.TypeFlags.Object) !== 0);
  const elementsOf = (of: ts.Type): ts.Type[] =>
    objects(of).flatMap((one) =>
      checker.isArrayType(one) ? checker.getTypeArguments(one as ts.TypeReference) : [],
    );
  const member = (of: ts.Type, one: string): ts.Type | undefined => {
    const symbol = of.getProperty(one);
    return symbol && checker.getNonNullableType(checker.getTypeOfSymbol(symbol));
  };
  const literals = (of: ts.Type | undefined): string[] =>
    !of ? [] : (of.isUnion() ? of.types : [of]).flatMap((one) => (one.isStringLiteral() ? [one.value] : []));

  const compare = (shape: Shape, types: readonly ts.Type[], at: string): void => {
    if (typeof shape === "string" || "refused" in shape) return;
    const all = types.flatMap(objects).filter((one) => !checker.isArrayType(one));
    if ("each" in shape) compare(shape.each, types.flatMap(elementsOf), `${at}.*`);
    else if ("members" in shape) compareMembers(shape.members, all, at, shape.open === true);
    else compareKinds(shape, all, at);
  };
  const compareKinds = (shape: Extract<Shape, { by: string }>, all: readonly ts.Type[], at: string): void => {
    const kinds = new Map<string, ts.Type[]>();
    for (const one of all)
      for (const kind of literals(member(one, shape.by))) kinds.set(kind, [...(kinds.get(kind) ?? []), one]);
    for (const kind of kinds.keys()) if (!Object.hasOwn(shape.kinds, kind)) found.push(`+ ${at} ${kind}`);
    for (const [kind, inner] of Object.entries(shape.kinds)) {
      const of = kinds.get(kind);
      if (of) compare(inner, of, `${at}<${kind}>`);
      else if (all.length > 0) found.push(`- ${at} ${kind}`);
    }
  };
  const compareMembers = (
    members: Readonly<Record<string, Shape>>,
    all: readonly ts.Type[],
    at: string,
    open: boolean,
    elsewhere: readonly string[] = [],
  ): void => {
    const theirs = new Set(all.flatMap((one) => one.getProperties().map((p) => p.name)));
    for (const one of theirs)
      if (!Object.hasOwn(members, one) && !elsewhere.includes(one)) found.push(`+ ${at}.${one}`);
    for (const [one, inner] of Object.entries(members)) {
      if (theirs.has(one))
        compare(
          inner,
          all.flatMap((of) => member(of, one) ?? []),
          `${at}.${one}`,
        );
      else if (!open && all.length > 0) found.push(`- ${at}.${one}`);
    }
  };
  const scope = bodyScopeOf(operation)!;
  compareMembers(scope.shape!.members, [type], "body", false, Object.keys(scope.widens));
  return found.sort();
};

/** What clients write that the types of OpenAI's do not have, or leave open. */
const OURS = {
  chat: [
    // What models answered, sent again as it came (xAI, and others behind LiteLLM or the AI SDK).
    "- body.messages.*.annotations",
    "- body.messages.*.reasoning_content",
    "- body.messages.*.tool_calls.*<custom>.index",
    "- body.messages.*.tool_calls.*<function>.index",
    // `{ [key: string]: unknown }`
    "- body.tool_choice<allowed_tools>.allowed_tools.tools.* custom",
    "- body.tool_choice<allowed_tools>.allowed_tools.tools.* function",
  ],
  response: [
    "- body.tool_choice<allowed_tools>.tools.* custom",
    "- body.tool_choice<allowed_tools>.tools.* function",
  ],
};

/** Kinds that no grant of the kind `generativeai` lets through: what the service runs, and what came of it. */
const REFUSED_KINDS = {
  "body.input.*": [
    "additional_tools",
    ...["apply_patch_call", "apply_patch_call_output"],
    "code_interpreter_call",
    "compaction_trigger",
    ...["computer_call", "computer_call_output"],
    "file_search_call",
    "image_generation_call",
    ...["local_shell_call", "local_shell_call_output"],
    ...["mcp_approval_request", "mcp_approval_response", "mcp_call", "mcp_list_tools"],
    ...["program", "program_output"],
    ...["shell_call", "shell_call_output"],
    ...["tool_search_call", "tool_search_output"],
    "web_search_call",
  ],
  "body.input.*<message>.content.*<output_text>.annotations.*": [
    "container_file_citation",
    "file_citation",
    "file_path",
  ],
  "body.tool_choice": [
    "apply_patch",
    "code_interpreter",
    ...["computer", "computer_use", "computer_use_preview"],
    "file_search",
    "image_generation",
    "mcp",
    "programmatic_tool_calling",
    "shell",
    ...["web_search_preview", "web_search_preview_2025_03_11"],
  ],
  "body.tools.*": [
    "apply_patch",
    "code_interpreter",
    ...["computer", "computer_use_preview"],
    "file_search",
    "image_generation",
    "local_shell",
    "mcp",
    "namespace",
    "programmatic_tool_calling",
    "shell",
    "tool_search",
    ...["web_search", "web_search_2025_08_26", "web_search_preview", "web_search_preview_2025_03_11"],
  ],
};

it("the body of a chat completion", { timeout: 60_000 }, () => {
  const types = ["chat/completions/completions.d.ts", "ChatCompletionCreateParamsBase"] as const;
  expect(differences("generativeaiinference.CreateChatCompletion", ...types)).toEqual(OURS.chat);
});

it("the body of a response", { timeout: 60_000 }, () => {
  const types = ["responses/responses.d.ts", "ResponseCreateParamsBase"] as const;
  const refused = Object.entries(REFUSED_KINDS).flatMap(([at, kinds]) =>
    kinds.map((kind) => `+ ${at} ${kind}`),
  );
  expect(differences("generativeaiinference.CreateResponse", ...types)).toEqual([
    ...refused,
    ...OURS.response,
  ]);
});
