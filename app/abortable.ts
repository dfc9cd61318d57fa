/** Waiting that a signal ends, for work that knows no signals. @module */

/** The outcome of a promise, or the reason of the first signal that is aborted before it is there. */
export const abortable = <T>(promise: Promise<T>, ...signals: AbortSignal[]): Promise<T> =>
  new Promise<T>((resolve, reject) => {
    const any = AbortSignal.any(signals);
    const leave = () => reject(any.reason as Error);
    if (any.aborted) leave();
    any.addEventListener("abort", leave, { once: true });
    promise.then(resolve, reject).finally(() => any.removeEventListener("abort", leave));
  });
