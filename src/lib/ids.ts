/** The one place that draws random ids. */
export const randomId = (): string => crypto.randomUUID();
