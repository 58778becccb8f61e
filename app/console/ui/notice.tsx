import { AlertIcon, CheckCircleIcon, InfoIcon, StopIcon } from "@primer/octicons-react";
import { Button } from "@primer/react";
import type { ReactNode } from "react";

const ICONS = { critical: StopIcon, warning: AlertIcon, info: InfoIcon, success: CheckCircleIcon };

interface NoticeProps {
  variant: keyof typeof ICONS;
  title: string;
  description?: ReactNode;
  action?: { name: string; run(): void } | undefined;
}

/** A message in a page, with what can be done about it. */
export function Notice({ variant, title, description, action }: NoticeProps) {
  const Icon = ICONS[variant];
  return (
    // A screen reader reads a failure aloud as it comes.
    <section
      className={`notice ${variant}`}
      aria-label={title}
      {...(variant === "critical" ? { role: "alert" } : {})}
    >
      <Icon />
      <div className="grow">
        <strong>{title}</strong>
        {description && <div>{description}</div>}
      </div>
      {action && <Button onClick={action.run}>{action.name}</Button>}
    </section>
  );
}
