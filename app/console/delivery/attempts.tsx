import { useState } from "react";
import { useGet } from "../api/queries.ts";
import type { Delivery, Exchange } from "../api/types.ts";
import { Code } from "../ui/code.tsx";
import { Copyable } from "../ui/copy.tsx";
import { JsonTree } from "../ui/json-tree.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { exact, exactDuration } from "../ui/times.ts";
import { answerWords, failureWords, outcomeWords } from "../ui/words.ts";
import { RunLink } from "./run-link.tsx";

type Attempt = Delivery["attempts"][number];

/** Each attempt of a delivery; its request and GitHub's answer are read when it is opened. */
export const Attempts = ({ of }: { of: Delivery }) => (
  <>
    {of.attempts.length === 0 && <div className="muted">Not dispatched yet.</div>}
    {of.attempts.map((attempt) => (
      <AttemptCard key={attempt.number} deliveryId={of.deliveryId} of={attempt} />
    ))}
  </>
);

function AttemptCard({ deliveryId, of }: { deliveryId: string; of: Attempt }) {
  const [isOpen, setOpen] = useState(false);
  const { number, startedAt, endedAt, outcome } = of;
  return (
    <details className="card" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <strong>
          Attempt {number}: {outcomeWords(outcome)}
          {of.possibleDuplicate && ", possibly a duplicate"}
        </strong>{" "}
        <span className="muted">
          {answerWords(of)} · {exact(startedAt)}
          {endedAt !== null && ` · ${exactDuration(Date.parse(endedAt) - Date.parse(startedAt))}`}
        </span>
      </summary>
      <div className="form inset">
        {of.failure && <div>{failureWords(of.failure)}</div>}
        {of.run && (
          <div>
            Started run <RunLink of={of.run} />
          </div>
        )}
        {isOpen && <ExchangeOf path={`/deliveries/${encodeURIComponent(deliveryId)}/attempts/${number}`} />}
      </div>
    </details>
  );
}

function ExchangeOf({ path }: { path: string }) {
  const exchange = useGet<Exchange>(path);
  return (
    <Loaded of={exchange}>
      {({ request, response }) => (
        <>
          <h3>Request</h3>
          {request === null ? (
            <div className="muted">Nothing was sent, or the payload is no longer kept.</div>
          ) : (
            <>
              <div>
                <Copyable text={`${request.method} ${request.url}`} name="the request line" />
              </div>
              <Headers of={request.headers} />
              <JsonTree text={JSON.stringify(request.body, null, 2)} name="request" size={request.size} />
            </>
          )}
          <h3>Response</h3>
          {response === null ? (
            <div className="muted">
              No answer is kept: none came, it is older than 90 days, or it is shown to the consumer only.
            </div>
          ) : (
            <>
              <div>Status {response.status ?? "none"}</div>
              <Headers of={response.headers} />
              {response.body === null ? (
                <div className="muted">No body</div>
              ) : (
                <Code text={response.body} label="The response's body" />
              )}
            </>
          )}
        </>
      )}
    </Loaded>
  );
}

const Headers = ({ of }: { of: Readonly<Record<string, string>> }) => (
  <dl className="headers mono">
    {Object.entries(of).map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);
