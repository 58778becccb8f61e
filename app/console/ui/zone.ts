/** Returns the offset of the reader's clock from UTC at a moment: `UTC`, `UTC+1`, `UTC-3:30`. */
export function zone(at: string): string {
  const minutes = -new Date(at).getTimezoneOffset();
  const [hours, rest] = [Math.trunc(minutes / 60), Math.abs(minutes % 60)];
  if (minutes === 0) return "UTC";
  return `UTC${minutes < 0 ? "-" : "+"}${Math.abs(hours)}${rest > 0 ? `:${String(rest).padStart(2, "0")}` : ""}`;
}
