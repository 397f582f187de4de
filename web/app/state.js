// What the page knows of who looks: the engine's last word on it, and lists of names.

import { get } from './api.js';
import { language } from './i18n.js';
import { Queue } from './queue.js';

export const queue = new Queue();

/** As `GET /me` and `GET /lists` say. `heard` tells of a change of `me`. */
export const state = { me: null, lists: null };
export const heard = new EventTarget();

export function know(me) {
  state.me = { ...state.me, ...me };
  heard.dispatchEvent(new Event('me'));
  return state.me;
}

export const loadMe = async () => know(await get('/me'));

/** Whether packs of something are sold apart here, and how many of it they have. */
export const sells = (good) => state.me?.sold?.includes(good) ?? false;
export const left = (good) => state.me?.left?.[good] ?? 0;

/** Names of interests, goals and so on, once a life of the page. */
export async function loadLists() {
  state.lists ??= await get('/lists');
  return state.lists;
}

/** The name of an entry of a list. */
export function named(list, id) {
  return state.lists?.[list]?.find((entry) => entry.id === id)?.name ?? '';
}

/** Several as a sentence would have them. */
export const listed = (names) =>
  new Intl.ListFormat(language(), { type: 'conjunction' }).format(names.filter(Boolean));

let described = null;

/** Whether the engine has such a route at all, by its own description: what it does not have is not shown. */
export async function offers(path) {
  described ??= get('/openapi.json').then(({ paths }) => Object.keys(paths));
  try {
    return (await described).some((known) => known.endsWith(path));
  } catch {
    described = null;
    return false;
  }
}
