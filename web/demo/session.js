// One session actor in the panel: whose it is, its mailbox, how often it was rebuilt, and a button that crashes it.

import { crash } from './api.js';
import { flash, h } from './dom.js';
import { label, language, say, t } from './i18n.js';
import { icon } from './icons.js';
import { show } from './number.js';

function span(ms) {
  if (ms < 60_000) return t('seconds', { n: (ms / 1000).toLocaleString(language(), { maximumFractionDigits: ms < 10_000 ? 1 : 0 }) });
  return t('minutes', { n: Math.floor(ms / 60_000) });
}

export class SessionChip {
  /** `slot`: the number of the person's phone, if it is one of the page's. */
  constructor(user, slot, name) {
    this.user = user;
    this.slot = slot;
    this.name = name;
    this.restarts = undefined;
    const shown = name ?? { en: `${t('someone')} ·${String(user).slice(-4)}`, ru: `${t('someone')} ·${String(user).slice(-4)}` };
    this.title = h('b');
    this.avatar = h('span', { class: 'avatar', 'aria-hidden': 'true' });
    this.count = h('b', { class: 'restarts-count' }, '0');
    this.word = h('span');
    this.fill = h('i');
    this.bar = label(h('span', { class: 'mailbox', role: 'meter', 'aria-valuemin': 0 }, this.fill), 'mailbox-of', { name: shown });
    this.depth = h('span', { class: 'depth' });
    this.idle = h('span', { class: 'idle' });
    const button = label(h('button', { type: 'button', class: 'crash', on: { click: () => this.crash() } }, icon('bolt'), say(h('span'), 'crash')),
      'crash-of', { name: shown });
    this.shown = shown;
    this.element = h('li', { class: name ? 'session' : 'session stranger', data: { user, ...(slot === undefined ? {} : { slot }) } },
      h('div', { class: 'session-head' }, this.avatar, this.title,
        h('span', { class: 'restarts' }, this.count, ' ', this.word), button),
      h('div', { class: 'session-foot' }, say(h('span', { class: 'quiet' }), 'mailbox'), this.bar, this.depth, this.idle));
  }

  async crash() {
    flash(this.element, 'crashed', 1200);
    await crash(this.user).catch((error) => console.warn('crash:', error.message));
  }

  /** `state`: what the engine says of it; `undefined` if it is not in memory. */
  update(state) {
    this.title.textContent = this.shown[language()];
    this.avatar.textContent = this.name ? this.title.textContent[0] : '·';
    this.element.classList.toggle('asleep', !state);
    if (!state) {
      this.idle.textContent = t('asleep');
      this.depth.textContent = '';
      this.fill.style.width = '0';
      return;
    }
    const { under_way: depth, bound, restarts, idle_ms: idle } = state;
    this.fill.style.width = `${Math.min(100, (100 * depth) / bound)}%`;
    this.bar.setAttribute('aria-valuenow', depth);
    this.bar.setAttribute('aria-valuemax', bound);
    this.bar.setAttribute('aria-label', t('mailbox-of', { name: this.shown, n: depth, bound }));
    this.depth.textContent = `${depth} / ${bound}`;
    this.idle.textContent = depth > 0 ? t('busy') : t('idle', { time: span(idle) });
    this.element.classList.toggle('working', depth > 0);
    show(this.count, restarts);
    say(this.word, 'restarts', { n: restarts });
    this.element.classList.toggle('fell', restarts > 0);
    if (this.restarts !== undefined && restarts > this.restarts) flash(this.element, 'rebuilt', 1600);
    this.restarts = restarts;
  }
}
