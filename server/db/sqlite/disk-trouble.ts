// The disk is full, broken, or held by someone else. SQLite has then undone the transaction: its frames in the WAL are not
// of any commit, and are written over by the next, so that trying again is right even after a sync that failed.
const TROUBLE = /^SQLITE_(FULL|IOERR|BUSY|READONLY|CANTOPEN|CORRUPT)/ // the last also when a page could not be read

export const isDiskTrouble = (error: unknown): error is Error & { code: string } =>
  TROUBLE.test((error as { code?: string }).code ?? "")
