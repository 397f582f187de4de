// What a message carries beside text.

import { fileOf } from './api.js';
import { h } from './dom.js';
import { label, say } from './i18n.js';
import { icon } from './icons.js';
import { kindOf, mediaOf } from './message.js';

const ICONS = {
  audio: 'music', voice: 'microphone', video_note: 'round', sticker: 'sticker', document: 'file', contact: 'person',
  venue: 'pin', location: 'pin', poll: 'chart', video: 'film', animation: 'film', photo: 'picture',
};

/** Length in minutes and seconds, a name: what can be told in a few words. */
function detail(kind, media) {
  if (kind === 'contact') return media.first_name;
  if (kind === 'venue') return media.title;
  if (kind === 'poll') return media.question;
  if (media?.file_name) return media.file_name;
  if (media?.emoji) return media.emoji;
  const seconds = media?.duration;
  return Number.isFinite(seconds) ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}` : '';
}

function chip(kind, media) {
  return h('span', { class: `chip ${kind}` },
    h('span', { class: 'chip-icon' }, icon(ICONS[kind])),
    h('span', { class: 'chip-text' }, say(h('b'), kind), h('small', {}, detail(kind, media))));
}

/** Behind the spoiler until tapped. */
function veiled(element) {
  const cover = h('button', { type: 'button', class: 'veil' }, icon('eye'), say(h('span'), 'reveal'));
  const frame = h('span', { class: 'picture veiled' }, element, cover);
  cover.addEventListener('click', (event) => {
    event.stopPropagation();
    frame.classList.remove('veiled');
    cover.remove();
  });
  return frame;
}

function picture(kind, json, person) {
  const media = mediaOf(json);
  const src = fileOf(person.id, media.file_id);
  const element = kind === 'photo'
    ? label(h('img', { src, loading: 'lazy', decoding: 'async' }), 'photo')
    : h('video', { src, controls: true, loop: kind === 'animation', muted: kind === 'animation', playsinline: true, preload: 'metadata' });
  const frame = json.has_media_spoiler ? veiled(element) : h('span', { class: 'picture' }, element);
  // Made-up media of the simulator is no real video: a chip says what it stands for.
  element.addEventListener('error', () => element.replaceWith(chip(kind, media)));
  return frame;
}

/** The element for a message's media; `null` for a text. */
export function mediaElement(json, person) {
  const kind = kindOf(json);
  if (kind === 'text') return null;
  if (kind === 'photo' || kind === 'video' || kind === 'animation') return picture(kind, json, person);
  if (kind === 'dice') {
    return h('span', { class: 'dice' }, h('span', { class: 'dice-emoji' }, json.dice.emoji), h('b', {}, json.dice.value));
  }
  return chip(kind, mediaOf(json));
}
