// What a simulated person can do, over the simulator's user side; and the two calls of the demo itself.

async function call(method, path, body) {
  const form = body instanceof FormData;
  const answer = await fetch(path, {
    method,
    headers: body && !form ? { 'Content-Type': 'application/json' } : {},
    body: body && !form ? JSON.stringify(body) : body,
  });
  const text = await answer.text();
  const json = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : {};
  if (!answer.ok) throw Object.assign(new Error(json.error ?? `${answer.status}`), { status: answer.status });
  return json;
}

const of = (id, what) => `/sim/users/${id}/${what}`;

export const addUser = (profile) => call('POST', '/sim/users', profile);
export const send = (id, message) => call('POST', of(id, 'messages'), message);
export const sendAlbum = (id, items) => call('POST', of(id, 'albums'), { items });
export const press = (id, message_id, data) => call('POST', of(id, 'press'), { message_id, data });
/** Pays an invoice: `{message_id}` of the chat, or `{url}` of a link. */
export const pay = (id, bill) => call('POST', of(id, 'pay'), bill);
export const edit = (id, message_id, content) => call('POST', of(id, 'edit'), { message_id, ...content });
export const react = (id, message_id, emoji) => call('POST', of(id, 'reactions'), { message_id, emoji });
export const chatOf = (id) => call('GET', of(id, 'chat'));
export const eventsOf = (id) => of(id, 'events');
export const fileOf = (id, file) => of(id, `files/${encodeURIComponent(file)}`);

/** Sends a file as what it is: a picture as a photo, and so on. */
export function sendFile(id, file, { caption, replyTo } = {}) {
  const kind = /^(image|video|audio)\//.exec(file.type)?.[1] ?? 'document';
  const form = new FormData();
  form.append('kind', kind === 'image' ? 'photo' : kind);
  if (caption) form.append('caption', caption);
  if (replyTo) form.append('reply_to', replyTo);
  form.append('file', file, file.name || 'photo.jpg');
  return call('POST', of(id, 'messages'), form);
}

export const engineState = () => call('GET', '/demo/state');
/** Logs this browser in at the operators' desk. */
export const openDesk = () => call('POST', '/demo/desk', {});
export const crash = (user) => call('POST', '/demo/crash', { user });

/** Ends every actor of a service, such as `relay`. */
export const crashService = (service) => call('POST', '/demo/crash-service', { service });

/** Ends a process that looks at photos. */
export const crashWorker = () => call('POST', '/demo/crash-worker', {});

/** What Telegram signs of a person who opens the Mini App: `{init_data}`. */
export const appData = (id) => call('GET', of(id, 'app-data'));
/** Lets some simulated people have cards, so that there is somebody to look at. */
export const company = (lang) => call('POST', '/demo/company', { lang });

/** The Mini App's API for a person, asked as their phone does: `(method, path, body)`. */
export async function appOf(user) {
  const { init_data: data } = await appData(user);
  const ask = async (method, path, authorization, body) => {
    const headers = { Authorization: authorization };
    if (method !== 'GET') headers['Idempotency-Key'] = crypto.randomUUID();
    if (body) headers['Content-Type'] = 'application/json';
    const answer = await fetch(`/app/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
    const json = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(json.detail ?? json.code), { status: answer.status });
    return json;
  };
  const { token } = await ask('POST', '/session', `tma ${data}`);
  return (method, path, body) => ask(method, path, `Bearer ${token}`, body);
}
