/** The one form of date and time that Amazon States Language takes. */
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}[Tt]([01]\d|2[0-3]):\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})$/;

/** ISO-8601 extended date and time with an offset. */
export function isTimestamp(text: string): boolean {
  if (!TIMESTAMP.test(text) || Number.isNaN(Date.parse(text.toUpperCase()))) return false;
  // Date.parse takes 30 February for 1 March.
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return day.toISOString().slice(0, 10) === text.slice(0, 10);
}
