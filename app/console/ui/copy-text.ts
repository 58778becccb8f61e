/**
 * Copies a text. Browsers give their clipboard to pages by https and of the machine itself alone. On others the text
 * is put beside an element of the page, selected and copied from there. A dialog keeps the focus within, and so do
 * elements of it.
 * https://developer.mozilla.org/en-US/docs/Web/API/Clipboard
 *
 * @throws Error where the browser does not allow it
 */
export async function copyText(text: string, beside: HTMLElement): Promise<void> {
  if (navigator.clipboard) return await navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.readOnly = true;
  area.className = "visually-hidden";
  beside.after(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  beside.focus();
  if (!isCopied) throw new Error("The browser does not let this page copy.");
}
