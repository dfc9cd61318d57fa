/** What runs in the page: filters, and walking through the picture. Without it the page is whole, and stands still. @module */
import { type Picture, pictureOf } from "./picture.ts";

const form = document.querySelector<HTMLFormElement>("form.filters")!;
const rows = [...document.querySelectorAll<HTMLElement>("[data-kind]")];
const pictures: Picture[] = [...document.querySelectorAll<HTMLElement>("section.stack")].map(pictureOf);

const value = (name: string): string => {
  const field = form.elements.namedItem(name);
  return field instanceof HTMLInputElement || field instanceof HTMLSelectElement ? field.value : "";
};

const shows = (row: HTMLElement): boolean => {
  const { kind = "", fate = "same" } = row.dataset;
  const text = (row.textContent ?? "").toLowerCase();
  const [words, wantedKind, wantedFate] = [value("text").toLowerCase(), value("kind"), value("fate")];
  return (
    words.split(/\s+/).every((word) => text.includes(word)) &&
    (wantedKind === "" || kind === wantedKind) &&
    (wantedFate === "" || fate === wantedFate || (wantedFate === "different" && fate !== "same"))
  );
};

const filter = (): void => {
  for (const row of rows) row.hidden = !shows(row);
  const counts = pictures.map((picture) => picture.filter());
  const [shown, all] = [0, 1].map((i) => counts.reduce((sum, pair) => sum + pair[i]!, 0));
  form.querySelector("output")!.value = shown === all ? "" : `${shown} of ${all} statements`;
};

form.hidden = false;
for (const hint of document.querySelectorAll<HTMLElement>(".hint")) hint.hidden = false;
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", filter);
// The fields have their old values until the event is over.
form.addEventListener("reset", () => setTimeout(filter));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const picture of pictures) picture.select(undefined);
});
