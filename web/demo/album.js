// Messages of one album stand together, as one picture made of several.

import { h } from './dom.js';
import { mediaElement } from './media.js';
import { textOf } from './message.js';

/** Whether a row drawn for `before` takes `message` in as well. */
export const together = (before, message) =>
  Boolean(message.json.media_group_id)
  && before?.json.media_group_id === message.json.media_group_id
  && before.from_bot === message.from_bot;

/** Puts a later item's media beside the first one's, in the row of the first. */
export function join(row, message, person) {
  const body = row.querySelector('.bubble');
  let grid = body.querySelector('.album');
  if (!grid) {
    grid = h('div', { class: 'album' });
    const first = body.querySelector('.picture, .chip');
    first.replaceWith(grid);
    grid.append(tile(first, row.dataset.id));
  }
  grid.append(tile(mediaElement(message.json, person), message.message_id));
  const caption = textOf(message.json);
  if (caption && !body.querySelector('.text')) {
    grid.after(h('div', { class: 'text', dir: 'auto' }, caption));
    body.classList.add('captioned');
  }
}

const tile = (media, id) => h('div', { class: 'tile', data: { item: id } }, media);
