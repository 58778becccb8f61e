/** A message as the queue schedules it; its body stays in SQLite. */
export interface Scheduled {
  id: number;
  group: string;
  /** Times it was received. */
  receipts: number;
}

/** Messages of a group that were taken before their places are freed. */
const COMPACT_AFTER = 1024;

/** Messages that are ready, of which each group has one turn after the other. */
export class Groups {
  /** In the order of their turns. */
  readonly #groups = new Map<string, { messages: Scheduled[]; next: number }>();
  size = 0;

  add(message: Scheduled): void {
    const group = this.#groups.get(message.group);
    if (group) group.messages.push(message);
    else this.#groups.set(message.group, { messages: [message], next: 0 });
    this.size++;
  }

  /** Removes and returns the first message of the group whose turn it is. */
  take(): Scheduled | undefined {
    const first = this.#groups.entries().next().value;
    if (!first) return undefined;
    const [name, group] = first;
    const message = group.messages[group.next++];
    this.#groups.delete(name);
    if (group.next < group.messages.length) {
      if (group.next >= COMPACT_AFTER) {
        group.messages.splice(0, group.next);
        group.next = 0;
      }
      this.#groups.set(name, group);
    }
    this.size--;
    return message;
  }
}
