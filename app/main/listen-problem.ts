/** The first port that any user may listen on. */
const FIRST_FREE = 1024;

/** The reasons that an address cannot be listened on, each with its remedy. */
const PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: "another process listens there. Stop that one, or set PORT to another port",
  EADDRNOTAVAIL: "this machine has no such address. Set HOST to one of its own, such as 127.0.0.1",
  ENOTFOUND: "there is no host of that name. Set HOST to an address of this machine, such as 127.0.0.1",
};

/**
 * Returns the reason that a port cannot be listened on, with its remedy; undefined for a code of another kind.
 *
 * Windows refuses by the same code as a port below 1024 one that it keeps for itself, of which Hyper-V takes many:
 * https://github.com/microsoft/WSL/issues/5514
 */
export function listenProblem(code: string, port: number): string | undefined {
  if (code !== "EACCES") return PROBLEMS[code];
  return port < FIRST_FREE
    ? "this user may not listen there. Set PORT to one above 1023"
    : "the system keeps that port. Set PORT to another; on Windows, netsh interface ipv4 show excludedportrange protocol=tcp lists those it keeps";
}
