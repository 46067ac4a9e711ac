/** Whether a name matches a pattern in which `*` stands for any characters and `?` for one. */
export function matchesGlob(name: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.split('?').map(escapeRegExp).join('.'));
  return new RegExp(`^${parts.join('.*?')}$`, 's').test(name);
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, String.raw`\$&`);
}
