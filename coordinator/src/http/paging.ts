/** One page of a list that is in memory as a whole, after the item with the id `after`. */
export function pageOf<Item>(
  items: readonly Item[],
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
  idOf: (item: Item) => string,
): { items: Item[]; next?: string } {
  const start = after === undefined ? 0 : items.findIndex((item) => idOf(item) === after) + 1;
  return pageFrom(items.slice(start, start + limit + 1), limit, idOf);
}

/** The page of which one item more than the limit was asked for: whether it came says whether there is a next one. */
export function pageFrom<Item>(
  found: readonly Item[],
  limit: number,
  idOf: (item: Item) => string,
): { items: Item[]; next?: string } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return found.length > limit && last !== undefined ? { items, next: idOf(last) } : { items };
}
