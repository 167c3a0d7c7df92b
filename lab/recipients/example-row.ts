export const columns = ['Phone', 'Name', 'E-mail', 'City', 'Language', 'Order'] as const;

export interface RecipientCells {
  phone: string | number | null;
  name: string;
  email: string | null;
  city: string;
  language: string;
  order: string;
}

export type RejectReason = 'phone_invalid' | 'email_invalid' | 'no_address' | 'duplicate';

/** What an import with default country Germany has to make of a row. */
export type Expectation = { is: 'valid'; phone: string | null; email: string | null } | { is: 'rejected'; reason: RejectReason; because: string };

export interface ExampleRow {
  /** As the spreadsheet program numbers it: 1 is the title, 2 the header, 3 the first recipient. */
  row: number;
  cells: RecipientCells;
  expect: Expectation;
}

export const title = 'Autumn sale: who gets a message';
export const firstRow = 3;
