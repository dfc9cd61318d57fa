/** The ways in which the program can be configured, combined in pairs. @module */

/** One way. */
export interface Configuration {
  /** What exists already: nothing; subnet, security group, vault and key; or secret and decoy with them. */
  pieces: "new" | "vault" | "secret";
  selection: "instance" | "tag" | "compartment";
  /** Deployed from the home region; from another one that finds the home region; or is told it. */
  region: "home" | "outside, found" | "outside, set";
  ephemeral: boolean;
  credentials: "environment" | "configuration";
  compartments: "one" | "three";
  /** Beside what is paired. */
  also?: "dynamic group exists" | "tag namespace exists";
}

const way = (
  pieces: Configuration["pieces"],
  selection: Configuration["selection"],
  region: Configuration["region"],
  ephemeral: boolean,
  credentials: Configuration["credentials"],
  compartments: Configuration["compartments"],
  also?: Configuration["also"],
): Configuration => ({
  pieces,
  selection,
  region,
  ephemeral,
  credentials,
  compartments,
  ...(also && { also }),
});

/** Nine ways in which every two of the choices meet. */
export const ways: readonly Configuration[] = [
  way("new", "instance", "home", false, "environment", "one"),
  way("new", "tag", "outside, found", false, "configuration", "three"),
  way("new", "compartment", "outside, set", false, "environment", "three"),
  way("vault", "instance", "outside, found", true, "environment", "three"),
  way("vault", "tag", "outside, set", false, "configuration", "one"),
  way("vault", "compartment", "home", true, "configuration", "three"),
  way("secret", "instance", "outside, set", true, "configuration", "one"),
  way("secret", "tag", "home", true, "environment", "three", "tag namespace exists"),
  way("secret", "compartment", "outside, found", false, "environment", "one", "dynamic group exists"),
];

const PAIRED = ["pieces", "selection", "region", "ephemeral", "credentials", "compartments"] as const;

/** Pairs of choices that could meet. An ephemeral stack takes an existing vault, by a rule of the settings. */
export const pairs = (list: readonly Configuration[]): { all: string[]; met: string[] } => {
  const choices = PAIRED.flatMap((name) => [...new Set(list.map((w) => w[name]))].map((v) => `${name} ${v}`));
  const all = choices.flatMap((a, i) =>
    choices
      .slice(i + 1)
      .filter((b) => a.split(" ")[0] !== b.split(" ")[0])
      .map((b) => `${a}, ${b}`),
  );
  const met = all.filter((pair) =>
    list.some((w) => pair.split(/, (?=[a-z]+ )/).every((c) => PAIRED.some((n) => c === `${n} ${w[n]}`))),
  );
  return { all: all.filter((p) => p !== "pieces new, ephemeral true"), met };
};

/** One line for people. */
export const words = (w: Configuration): string =>
  [
    w.pieces === "new" ? "all new" : w.pieces === "vault" ? "vault and subnet exist" : "secrets exist",
    `selected by ${w.selection}`,
    w.region,
    ...(w.ephemeral ? ["ephemeral"] : []),
    `credentials in the ${w.credentials}`,
    `${w.compartments} compartment${w.compartments === "one" ? "" : "s"}`,
    ...(w.also ? [w.also] : []),
  ].join("; ");
