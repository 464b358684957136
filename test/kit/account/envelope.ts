// The form of every answer of the Cloudflare API v4, and of every refusal.
// Cloudflare API reference: "API fundamentals → Make API calls" (envelope, pagination).

/** A refusal with the HTTP status and the error code that clients decide by. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: number;

  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const refuse = (status: number, code: number, message: string): never => {
  throw new ApiError(status, code, message);
};

export const need = <T>(row: T | undefined, status: number, code: number, message: string): T =>
  row ?? refuse(status, code, message);

interface ResultInfo {
  readonly page: number;
  readonly per_page: number;
  readonly count: number;
  readonly total_count: number;
  readonly total_pages: number;
}

/** One page of a list. Clients walk on until a page is empty, so the page after the last must be. */
export class Page {
  readonly result: readonly unknown[];
  readonly info: ResultInfo;

  constructor(rows: readonly unknown[], query: URLSearchParams) {
    const page = Number(query.get('page') ?? 1);
    const perPage = Number(query.get('per_page') ?? 20);
    this.result = rows.slice((page - 1) * perPage, page * perPage);
    this.info = {
      page,
      per_page: perPage,
      count: this.result.length,
      total_count: rows.length,
      total_pages: Math.max(1, Math.ceil(rows.length / perPage)),
    };
  }
}

export const success = (answer: unknown): Response =>
  Response.json({
    success: true,
    errors: [],
    messages: [],
    ...(answer instanceof Page
      ? { result: answer.result, result_info: answer.info }
      : { result: answer }),
  });

export const failure = (status: number, code: number, message: string): Response =>
  Response.json(
    { success: false, errors: [{ code, message }], messages: [], result: null },
    { status },
  );
