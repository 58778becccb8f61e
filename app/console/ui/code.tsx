/** Text of a file or an answer. Lines too long for the page are scrolled, by the keyboard too. */
export const Code = ({ text, label }: { text: string; label: string }) => (
  // biome-ignore lint/a11y/useSemanticElements: a section is no text that keeps its lines
  // biome-ignore lint/a11y/noNoninteractiveTabindex: some browsers scroll by the keyboard only what has the focus
  <pre tabIndex={0} role="region" aria-label={label}>
    {text}
  </pre>
);
