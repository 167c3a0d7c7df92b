/** The part of pino's logger that this folder calls. Fields hold ids and reasons, never page content, addresses or credentials. */
export interface Log {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
}
