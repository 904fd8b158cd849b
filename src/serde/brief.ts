/** Texts of strangers in messages: some of it says enough, and megabytes would go to logs and clients. */

const MAX_LENGTH = 500

/** The text, or its beginning. */
export function brief(text: string, length = MAX_LENGTH): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`
}
