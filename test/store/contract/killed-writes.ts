/**
 * The writes of a program that is killed at one of them, up to what it sends to a queue. It has a `table`, a `queue`,
 * and names its items by `key` and `item`; it says what is stored by `say`.
 */
export const KILLED_WRITES = `
  await table.put(item("a"));
  say("put");
  await Promise.all([table.putAll([item("b"), item("c")]), table.update(key("a"), { state: "moved", createdAt: "z" })]);
  say("many");
  for (const sum of [1, 2]) say("sum " + (await table.add(key("count"), "n", 1, 4e9)));
  await table.delete(key("b"));
  say("delete");
  await queue.send([{ body: "1", group: "g" }, { body: "2", group: "g" }]);
  say("send");
`;
