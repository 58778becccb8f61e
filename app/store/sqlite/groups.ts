/** A message as the queue schedules it; its body stays in SQLite. */
export interface Scheduled {
  id: number;
  group: string;
  /** Times it was received. */
  receipts: number;
}

/** Messages of a group that were taken before their places are freed. */
const COMPACT_AFTER = 1024;

/** The messages of one group: those that are ready, from `next` on, and how many are at work. */
interface Group {
  messages: Scheduled[];
  next: number;
  working: number;
}

/**
 * Messages that are ready, of which each group has one turn after the other. Of one group only so many are at work at
 * once; the rest keep their places until some of those are done.
 */
export class Groups {
  readonly #mostAtWork: number;
  readonly #all = new Map<string, Group>();
  /** Those that have a message to give, in the order of their turns. */
  readonly #turns = new Set<string>();
  /** The messages that are ready, whether or not their group may give one now. */
  size = 0;

  constructor(mostAtWork: number) {
    this.#mostAtWork = mostAtWork;
  }

  /** Adds a message that is ready. */
  add(message: Scheduled): void {
    const group = this.#all.get(message.group) ?? { messages: [], next: 0, working: 0 };
    this.#all.set(message.group, group);
    group.messages.push(message);
    this.size++;
    this.#giveTurn(message.group, group);
  }

  /** Removes and returns the first message of the group whose turn it is. It is at work until it is done. */
  take(): Scheduled | undefined {
    const [name] = this.#turns;
    if (name === undefined) return undefined;
    const group = this.#all.get(name) as Group;
    const message = group.messages[group.next++] as Scheduled;
    group.working++;
    this.size--;
    if (group.next >= COMPACT_AFTER || group.next === group.messages.length) {
      group.messages.splice(0, group.next);
      group.next = 0;
    }
    this.#turns.delete(name);
    this.#giveTurn(name, group);
    return message;
  }

  /** Ends the work on a message that was taken. */
  done({ group: name }: Scheduled): void {
    const group = this.#all.get(name) as Group;
    group.working--;
    this.#giveTurn(name, group);
    if (group.working === 0 && group.messages.length === 0) this.#all.delete(name);
  }

  #giveTurn(name: string, group: Group): void {
    if (group.next < group.messages.length && group.working < this.#mostAtWork) this.#turns.add(name);
  }
}
