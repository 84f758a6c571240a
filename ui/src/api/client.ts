import createClient from 'openapi-fetch';
import { t } from '../texts';
import type { components, paths } from './schema';
import { sessionFetch } from './session';

export const api = createClient<paths>({ baseUrl: location.origin, fetch: sessionFetch });

type ErrorEnvelope = components['schemas']['ErrorEnvelope'];

/** A failed request, with a message for the user. */
export class ApiError extends Error {
  constructor(
    message: string,
    /** The HTTP status; 0 if there was no response. */
    readonly status: number,
    readonly fields: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

interface Result<T> {
  data?: { data: T };
  error?: unknown;
  response: Response;
}

/** Returns the data of a response, or throws an `ApiError`. */
export async function unwrap<T>(call: Promise<Result<T>>): Promise<T> {
  return (await request(call)).data;
}

/** Like `unwrap`, for lists: also reads the cursor and the total from the headers. */
export async function unwrapPage<T>(
  call: Promise<Result<T[]>>,
): Promise<{ items: T[]; next: string | null; total: number }> {
  const { data, response } = await request(call);
  return {
    items: data,
    next: response.headers.get('x-next-cursor'),
    total: Number(response.headers.get('x-total-count') ?? data.length),
  };
}

async function request<T>(call: Promise<Result<T>>): Promise<{ data: T; response: Response }> {
  let result: Result<T>;
  try {
    result = await call;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError(t(navigator.onLine ? 'error.unreachable' : 'error.offline'), 0);
  }
  if (result.data) return { data: result.data.data, response: result.response };
  throw toApiError(result.error, result.response.status);
}

function toApiError(body: unknown, status: number): ApiError {
  const envelope = typeof body === 'object' && body !== null ? (body as Partial<ErrorEnvelope>) : {};
  const fields: Record<string, string> = {};
  for (const { field, message } of envelope.errors ?? []) if (field) fields[field] = message;
  return new ApiError(envelope.message ?? t('error.unknown'), status, fields);
}

/** Builds a multipart body, which the generated types cannot describe. */
export function multipart(parts: Record<string, string | Blob | undefined>): {
  body: never;
  bodySerializer: (body: unknown) => FormData;
} {
  const data = new FormData();
  for (const [name, value] of Object.entries(parts)) {
    if (value instanceof Blob) data.set(name, value, value instanceof File ? value.name : `${name}.jpg`);
    else if (value !== undefined) data.set(name, value);
  }
  return { body: data as never, bodySerializer: (body) => body as FormData };
}

/**
 * Returns the URL of media of this server without its origin. The server may be reached by a host name other than its
 * PUBLIC_BASE_URL, and the content security policy allows the page's own origin only.
 */
export function mediaUrl(address: string): string {
  const url = new URL(address, location.origin);
  return url.pathname.startsWith('/media/') ? url.pathname + url.search + url.hash : address;
}

/** Whether an error means that the resource does not exist. A malformed id responds 400. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 404 || error.status === 400);
}
