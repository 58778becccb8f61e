import { Component, type ReactNode } from "react";
import { Problem } from "./loaded.tsx";

interface Props {
  /** Changes with the page: what went wrong on one says nothing of another. */
  page: string;
  children: ReactNode;
}

interface State {
  error: Error | null;
  page: string;
}

/** Shows the rest of the console where a page cannot be loaded or drawn, and offers to load it again. */
export class Boundary extends Component<Props, State> {
  override state: State = { error: null, page: this.props.page };

  static getDerivedStateFromError = (error: unknown): Partial<State> => ({
    error: error instanceof Error ? error : new Error(String(error)),
  });

  static getDerivedStateFromProps = ({ page }: Props, state: State): Partial<State> | null =>
    page === state.page ? null : { error: null, page };

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return (
      <Problem
        error={new Error("This page could not be loaded or drawn; it may have been renewed meanwhile.")}
        onRetry={() => location.reload()}
      />
    );
  }
}
