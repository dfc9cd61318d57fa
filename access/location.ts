/** Where a statement applies: the root compartment is spelled `tenancy`. */
export const inCompartment = (id: string): string =>
  id.startsWith("ocid1.tenancy.") ? "tenancy" : `compartment id ${id}`;
