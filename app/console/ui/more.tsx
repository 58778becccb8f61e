import { Button } from "@primer/react";
import { useEffect, useRef } from "react";

export interface MoreProps {
  loading: boolean;
  load(): void;
}

/** Reads on when the end of a list comes near, and by a button. */
export function More({ loading, load }: MoreProps) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const seen = new IntersectionObserver(([entry]) => entry?.isIntersecting && !loading && load(), {
      rootMargin: "600px",
    });
    if (ref.current) seen.observe(ref.current);
    return () => seen.disconnect();
  }, [loading, load]);
  return (
    <div ref={ref} className="more">
      <Button onClick={load} loading={loading}>
        More
      </Button>
    </div>
  );
}
