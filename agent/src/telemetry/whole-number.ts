/** What a file of the kernel holds that tells one whole number; undefined for anything else. */
export function wholeNumber(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? '';
  return /^-?\d{1,15}$/.test(trimmed) ? Number(trimmed) : undefined;
}
