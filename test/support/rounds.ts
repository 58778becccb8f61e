/** The rounds in which a server was asked. */
export interface Rounds {
  count: number;
  /** Waits until all that is asked at the same time is there, so that it is answered all together. */
  turn(): Promise<void>;
}

/** Nothing more has come for so many milliseconds: the caller waits for an answer now. */
const QUIET = 30;

/** Counts the rounds in which a server is asked: what is asked at once is one, however many requests it is. */
export function startRounds(): Rounds {
  let waiting: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;
  const rounds: Rounds = {
    count: 0,
    turn: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        clearTimeout(timer);
        timer = setTimeout(() => {
          rounds.count += 1;
          for (const answer of waiting) answer();
          waiting = [];
        }, QUIET);
      }),
  };
  return rounds;
}
