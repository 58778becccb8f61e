import { Button, Label } from "@primer/react";
import { useState } from "react";
import { call } from "../api/call.ts";
import type { Offer } from "../api/types.ts";
import { Code } from "../ui/code.tsx";
import { CopyButton } from "../ui/copy.tsx";
import { offer } from "../ui/export-list.tsx";
import { useFeedback } from "../ui/feedback.tsx";
import { Section } from "../ui/heading.tsx";

/** The event types that a service declares, and files that describe them. */
export function OfferTypes({ of }: { of: Offer }) {
  if (of.types.length === 0) return null;
  return (
    <Section title="Event types">
      <div className="bar">
        <Download
          label="AsyncAPI"
          path={`/directory/${of.serviceId}/asyncapi`}
          name={`${of.slug}.asyncapi.json`}
          textOf={(answer) => JSON.stringify(answer, null, 2)}
        />
        <Download
          label="TypeScript"
          path={`/directory/${of.serviceId}/typescript`}
          name={`${of.slug}.d.ts`}
          textOf={(answer) => (answer as { text: string }).text}
        />
      </div>
      {of.types.map(({ name, version, description, schema, example, mode }) => (
        <details className="card" key={name}>
          <summary>
            <strong>{name}</strong> <Label>{version}</Label>{" "}
            {mode === "warn" && <Label variant="attention">not enforced</Label>} {description}
          </summary>
          <Json
            title="Schema"
            value={schema}
            empty="A message may be anything."
            name={`the schema of ${name}`}
          />
          {example !== undefined && (
            <Json title="Example" value={example} empty="null" name={`the example of ${name}`} />
          )}
        </details>
      ))}
    </Section>
  );
}

function Json({ title, value, empty, name }: { title: string; value: unknown; empty: string; name: string }) {
  if (value === null || value === undefined)
    return (
      <div>
        {title}: <span className="muted">{empty}</span>
      </div>
    );
  const text = JSON.stringify(value, null, 2);
  return (
    <>
      <div className="spread">
        {title} <CopyButton text={text} name={name} />
      </div>
      <Code text={text} label={name} />
    </>
  );
}

interface DownloadProps {
  label: string;
  path: string;
  name: string;
  textOf(answer: unknown): string;
}

function Download({ label, path, name, textOf }: DownloadProps) {
  const { say } = useFeedback();
  const [isRunning, setRunning] = useState(false);
  const run = async (): Promise<void> => {
    setRunning(true);
    try {
      offer(name, "text/plain", textOf(await call("GET", path)));
    } catch (error) {
      say({ text: `The file could not be made: ${(error as Error).message}` });
    } finally {
      setRunning(false);
    }
  };
  return (
    <Button loading={isRunning} onClick={() => void run()}>
      {label}
    </Button>
  );
}
