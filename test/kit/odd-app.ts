/** What the odd application's failures carry; no answer and no log line may ever contain it. */
export const LEAK = 'postgres://admin:hunter2@10.0.0.7/customers';
