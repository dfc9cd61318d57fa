/** Instances as the tenancy lists them. @module */
import type { Principal, Tenancy } from "../decide/types.ts";

/** An instance with the compartment and the tags that the tenancy lists, where it has none of its own. */
export const asListed = ({ instances = [] }: Tenancy, who: Principal): Principal => {
  if (who.type !== "instance") return who;
  const { compartment, tags } = instances.find(({ id }) => id.toLowerCase() === who.id.toLowerCase()) ?? {};
  return { ...(compartment !== undefined && { compartment }), ...(tags && { tags }), ...who };
};
