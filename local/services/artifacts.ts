/** Repositories of the Container Registry. They hold nothing: no image is pushed or pulled. @module */
import type { ArtifactsClient, models } from "oci-artifacts";
import { z } from "zod";
import { conflict } from "../errors.ts";
import { listReply } from "../list.ts";
import type { Handlers } from "../sdk.ts";
import type { Call, Service } from "../service.ts";
import { details, displayName, readBody, tagMembers } from "./support/body.ts";
import { compartmentTarget, find, listOf, type Owned, responseOf, targetOf } from "./support/resources.ts";
import { checkDefinedTags, tagMembersOf } from "./support/tags.ts";

const create = details<models.CreateContainerRepositoryDetails>()({
  ...tagMembers,
  compartmentId: z.string(),
  displayName,
  isPublic: z.boolean().optional(),
  isImmutable: z.boolean().optional(),
});

type OfRepository = Call<"repositoryId">;

const one = (call: OfRepository): Owned<"containerrepo"> =>
  find(call, "containerrepo", call.params["repositoryId"]);

/** The handlers of repositories. */
export const artifacts: Service = {
  name: "artifacts",
  handlers: {
    CreateContainerRepository: {
      target: (call) => {
        const { compartmentId, displayName: name } = readBody(call, create);
        return compartmentTarget(call, compartmentId, { variables: { "target.repo.name": name } });
      },
      run: (call) => {
        const { cloud, region, caller } = call;
        const body = readBody(call, create);
        checkDefinedTags(cloud, body.definedTags);
        // Unique in the tenancy, by Oracle's page "Creating a Repository". Text unverified.
        if (cloud.store.list("containerrepo", region).some((r) => r.model.displayName === body.displayName))
          throw conflict("NAMESPACE_CONFLICT", `the repository ${body.displayName} exists`);
        const id = cloud.store.newId("containerrepo", region);
        const made = cloud.store.add({
          id,
          type: "containerrepo",
          region,
          model: {
            isImmutable: false,
            isPublic: false,
            ...body,
            ...tagMembersOf(body),
            id,
            systemTags: {},
            namespace: cloud.tenancy.namespace,
            createdBy: "id" in caller ? caller.id : "",
            imageCount: 0,
            layerCount: 0,
            layersSizeInBytes: 0,
            billableSizeInGBs: 0,
            lifecycleState: "AVAILABLE",
            timeCreated: cloud.clock.iso(),
          },
        });
        return responseOf(made);
      },
    },
    GetContainerRepository: {
      target: (call) => {
        const repository = one(call);
        return targetOf(call, repository, {
          variables: { "target.repo.name": repository.model.displayName },
        });
      },
      run: (call) => responseOf(one(call)),
    },
    ListContainerRepositories: {
      target: (call) => compartmentTarget(call, call.query.get("compartmentId")),
      run: (call) => {
        const all = listOf(call, "containerrepo").map((r) => r.model);
        const { body = [], headers } = listReply(call, all, { filters: ["compartmentId", "displayName"] });
        const counts = { layerCount: 0, layersSizeInBytes: 0, imageCount: 0 };
        return {
          body: { ...counts, items: body, repositoryCount: body.length, remainingItemsCount: 0 },
          ...(headers && { headers }),
        };
      },
    },
  } satisfies Handlers<ArtifactsClient>,
};
