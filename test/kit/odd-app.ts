/** What the odd application’s failures carry: for the log alone, never for a caller. */
export const LEAK = 'postgres://admin:hunter2@10.0.0.7/customers';
