/**
 * The compiler draws its messages over several lines, with the place on the last: made one line each, with the place
 * first, as editors and people know it. Text of another form is kept as it is.
 */
export function oneLineMessages(text: string): string {
  const messages = text
    .split(/^(?=(?:ERROR|WARNING|PEDANTIC|INFO)\b)/m)
    .map((message) => message.trim())
    .filter((message) => message !== '')
    .map(oneLine);
  return messages.join('\n');
}

function oneLine(message: string): string {
  const [, level = '', code = '', words = message] = /^(\w+) (?:(\w+\d+): )?(.*)/.exec(message) ?? [];
  const [, file, line, column] = /\bin (\S+)\((\d+),(\d+)\)/.exec(message) ?? [];
  if (file === undefined) return message;
  return `${file}:${line}:${column}: ${level.toLowerCase()} ${code}: ${words}`;
}
