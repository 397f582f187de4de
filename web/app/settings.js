// What the bot tells of and when, and whether others see that one is here. Each switch is kept at once, or goes back.

import { get, write } from './api.js';
import { h } from './dom.js';
import { t } from './i18n.js';
import { problem } from './problems.js';
import { head } from './router.js';
import { announce } from './say.js';
import { missing, rows } from './states.js';
import { haptic } from './tg.js';

const NIGHT = { from: '23:00', to: '08:00' };
/** Hours are those of the clock on this device: minutes that it is ahead of UTC. */
const offset = () => -new Date().getTimezoneOffset();

export function settings() {
  const body = h('div', { class: 'body' }, rows(4));
  const element = h('section', { class: 'page' }, head(t('settings')), body);
  return { element, enter: () => load(body) };
}

async function load(body) {
  try {
    new Settings(body, await get('/settings'));
  } catch (cause) {
    body.replaceChildren(missing(cause, () => load(body)));
  }
}

class Settings {
  #body;
  #kept;
  /** Writes leave one after the other: each is the whole, and an older one must not come last. */
  #turn = Promise.resolve();

  constructor(body, kept) {
    this.#body = body;
    this.#kept = kept;
    this.#draw();
  }

  #draw() {
    const { notify = {}, quiet, digest, show_online: online } = this.#kept;
    const told = ['match', 'like', 'message'].filter((kind) => typeof notify[kind] === 'boolean').map((kind) =>
      this.#toggle(`notify-${kind}`, notify[kind], (on) => ({ notify: { ...this.#kept.notify, [kind]: on } })));
    const atNight = (on) => ({ quiet: on ? { ...NIGHT, offset: offset() } : null });
    const seen = typeof online === 'boolean' && this.#toggle('show-online', online, (on) => ({ show_online: on }));
    this.#body.replaceChildren(
      this.#group('notify', told),
      this.#group('peace', [
        quiet !== undefined && this.#toggle('quiet', Boolean(quiet), atNight),
        quiet && h('li', { class: 'pair' }, this.#time('from', quiet), this.#time('to', quiet)),
        typeof digest === 'boolean' && this.#toggle('digest', digest, (on) => ({ digest: on })),
      ]),
      this.#group('privacy', [seen]));
  }

  #group(name, items) {
    const there = items.filter(Boolean);
    if (there.length === 0) return '';
    return h('div', { class: 'block' }, h('h2', {}, t(name)), h('ul', { class: 'switches' }, there));
  }

  #toggle(name, isOn, change) {
    const input = h('input', { type: 'checkbox', role: 'switch', checked: isOn, data: { setting: name } });
    input.addEventListener('change', () => this.#keep(change(input.checked), name));
    const lines = h('span', { class: 'two-lines' }, h('span', {}, t(name)), h('span', { class: 'soft' }, t(`${name}-words`)));
    return h('li', {}, h('label', { class: 'switch' }, lines, input, h('i', { 'aria-hidden': 'true' })));
  }

  #time(end, quiet) {
    const input = h('input', { type: 'time', value: quiet[end], required: true });
    input.addEventListener('change', () => {
      if (input.value) this.#keep({ quiet: { ...this.#kept.quiet, [end]: input.value, offset: offset() } }, null);
    });
    return h('label', { class: 'field' }, h('span', {}, t(`quiet-${end}`)), input);
  }

  #keep(change, focus) {
    this.#kept = { ...this.#kept, ...change };
    haptic('selection');
    this.#redraw(focus);
    this.#turn = this.#turn.then(() => this.#write(focus));
    return this.#turn;
  }

  async #write(focus) {
    try {
      await write('PUT', '/settings', this.#kept);
      announce(t('saved'));
    } catch (cause) {
      // What the engine has is what counts; where it cannot be asked, the page stays as it is.
      this.#kept = await get('/settings').catch(() => this.#kept);
      this.#redraw(focus);
      problem(cause);
    }
  }

  #redraw(focus) {
    this.#draw();
    if (focus) this.#body.querySelector(`[data-setting="${focus}"]`)?.focus();
  }
}
