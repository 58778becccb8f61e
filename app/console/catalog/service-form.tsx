import { Checkbox, FormControl } from "@primer/react";
import { useState } from "react";
import { ApiError } from "../api/call.ts";
import { useChange } from "../api/queries.ts";
import type { Service } from "../api/types.ts";
import { ChoiceField, Field, listOf } from "../ui/field.tsx";
import { Problem } from "../ui/loaded.tsx";
import { Modal } from "../ui/modal.tsx";
import { type TypeDraft, TypesForm, typeDraftsOf, typesOf, wrongJson } from "./types-form.tsx";

const VISIBILITIES = [
  ["public", "Public: listed for everybody"],
  ["organization", "Organization: listed for repositories of the same owner"],
  ["private", "Private: this organization only, hidden from the directory"],
] as const;

const SECRETS = [
  ["refuse", "Refuse the message"],
  ["mask", "Mask the credential"],
  ["allow", "Accept it"],
] as const;

const SHIELD = [
  ["optional", "Accept it"],
  ["required", "Refuse it: messages have to be encrypted to their consumers"],
] as const;

interface Draft {
  slug: string;
  workflow: string;
  description: string;
  tags: string;
  alias: string;
  visibility: NonNullable<Service["visibility"]>;
  eventTypes: string;
  branches: string;
  conclusions: string;
  published: boolean;
  forks: boolean;
  providerReplay: boolean;
  secrets: NonNullable<Service["secrets"]>;
  shield: NonNullable<Service["shield"]>;
  types: TypeDraft[];
}

const draftOf = (service: Service | null): Draft => ({
  slug: service?.slug ?? "",
  workflow: service?.workflow ?? ".github/workflows/",
  description: service?.description ?? "",
  tags: (service?.tags ?? []).join(", "),
  alias: service?.alias ?? "",
  visibility: service?.visibility ?? "organization",
  eventTypes: (service?.eventTypes ?? []).join(", "),
  branches: (service?.branches ?? []).join(", "),
  conclusions: (service?.conclusions ?? []).join(", "),
  published: service?.published ?? true,
  forks: service?.forks ?? false,
  providerReplay: service?.providerReplay ?? false,
  secrets: service?.secrets ?? "refuse",
  shield: service?.shield ?? "optional",
  types: typeDraftsOf(service?.types ?? []),
});

const inputOf = (draft: Draft) => ({
  ...draft,
  alias: draft.alias.trim() === "" ? null : draft.alias,
  tags: listOf(draft.tags),
  eventTypes: listOf(draft.eventTypes),
  types: typesOf(draft.types),
  branches: listOf(draft.branches),
  conclusions: listOf(draft.conclusions),
});

/** Returns what somebody changed in the form. The rest is not sent: others may have changed it meanwhile. */
function changesOf(before: Draft, after: Draft): Partial<ReturnType<typeof inputOf>> {
  const was: Record<string, unknown> = inputOf(before);
  const isChanged = ([name, value]: [string, unknown]): boolean =>
    JSON.stringify(value) !== JSON.stringify(was[name]);
  return Object.fromEntries(Object.entries(inputOf(after)).filter(isChanged));
}

interface Props {
  repositoryId: string;
  service: Service | null;
  onClose(): void;
}

/** Makes or changes a service; what the API says of an input stands beside it. */
export function ServiceForm({ repositoryId, service, onClose }: Props) {
  const [opened] = useState(() => draftOf(service));
  const [draft, setDraft] = useState(opened);
  const save = useChange(onClose);
  const set = (change: Partial<Draft>): void => setDraft((before) => ({ ...before, ...change }));
  /** The first text that is no JSON, which is not sent at all. */
  const [unread, setUnread] = useState<ApiError | null>(null);
  const submit = (): void => {
    const fault = wrongJson(draft.types);
    setUnread(fault && new ApiError(0, fault.detail, [fault]));
    if (fault) return;
    if (service) {
      const body = changesOf(opened, draft);
      save.mutate({ method: "PATCH", path: `/services/${service.serviceId}`, body });
    } else {
      save.mutate({ method: "POST", path: `/repositories/${repositoryId}/services`, body: inputOf(draft) });
    }
  };
  const problem = unread ?? save.error;
  const errors = problem instanceof ApiError ? problem.errors : [];
  const wrong = (name: keyof Draft): string | undefined =>
    errors.find(({ pointer }) => pointer.split("/")[1] === name)?.detail;
  const text = (
    name: keyof Draft &
      ("slug" | "workflow" | "description" | "tags" | "alias" | "eventTypes" | "branches" | "conclusions"),
    label: string,
    caption?: string,
  ) => (
    <Field
      label={label}
      value={draft[name]}
      error={wrong(name)}
      {...(caption ? { caption } : {})}
      onChange={(value) => set({ [name]: value })}
    />
  );
  const flag = (name: "published" | "forks" | "providerReplay", label: string) => (
    <FormControl>
      <Checkbox checked={draft[name]} onChange={(event) => set({ [name]: event.target.checked })} />
      <FormControl.Label>{label}</FormControl.Label>
    </FormControl>
  );
  return (
    <Modal
      title={service ? `Service ${service.slug}` : "New service"}
      width="large"
      onClose={onClose}
      footerButtons={[
        { content: "Cancel", onClick: onClose },
        { content: "Save", buttonType: "primary", loading: save.isPending, onClick: submit },
      ]}
    >
      <div className="form">
        {problem && <Problem error={problem} />}
        {service === null &&
          text(
            "slug",
            "Name in addresses",
            "Lower-case letters, digits and hyphens; it cannot be changed later.",
          )}
        {text("workflow", "Workflow", "The path of a whitelisted workflow.")}
        {text("description", "Description")}
        {text("tags", "Tags", "Separated by commas.")}
        {text(
          "alias",
          "Shown as",
          "An alias that consumers see instead of owner and repository. Empty: none.",
        )}
        <ChoiceField
          label="Who sees it"
          value={draft.visibility}
          options={VISIBILITIES}
          onChange={(value) => set({ visibility: value as Draft["visibility"] })}
        />
        <ChoiceField
          label="If a message holds a credential"
          value={draft.secrets}
          options={SECRETS}
          onChange={(value) => set({ secrets: value as Draft["secrets"] })}
        />
        <ChoiceField
          label="If a message is plain text"
          value={draft.shield}
          options={SHIELD}
          onChange={(value) => set({ shield: value as Draft["shield"] })}
        />
        {text("eventTypes", "Event types to send", "Separated by commas. Empty: every type.")}
        {text("branches", "Branches", "Such as main, release/*, and v* for tags. Empty: every one.")}
        {text("conclusions", "Conclusions", "Such as success, failure. Empty: every conclusion.")}
        <TypesForm drafts={draft.types} errors={errors} onChange={(types) => set({ types })} />
        {flag("published", "Published")}
        {flag("forks", "Send events of forks' runs")}
        {flag("providerReplay", "The provider may replay, too")}
      </div>
    </Modal>
  );
}
