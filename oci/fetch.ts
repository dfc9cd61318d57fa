/**
 * Loads Node's own `fetch` before the package undici is loaded. Whichever of the two comes first provides the
 * dispatcher of both, and the package's refuses the Content-Length headers that Oracle's SDK gives to `fetch`.
 * Import this before undici.
 * @module
 */
void globalThis.Headers;
