import { Button } from "@primer/react";
import { useId, useState } from "react";
import { faultAt } from "../api/call.ts";
import { useAct, useChange, useList } from "../api/queries.ts";
import type { Repository, ShieldKey } from "../api/types.ts";
import { Copyable } from "../ui/copy.tsx";
import { useFeedback } from "../ui/feedback.tsx";
import { Section } from "../ui/heading.tsx";
import { Empty, Loading, Problem } from "../ui/loaded.tsx";
import { type Column, Rows } from "../ui/rows.tsx";
import { absolute } from "../ui/times.ts";

/** The public keys that messages to a repository are encrypted to. */
export function ShieldKeys({ of }: { of: Repository }) {
  const path = `/repositories/${of.repositoryId}/keys`;
  const keys = useList<ShieldKey>(path);
  const act = useAct();
  const { ask } = useFeedback();
  const canChange = of.right === "change";
  const remove = ({ kid, jwk }: ShieldKey): void =>
    ask({
      title: "Remove this key?",
      text: `New messages to ${of.fullName} are no longer encrypted to ${kid}. Without another key a provider's shielded messages fail to be sent.`,
      action: "Remove",
      danger: true,
      run: () => act({ method: "DELETE", path: `${path}/${encodeURIComponent(kid)}` }),
      done: "The key is removed.",
      undo: () => act({ method: "POST", path, body: { key: jwk } }),
    });
  const columns: Column<ShieldKey>[] = [
    { name: "Key", width: "minmax(0, 3fr)", cell: ({ kid }) => <Copyable text={kid} name="the key's id" /> },
    { name: "Curve", width: "6rem", cell: ({ jwk }) => jwk.crv },
    { name: "Registered", width: "10rem", cell: ({ addedAt }) => absolute(addedAt) },
    { name: "By", width: "8rem", cell: ({ addedBy }) => addedBy, minor: true },
    {
      name: "",
      width: "7rem",
      cell: (one) =>
        canChange && (
          <Button size="small" variant="danger" aria-label={`Remove ${one.kid}`} onClick={() => remove(one)}>
            Remove
          </Button>
        ),
    },
  ];
  return (
    <Section title="Keys">
      <div className="muted">
        A provider may shield its messages: they are encrypted to each of these public keys, and only runs of
        this repository that hold a private key can read them. To replace a key, register the new one, change
        the secret, and remove the old one.
      </div>
      {keys.error && <Problem error={keys.error} onRetry={() => keys.refetch()} />}
      {keys.isPending && <Loading />}
      {keys.data && keys.items.length === 0 && (
        <Empty title="No keys yet">Shielded messages cannot be sent to this repository.</Empty>
      )}
      {keys.items.length > 0 && (
        <Rows label="Keys" columns={columns} items={keys.items} keyOf={({ kid }) => kid} />
      )}
      {canChange && <AddKey path={path} repository={of.fullName} />}
    </Section>
  );
}

function AddKey({ path, repository }: { path: string; repository: string }) {
  const [key, setKey] = useState("");
  const id = useId();
  const { say } = useFeedback();
  const add = useChange<ShieldKey>(() => {
    setKey("");
    say({ text: "The key is registered." });
  });
  return (
    <div className="card form">
      <span>
        Make a pair on your own machine, so that its private key stays there:{" "}
        <Copyable text={`zekt keys ${repository} --generate shield-key.jwk`} name="the command" />
      </span>
      <label htmlFor={id}>Or register a public key: X25519 or P-256, as a JWK or PEM</label>
      <textarea
        id={id}
        className="area mono"
        rows={5}
        spellCheck={false}
        value={key}
        aria-invalid={faultAt(add.error, "/key") !== undefined}
        onChange={(event) => setKey(event.target.value)}
      />
      {add.error && <Problem error={add.error} />}
      <div>
        <Button
          variant="primary"
          loading={add.isPending}
          disabled={key.trim() === ""}
          onClick={() => add.mutate({ method: "POST", path, body: { key: key.trim() } })}
        >
          Register
        </Button>
      </div>
    </div>
  );
}
