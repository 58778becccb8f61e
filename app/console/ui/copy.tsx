import { CheckIcon, CopyIcon } from "@primer/octicons-react";
import { IconButton } from "@primer/react";
import { useEffect, useState } from "react";
import { copyText } from "./copy-text.ts";

const LABELS = { copied: "Copied", refused: "The browser does not let this page copy" };

/** A button that copies a text, and says for a moment whether it did. */
export function CopyButton({ text, name }: { text: string; name: string }) {
  const [end, setEnd] = useState<keyof typeof LABELS | null>(null);
  useEffect(() => {
    if (!end) return;
    const timer = setTimeout(() => setEnd(null), 2_000);
    return () => clearTimeout(timer);
  }, [end]);
  return (
    <IconButton
      size="small"
      variant="invisible"
      icon={end === "copied" ? CheckIcon : CopyIcon}
      aria-label={end ? LABELS[end] : `Copy ${name}`}
      onClick={({ currentTarget }) =>
        void copyText(text, currentTarget).then(
          () => setEnd("copied"),
          () => setEnd("refused"),
        )
      }
    />
  );
}

/** A text to be used elsewhere, such as an id, with a button that copies it. */
export const Copyable = ({ text, name }: { text: string; name: string }) => (
  <span className="copyable">
    <span className="mono">{text}</span>
    <CopyButton text={text} name={name} />
  </span>
);
