/** Returns an item without what only its table and indexes need. */
export const plain = <T extends object>(item: T): T =>
  Object.fromEntries(
    Object.entries(item).filter(([name]) => !/^(?:pk|sk|dueShard|expiresAt|.+[PS]k)$/.test(name)),
  ) as T;
