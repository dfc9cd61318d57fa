/** Tag defaults and standard tags, through Oracle's SDK. */
import { VirtualNetworkClient } from "oci-core";
import { IdentityClient, type models } from "oci-identity";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiIdentity, WELL_KNOWN } from "../../../local/bootstrap.ts";
import type { LocalOci } from "../../../local/index.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { refusal, sdkClient } from "../../support/sdk.ts";

const { app, reports } = WELL_KNOWN.compartments;
const tenancy = WELL_KNOWN.tenancy;
let oci: LocalOci;
let identity: IdentityClient;
let namespace: models.TagNamespace;

const newTag = async (name: string, values?: string[]): Promise<string> => {
  const validator = values && { validatorType: "ENUM", values };
  const createTagDetails = { name, description: name, ...(validator && { validator: validator as never }) };
  return (await identity.createTag({ tagNamespaceId: namespace.id, createTagDetails })).tag.id;
};

const newDefault = async (
  compartmentId: string,
  tagDefinitionId: string,
  value: string,
  isRequired = false,
): Promise<models.TagDefault> =>
  (
    await identity.createTagDefault({
      createTagDefaultDetails: { compartmentId, tagDefinitionId, value, isRequired },
    })
  ).tagDefault;

const newVcn = async (
  compartmentId: string,
  definedTags?: Record<string, Record<string, string>>,
  as: ApiIdentity = oci.administrator,
) =>
  (
    await sdkClient(oci, VirtualNetworkClient, "core", as).createVcn({
      createVcnDetails: { compartmentId, cidrBlocks: ["10.0.0.0/16"], ...(definedTags && { definedTags }) },
    })
  ).vcn.definedTags;

const removeAll = async () => {
  for (const { id } of (await identity.listTagDefaults({ compartmentId: app })).items)
    await identity.deleteTagDefault({ tagDefaultId: id });
};

beforeAll(async () => {
  oci = await startTestOci({
    settings: { transitionMs: 0 },
    deployerStatements: ["Allow group Deployers to manage vcns in compartment app"],
  });
  identity = sdkClient(oci, IdentityClient, "identity");
  const createTagNamespaceDetails = { compartmentId: tenancy, name: "Ops", description: "ops" };
  namespace = (await identity.createTagNamespace({ createTagNamespaceDetails })).tagNamespace;
});
afterAll(() => oci.close());

describe("tag defaults", () => {
  test("are made, read, changed, deleted; a value is one of those that the key allows", async () => {
    const tag = await newTag("stage", ["dev", "prod"]);
    const made = await newDefault(app, tag, "dev");
    expect(made).toMatchObject({
      compartmentId: app,
      tagDefinitionId: tag,
      tagDefinitionName: "stage",
      tagNamespaceId: namespace.id,
      value: "dev",
      isRequired: false,
      lifecycleState: "ACTIVE",
    });
    const tagDefaultId = made.id;
    expect((await refusal(newDefault(app, tag, "prod")))[0]).toBe(409);
    expect((await refusal(newDefault(reports, tag, "test")))[2]).toContain("dev, prod");
    const change = (value: string) =>
      identity.updateTagDefault({ tagDefaultId, updateTagDefaultDetails: { value } });
    expect((await refusal(change("test")))[0]).toBe(400);
    expect((await change("prod")).tagDefault.value).toBe("prod");
    expect((await identity.getTagDefault({ tagDefaultId })).tagDefault.value).toBe("prod");
    expect((await identity.listTagDefaults({ tagDefinitionId: tag })).items).toHaveLength(1);
    await identity.deleteTagDefault({ tagDefaultId });
    expect((await refusal(identity.getTagDefault({ tagDefaultId })))[0]).toBe(404);
  });

  test("reach what is made in the compartment and below it; a given value and the nearest default come first", async () => {
    const owner = await newTag("owner");
    await newDefault(app, owner, "platform");
    expect(await newVcn(app)).toEqual({ Ops: { owner: "platform" } });
    expect(await newVcn(reports)).toEqual({ Ops: { owner: "platform" } });
    expect(await newVcn(WELL_KNOWN.compartments.network)).toEqual({});
    expect(await newVcn(app, { ops: { OWNER: "me" } })).toEqual({ ops: { OWNER: "me" } });
    const nearer = await newDefault(reports, owner, "reports");
    expect(await newVcn(reports)).toEqual({ Ops: { owner: "reports" } });
    await identity.deleteTagDefault({ tagDefaultId: nearer.id });
    // Whoever makes the resource need not be allowed to use the namespace.
    expect(await newVcn(app, undefined, oci.deployer)).toEqual({ Ops: { owner: "platform" } });
    await removeAll();
    expect(await newVcn(app)).toEqual({});
  });

  test("say who made a resource; one that is required must be given", async () => {
    const variable = (name: string) => `\${${name}}`;
    const value = `${variable("iam.principal.type")} ${variable("iam.principal.name")} ${variable("other")}`;
    await newDefault(app, await newTag("by"), value);
    expect(await newVcn(app)).toEqual({
      Ops: { by: `user administrator ${variable("other")}` },
    });
    await newDefault(app, await newTag("cost"), "", true);
    expect(await refusal(newVcn(app))).toEqual([
      400,
      "InvalidParameter",
      expect.stringContaining("Ops.cost"),
    ]);
    expect(await newVcn(app, { Ops: { cost: "1" } })).toMatchObject({ Ops: { cost: "1" } });
    await removeAll();
  });

  test("a retired key is given no longer; a deleted one takes its default with it", async () => {
    await newDefault(app, await newTag("old"), "x");
    const at = { tagNamespaceId: namespace.id, tagName: "old" };
    await identity.updateTag({ ...at, updateTagDetails: { isRetired: true } });
    expect(await newVcn(app)).toEqual({});
    await identity.deleteTag(at);
    expect((await identity.listTagDefaults({ compartmentId: app })).items).toEqual([]);
  });
});

test("standard tags are described and imported", async () => {
  const standardTagNamespaceName = "Oracle-Standard";
  const { items } = await identity.listStandardTagNamespaces({ compartmentId: tenancy });
  expect(items.map((t) => t.standardTagNamespaceName)).toContain(standardTagNamespaceName);
  const { standardTagNamespaceTemplate: template } = await identity.getStandardTagTemplate({
    compartmentId: tenancy,
    standardTagNamespaceName,
  });
  expect(template.tagDefinitionTemplates.map((t) => t.tagDefinitionName)).toEqual([
    "Criticality",
    "Environment",
  ]);
  const load = () =>
    identity.importStandardTags({
      importStandardTagsDetails: { compartmentId: tenancy, standardTagNamespaceName },
    });
  const { opcWorkRequestId } = await load();
  const work = await identity.getTaggingWorkRequest({ workRequestId: opcWorkRequestId });
  expect(work.taggingWorkRequest.status).toBe("SUCCEEDED");
  expect((await refusal(load()))[0]).toBe(409);
  const imported = { "Oracle-Standard": { Environment: "Dev" } };
  expect(await newVcn(app, imported)).toEqual(imported);
});
