// The engine's HTTP API: a session for what Telegram signed, and calls that are safe to repeat.

import { pause } from './dom.js';
import { initData } from './tg.js';

const BASE = '/app/api/v1';
/** An answer that takes longer is none, milliseconds. */
const PATIENCE_MS = 15_000;
/** A picture takes longer, and is looked at on the way, milliseconds. */
const UPLOAD_MS = 120_000;
/** A session is renewed so long before it ends, milliseconds. */
const AHEAD_MS = 120_000;
/** Pauses before a write is sent again whose answer was lost, milliseconds. */
const AGAIN_MS = [400, 1_500];

/** Why something was not done: `code` is a word of the API's, or `offline`. */
export class Problem extends Error {
  constructor(status, body = {}, wait = 0) {
    super(body.code ?? `status ${status}`);
    this.status = status;
    this.code = body.code ?? (status === 0 ? 'offline' : 'away');
    this.field = body.field;
    this.reason = body.reason;
    /** Where to go first, if that is what is wrong. */
    this.link = body.link;
    /** Milliseconds to wait before another try, as the engine asks. */
    this.wait = wait;
  }

  /** Whether the same may be well a little later: the engine has not refused it, whoever has. */
  get passes() {
    return this.status === 0 || this.status >= 500 || ['too_many', 'away'].includes(this.code) || this.status === 408;
  }
}

let session = null;
let entering = null;
let timer = 0;

/** A name for a write, by which the engine knows it again. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function ask(method, path, headers, body) {
  const url = path.startsWith(`${BASE}/`) ? path : `${BASE}${path}`;
  try {
    return await fetch(url, { method, headers, body, credentials: 'omit', signal: AbortSignal.timeout?.(PATIENCE_MS) });
  } catch {
    throw new Problem(0);
  }
}

async function read(answer) {
  if (answer.status === 204 || answer.status === 202) return null;
  const text = await answer.text().catch(() => { throw new Problem(0); });
  let json = null;
  try {
    json = JSON.parse(text);
  } catch { /* Something between here and the engine answered. */ }
  if (answer.ok) {
    // A page where people log in to a network: nothing has reached the engine.
    if (json === null) throw new Problem(0);
    return json;
  }
  const wait = Number(answer.headers.get('Retry-After'));
  const problem = new Problem(answer.status, json ?? {}, Number.isFinite(wait) ? wait * 1_000 : 0);
  if (problem.code === 'channel') doors.dispatchEvent(Object.assign(new Event('channel'), { link: problem.link }));
  throw problem;
}

function keep(given) {
  const until = performance.now() + given.expires_in * 1_000;
  session = { token: given.token, until, lang: given.lang, start: given.start };
  clearTimeout(timer);
  timer = setTimeout(() => fresh(true).catch(() => {}), Math.max(1_000, given.expires_in * 1_000 - AHEAD_MS));
  return session;
}

/**
 * `shut`: what Telegram signed is not taken any more, and only opening the app anew helps. `channel`: the operator's
 * channel has to be joined first, at its `link`.
 */
export const doors = new EventTarget();

/** The session that there is, or a new one. */
export const begin = async () => session ?? enter();

/** Exchanges what Telegram signed for a session; at most one exchange is under way. */
export function enter() {
  entering ??= ask('POST', '/session', { Authorization: `tma ${initData}` })
    .then(read).then(keep).catch((problem) => {
      if (problem.status === 401) doors.dispatchEvent(new Event('shut'));
      throw problem;
    }).finally(() => { entering = null; });
  return entering;
}

function renew() {
  entering ??= ask('POST', '/session/renew', { Authorization: `Bearer ${session.token}` })
    .then(read).then(keep).finally(() => { entering = null; });
  return entering.catch((problem) => {
    if (problem.status !== 401) throw problem;
    return enter();
  });
}

/** A session that holds for a while yet. */
async function fresh(isSoon = false) {
  if (!session) return enter();
  if (!isSoon && performance.now() < session.until - AHEAD_MS) return session;
  try {
    return await renew();
  } catch (problem) {
    // As long as the old one holds, nothing is lost.
    if (performance.now() < session.until && problem.passes) return session;
    throw problem;
  }
}

async function inside(method, path, headers = {}, body = undefined, way = ask) {
  const { token } = await fresh();
  const answer = await way(method, path, { ...headers, Authorization: `Bearer ${token}` }, body);
  if (answer.status !== 401) return answer;
  // Ended early, by another device or a restart: once more with a new one.
  if (session?.token === token) session = null;
  const renewed = session ?? await enter();
  return way(method, path, { ...headers, Authorization: `Bearer ${renewed.token}` }, body);
}

/** Answers that were asked for before anybody wanted them. */
const coming = new Map();

/** Reads. */
export async function get(path) {
  const early = coming.get(path);
  coming.delete(path);
  return early ?? read(await inside('GET', path));
}

/** Asks for what will be read soon. */
export function ahead(path) {
  const answer = get(path);
  answer.catch(() => {});
  coming.set(path, answer);
}

/** Writes once, under `key`: whoever calls repeats it under the same one. */
export async function put(method, path, body, key) {
  const headers = { 'Idempotency-Key': key };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  return read(await inside(method, path, headers, body === undefined ? body : JSON.stringify(body)));
}

/** Does `act`; where its answer was lost, again. */
async function repeated(act) {
  for (const wait of AGAIN_MS) {
    try {
      return await act();
    } catch (problem) {
      if (!problem.passes || problem.wait > 3_000) throw problem;
      await pause(Math.max(wait, problem.wait));
    }
  }
  return act();
}

/** Writes; an answer that was lost is asked for again. */
export function write(method, path, body = undefined, key = newKey()) {
  return repeated(() => put(method, path, body, key));
}

/** As `ask`, and tells which share of the body has left: `fetch` does not know that. */
const telling = (progress) => (method, path, headers, body) => new Promise((resolve, reject) => {
  const request = new XMLHttpRequest();
  request.open(method, `${BASE}${path}`);
  for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
  request.timeout = UPLOAD_MS;
  request.upload.addEventListener('progress', ({ loaded, total }) => progress(total > 0 ? loaded / total : 0));
  request.upload.addEventListener('load', () => progress(1));
  request.addEventListener('load', () => resolve(new Response(request.responseText, {
    status: request.status,
    headers: { 'Retry-After': request.getResponseHeader('Retry-After') ?? '' },
  })));
  for (const end of ['error', 'abort', 'timeout']) request.addEventListener(end, () => reject(new Problem(0)));
  request.send(body);
});

/** Sends a picture, once; `progress` hears which share of it has left. */
export function upload(path, blob, progress) {
  const headers = { 'Idempotency-Key': newKey(), 'Content-Type': blob.type };
  return repeated(async () => read(await inside('POST', path, headers, blob, telling(progress))));
}

/**
 * A picture, `{blob, isChecked}`: what lies behind a path now may be another one than a card told of. Never from
 * elsewhere: the session's token goes with the request.
 */
export async function picture(path) {
  if (!path.startsWith('/') || path.startsWith('//')) throw new Problem(404);
  const answer = await inside('GET', path);
  if (!answer.ok) throw new Problem(answer.status);
  const blob = await answer.blob().catch(() => { throw new Problem(0); });
  return { blob, isChecked: answer.headers.get('X-Photo-Look') === 'checked' };
}
