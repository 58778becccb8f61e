import { Button } from "@primer/react";
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
import { useEdits } from "../ui/use-edits.ts";

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

/** The choice as its form has it. */
interface Wanted {
  by: Notifications["by"];
  url: string;
  format: string;
}

const wantedOf = ({ by, url, format }: Notifications): Wanted => ({
  by,
  url: url ?? "",
  format: format ?? "zekt",
});

/** Chooses how a repository's people are notified of failed deliveries, paused connections and requests. */
export function NotificationSettings({ repositoryId }: { repositoryId: string }) {
  const path = `/repositories/${repositoryId}/notifications`;
  const settings = useGet<Notifications>(path);
  const { say } = useFeedback();
  const save = useChange<Notifications>(() => say({ text: "Notifications are saved." }));
  const put = async (one: Notifications, changes: Partial<Wanted>): Promise<void> => {
    // A PUT names the whole choice: what was not changed here is as others left it by now.
    const { data: now = one } = await settings.refetch();
    const { by, url, format } = { ...wantedOf(now), ...changes };
    save.mutate({
      method: "PUT",
      path,
      body: by === "webhook" ? { by, url, format } : { by },
    });
  };
  return (
    <Section title="Notifications">
      <Loaded of={settings}>
        {(one) => <Form of={one} save={save} onSave={(changes) => void put(one, changes)} />}
      </Loaded>
    </Section>
  );
}

interface FormProps {
  of: Notifications;
  save: ReturnType<typeof useChange<Notifications>>;
  onSave(changes: Partial<Wanted>): void;
}

function Form({ of, save, onSave }: FormProps) {
  const { draft, changes, edit } = useEdits(wantedOf(of));
  const { by, url, format } = draft;
  return (
    <div className="card form">
      {of.problem && <Notice variant="warning" title={of.problem} />}
      {save.error && <Problem error={save.error} />}
      <Radios
        name="by"
        label="Notify by"
        value={by}
        options={WAYS}
        onChange={(value) => edit({ by: value })}
      />
      {by === "webhook" && (
        <Field
          label="Address"
          value={url}
          error={faultAt(save.error, "/url")}
          onChange={(value) => edit({ url: value.trim() })}
        />
      )}
      {by === "webhook" && (
        <div className="form tight">
          <strong>Form</strong>
          <div>
            <Choice
              label="Form"
              value={format}
              options={FORMATS}
              onChange={(value) => edit({ format: value })}
            />
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
          disabled={by === "webhook" && url === ""}
          onClick={() => onSave(changes)}
        >
          Save
        </Button>
      </div>
    </div>
  );
}
