import { CheckIcon, CopyIcon } from "@primer/octicons-react";
import { IconButton } from "@primer/react";
import { useEffect, useState } from "react";

/** A button that copies a text, and says so for a moment. */
export function CopyButton({ text, name }: { text: string; name: string }) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [isCopied]);
  return (
    <IconButton
      size="small"
      variant="invisible"
      icon={isCopied ? CheckIcon : CopyIcon}
      aria-label={isCopied ? "Copied" : `Copy ${name}`}
      onClick={() => void navigator.clipboard?.writeText(text).then(() => setCopied(true))}
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
