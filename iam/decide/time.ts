/**
 * Times as conditions write them (Oracle, "Restricting Access to Resources Based on Time Frame"): date and time
 * with seconds or minutes, a date alone (`2020-04-01Z`), a time of day with or without `Z`. All UTC.
 * @module
 */

const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?(Z|[+-]\d{2}:?\d{2})?$/i;
const TIME_OF_DAY = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?Z?$/i;

/** Milliseconds since 1970 of a date or a date with a time; undefined when the text is neither. */
export const parseInstant = (text: string): number | undefined => {
  const match = INSTANT.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "0", zone = "Z"] = match;
  const midnight = Date.UTC(Number(year), Number(month) - 1, Number(day));
  // Date.UTC takes 31 February for 3 March.
  if (
    new Date(midnight).getUTCDate() !== Number(day) ||
    new Date(midnight).getUTCMonth() !== Number(month) - 1
  ) {
    return undefined;
  }
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const offset = /^z$/i.test(zone)
    ? 0
    : Number(`${zone[0]}1`) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2)));
  const milliseconds = Math.floor(Number(`0.${fraction}`) * 1000);
  return (
    midnight + ((Number(hour) * 60 + Number(minute) - offset) * 60 + Number(second)) * 1000 + milliseconds
  );
};

/** True when a text is a date, or a date with a time, as requests and conditions write them. */
export const isInstant = (text: string): boolean => parseInstant(text) !== undefined;

/** Seconds since midnight of a time of day; undefined when the text is none. */
export const parseTimeOfDay = (text: string): number | undefined => {
  const match = TIME_OF_DAY.exec(text);
  if (!match) return undefined;
  const [, hour, minute, second = "0"] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  return (Number(hour) * 60 + Number(minute)) * 60 + Number(second);
};

const DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/** The value of `request.utc-timestamp` (part "") or of one of its parts, in lower case. */
export const timeVariable = (part: string, at: number): string | undefined => {
  const date = new Date(at);
  switch (part) {
    case "":
      return date.toISOString().toLowerCase();
    case ".month-of-year":
      return String(date.getUTCMonth() + 1);
    case ".day-of-month":
      return String(date.getUTCDate());
    case ".day-of-week":
      return DAYS[date.getUTCDay()];
    case ".time-of-day":
      return `${date.toISOString().slice(11, 19)}z`;
    default:
      return undefined;
  }
};
