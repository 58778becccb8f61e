import type { ReactNode } from "react";

/** An address that may be linked to: of the web, or this site's own; undefined for every other. */
export function webAddress(href: string | null | undefined): string | undefined {
  if (!href) return undefined;
  try {
    const { protocol } = new URL(href, location.href);
    return protocol === "https:" || protocol === "http:" ? href : undefined;
  } catch {
    return undefined;
  }
}

/** A link out of the console; only its words where what it leads to is no page of the web. */
export const Outward = ({ href, children }: { href: string | null | undefined; children: ReactNode }) => {
  const address = webAddress(href);
  return address ? (
    <a href={address} rel="noreferrer">
      {children}
    </a>
  ) : (
    <span>{children}</span>
  );
};
