import { Button } from "@primer/react";
import { useState } from "react";
import { faultAt } from "../api/call.ts";
import { useChange, useGet } from "../api/queries.ts";
import type { Notifications } from "../api/types.ts";
import { Choice } from "../ui/choice.tsx";
import { Copyable } from "../ui/copy.tsx";
import { useFeedback } from "../ui/feedback.tsx";
import { Field } from "../ui/field.tsx";
import { Section } from "../ui/heading.tsx";
import { Loaded, Problem } from "../ui/loaded.tsx";
import { Notice } from "../ui/notice.tsx";
import { Radios } from "../ui/radios.tsx";

const WAYS: readonly (readonly [Notifications["by"], string, string])[] = [
  ["none", "No notifications", "The console and the API show everything."],
  [
    "issue",
    "An issue",
    "One issue in this repository is kept up to date. In a public repository everyone can read it.",
  ],
  ["webhook", "A webhook", "Signed HTTP requests to your address, as Standard Webhooks defines them."],
];

const FORMATS = [
  ["zekt", "As Standard Webhooks defines it"],
  ["cloudevents", "CloudEvents 1.0"],
] as const;

/** Chooses how a repository's people are notified of failed deliveries, paused connections and requests. */
export function NotificationSettings({ repositoryId }: { repositoryId: string }) {
  const path = `/repositories/${repositoryId}/notifications`;
  const settings = useGet<Notifications>(path);
  const { say } = useFeedback();
  // Outside of the form, which begins anew with what was saved: the secret comes with the answer alone.
  const save = useChange<Notifications>(() => say({ text: "Notifications are saved." }));
  return (
    <Section title="Notifications">
      <Loaded of={settings}>
        {(one) => <Form key={`${one.by} ${one.url} ${one.format}`} path={path} of={one} save={save} />}
      </Loaded>
    </Section>
  );
}

interface FormProps {
  path: string;
  of: Notifications;
  save: ReturnType<typeof useChange<Notifications>>;
}

function Form({ path, of, save }: FormProps) {
  const [by, setBy] = useState(of.by);
  const [url, setUrl] = useState(of.url ?? "");
  const [format, setFormat] = useState<string>(of.format ?? "zekt");
  return (
    <div className="card form">
      {of.problem && <Notice variant="warning" title={of.problem} />}
      {save.error && <Problem error={save.error} />}
      <Radios name="by" label="Notify by" value={by} options={WAYS} onChange={setBy} />
      {by === "webhook" && (
        <Field label="Address" value={url} error={faultAt(save.error, "/url")} onChange={setUrl} />
      )}
      {by === "webhook" && (
        <div className="form tight">
          <strong>Form</strong>
          <div>
            <Choice label="Form" value={format} options={FORMATS} onChange={setFormat} />
          </div>
        </div>
      )}
      {save.data?.secret && (
        <Notice
          variant="info"
          title="Copy the secret now: it is shown once."
          description={<Copyable text={save.data.secret} name="the secret" />}
        />
      )}
      <div>
        <Button
          variant="primary"
          loading={save.isPending}
          disabled={by === "webhook" && url.trim() === ""}
          onClick={() =>
            save.mutate({
              method: "PUT",
              path,
              body: by === "webhook" ? { by, url: url.trim(), format } : { by },
            })
          }
        >
          Save
        </Button>
      </div>
    </div>
  );
}
