import { InvalidArgumentError } from 'commander';

/** Readers of flag values; what they throw is shown beside the flag. */

export function positiveInteger(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be an integer from 1.');
}

export function finiteNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('It must be a number.');
}

/** A column by its position, where the text is an integer, or else by its name. */
export function column(text: string): string | number {
  return /^-?\d+$/.test(text) ? Number(text) : text;
}

/** `28,28` or `28x28`. */
export function shape(text: string): number[] {
  return text.split(/[,x]/).map(positiveInteger);
}

/** Names with commas between, or the number of classes. */
export function classes(text: string): string[] {
  if (!/^[1-9]\d{0,4}$/.test(text)) return text.split(',').map((name) => name.trim());
  return Array.from({ length: Number(text) }, (_, position) => String(position));
}

export function collected(text: string, before: readonly string[]): string[] {
  return [...before, text];
}

export function label(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const [, name, value] = /^([a-z0-9][a-z0-9-]{0,62})=(.{0,200})$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It must be like room=kitchen.');
  return { ...before, [name]: value };
}
