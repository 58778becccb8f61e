import { Modal } from "./modal.tsx";

/** Places that `g` and a letter lead to, by the letter. */
export type Places = Readonly<Record<string, readonly [to: string, name: string]>>;

/** Lists the keys of the whole console. It is loaded when it is asked for. */
export default function KeyboardHelp({ places, onClose }: { places: Places; onClose(): void }) {
  const keys: readonly (readonly [keys: string, name: string])[] = [
    ["/", "Search"],
    ["j", "Next row"],
    ["k", "Previous row"],
    ["Enter", "Open the row"],
    ...Object.entries(places).map(([key, [, name]]) => [`g ${key}`, name] as const),
    ["z", "Undo what was just done"],
    ["?", "This help"],
  ];
  return (
    <Modal title="Keyboard" onClose={onClose}>
      <dl className="keys">
        {keys.map(([pressed, name]) => (
          <div key={pressed} style={{ display: "contents" }}>
            <dt>
              <kbd>{pressed}</kbd>
            </dt>
            <dd>{name}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
