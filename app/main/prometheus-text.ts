/** A metric with all its samples, as Prometheus reads it. */
export interface Family {
  name: string;
  help: string;
  type: "counter" | "gauge" | "summary";
  samples: readonly Sample[];
}

interface Sample {
  labels?: Readonly<Record<string, string>>;
  value: number;
}

/** The type of {@link prometheusText}. */
export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

const escapeHelp = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
const escapeLabel = (text: string): string => escapeHelp(text).replaceAll('"', '\\"');

function lineOf(name: string, { labels = {}, value }: Sample): string {
  const named = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${named.length > 0 ? `{${named.join(",")}}` : ""} ${value}\n`;
}

/** Writes metrics as text. https://prometheus.io/docs/instrumenting/exposition_formats/ */
export const prometheusText = (families: readonly Family[]): string =>
  families
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, help, type, samples }) =>
      [
        `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`,
        ...samples.map((one) => lineOf(name, one)),
      ].join(""),
    )
    .join("");
