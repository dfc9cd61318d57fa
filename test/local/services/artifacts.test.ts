/** Container repositories, and tokens for the registry, through Oracle's own SDK. */
import { ArtifactsClient } from "oci-artifacts";
import { ContainerRegistryClient } from "oci-containerregistry";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WELL_KNOWN } from "../../../local/bootstrap.ts";
import type { LocalOci } from "../../../local/index.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { refusal, sdkClient } from "../../support/sdk.ts";

const compartmentId = WELL_KNOWN.compartments.app;
let oci: LocalOci;
let admin: ArtifactsClient;
let reader: ArtifactsClient;
let repositoryId: string;

const create = (displayName: string) =>
  admin.createContainerRepository({ createContainerRepositoryDetails: { compartmentId, displayName } });

beforeAll(async () => {
  oci = await startTestOci({
    settings: { transitionMs: 0 },
    deployerStatements: [
      "Allow group Deployers to {REPOSITORY_READ} in compartment app where target.repo.name = 'team/web'",
    ],
  });
  admin = sdkClient(oci, ArtifactsClient, "artifacts", oci.administrator);
  reader = sdkClient(oci, ArtifactsClient, "artifacts", oci.deployer);
  repositoryId = (await create("team/web")).containerRepository.id;
});
afterAll(() => oci.close());

test("a repository is there once by its name, and listed", async () => {
  expect(repositoryId).toMatch(/^ocid1\.containerrepo\./);
  expect((await refusal(create("team/web")))[0]).toBe(409);
  const { containerRepositoryCollection } = await admin.listContainerRepositories({
    compartmentId,
    displayName: "team/web",
  });
  expect(containerRepositoryCollection.items.map((r) => r.id)).toEqual([repositoryId]);
});

test("who may read one by its name reads that one, and lists none", async () => {
  const { containerRepository } = await reader.getContainerRepository({ repositoryId });
  expect(containerRepository).toMatchObject({
    displayName: "team/web",
    namespace: oci.cloud.tenancy.namespace,
    isPublic: false,
  });
  const other = (await create("team/other")).containerRepository.id;
  for (const work of [
    reader.getContainerRepository({ repositoryId: other }),
    reader.listContainerRepositories({ compartmentId }),
  ])
    expect((await refusal(work))[0]).toBe(404);
});

test("every principal is given a token for the scope that it asks for", async () => {
  const client = sdkClient(oci, ContainerRegistryClient, "containerregistry", oci.deployer);
  const scope = "repository:ns/team/web:pull";
  const { accessToken } = await client.getAccessToken({ scope });
  expect(accessToken).toMatchObject({ scope, expiresIn: 3600 });
  expect(accessToken.token).not.toBe((await client.getAccessToken({ scope })).accessToken.token);
});
