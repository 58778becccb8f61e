/**
 * Returns whether bytes are a text in UTF-16 by the mark before it, as `>` of Windows PowerShell writes one. No text in
 * UTF-8 begins so.
 * https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_character_encoding
 */
export const isUtf16 = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xfe;

/** Says why such a text cannot be read, and what to do. */
export const IS_UTF_16 =
  "it is UTF-16, as > of Windows PowerShell writes it. Write it as UTF-8, by Out-File -Encoding utf8";
