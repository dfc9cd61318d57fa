/** Causes of a run that is not good, beside those of its verdict. docs/errors.md is made from this. */
export const RUN_CAUSES = {
  "no-verdict": "The check said nothing within its deadline. The explanation says where it stopped.",
  altered:
    "The instance is not as the stack deployed it last: another document, another boot volume, or plugins of the agent that are on.",
  stale: "The check's last proof is too old: it does not run any more, or cannot write to the console.",
  interrupted: "A signal stopped the run; it was torn down all the same.",
  error: "Something failed before there was a verdict: the progress on standard error says what.",
  teardown: "The teardown failed, or left something that OCI does not keep by itself.",
} as const;

export type RunCause = keyof typeof RUN_CAUSES;
