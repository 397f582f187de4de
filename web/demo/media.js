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

/** Faces by file, the newest last; few, as pictures scroll away. */
const faces = new Map();
const FILES = 50;

/** Where `cover` puts a share of the picture: it is scaled until it fills its frame, the rest is cut off. */
function placed(image, [x, y, wide, high]) {
  const { clientWidth: w, clientHeight: h_, naturalWidth: nw, naturalHeight: nh } = image;
  const scale = Math.max(w / nw, h_ / nh);
  const [left, top] = [(w - nw * scale) / 2, (h_ - nh * scale) / 2];
  return { left: left + x * nw * scale, top: top + y * nh * scale, width: wide * nw * scale, height: high * nh * scale };
}

function drawFaces(frame) {
  const image = frame.querySelector('img');
  const boxes = faces.get(frame.dataset.file);
  if (!image || !boxes) return;
  const draw = () => {
    frame.querySelectorAll('.face').forEach((box) => box.remove());
    if (!image.naturalWidth || !image.clientWidth) return;
    for (const box of boxes) {
      const mark = label(h('span', { class: 'face', role: 'img' }), 'face-found');
      for (const [side, pixels] of Object.entries(placed(image, box))) mark.style[side] = `${pixels}px`;
      frame.append(mark);
    }
  };
  if (image.complete) draw();
  else image.addEventListener('load', draw, { once: true });
}

/** Shows where faces were found in a file, in every bubble that has it. */
export function showFaces(file, boxes) {
  if (boxes.length === 0 || faces.has(file)) return;
  faces.set(file, boxes);
  if (faces.size > FILES) faces.delete(faces.keys().next().value);
  document.querySelectorAll('.picture').forEach((frame) => { if (frame.dataset.file === file) drawFaces(frame); });
}

function picture(kind, json, person) {
  const media = mediaOf(json);
  const src = fileOf(person.id, media.file_id);
  const element = kind === 'photo'
    ? label(h('img', { src, loading: 'lazy', decoding: 'async' }), 'photo')
    : h('video', { src, controls: true, loop: kind === 'animation', muted: kind === 'animation', playsinline: true, preload: 'metadata' });
  const frame = json.has_media_spoiler ? veiled(element) : h('span', { class: 'picture' }, element);
  frame.dataset.file = media.file_unique_id;
  // Once it has its place in the page.
  requestAnimationFrame(() => drawFaces(frame));
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
  if (kind === 'invoice') {
    return h('span', { class: 'invoice' }, h('b', {}, json.invoice.title), h('span', {}, json.invoice.description));
  }
  return chip(kind, mediaOf(json));
}
